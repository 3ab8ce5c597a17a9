import type { Effects } from '../../kernel/effects.ts'
import type { AgentPhone, CallNews } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import { agentDialString } from './commands.ts'
import { type Phone, type Phones, survivorMs } from './phones.ts'

export interface AgentsOptions {
  /** A dial string with `{extension}` in it. */
  readonly endpoint: string
  readonly effects: Pick<Effects, 'timer' | 'now' | 'id'>
  readonly calls: Calls
  readonly phones: Phones
  readonly tell: (news: CallNews) => void
}

/** The variable of an agent's phone that holds the id of the call. */
const callVariable = 'dialgraph_agent_of'

/**
 * Rings agents' phones; the first that answers has the call. FreeSWITCH ends both channels when either side leaves; where it
 * does not, we do.
 */
export function createAgents({ endpoint, effects, calls, phones, tell }: AgentsOptions) {
  /** Whose phones they are. */
  const agentIds = new WeakMap<Phone, string>()

  function tellOf(callId: string, agentId: string, type: 'AGENT_CONNECTED' | 'AGENT_MISSED'): void {
    tell({ type, callId, at: effects.now(), agentId })
  }

  /** A refusal is reported like other news, after the caller has continued. */
  function refuse(callId: string, agentId: string): void {
    effects.timer(0, () => tellOf(callId, agentId, 'AGENT_MISSED'))
  }

  function of(callId: string): Phone[] {
    return phones.of(callId).filter((phone) => agentIds.has(phone) && phone.listener !== null)
  }

  /** The others fall silent, ringing or not. */
  function letGoOfOthers(phone: Phone): void {
    for (const other of of(phone.callId)) if (other !== phone) phones.dismiss(other)
  }

  function endCallLater(call: Call): void {
    effects.timer(survivorMs, () => {
      if (calls.find(call.id) === call) calls.end(call, 'NORMAL').catch(() => {})
    })
  }

  function ring(call: Call, { agentId, ringTimeoutMs }: AgentPhone, dialString: string): boolean {
    const id = effects.id()
    const missed = () => tellOf(call.id, agentId, 'AGENT_MISSED')
    const phone = phones.ring(
      {
        ...{ id, callId: call.id, callStays: false, mark: {} },
        listener: {
          connected(joined) {
            letGoOfOthers(joined)
            tellOf(call.id, agentId, 'AGENT_CONNECTED')
          },
          notJoined(why) {
            if (why === 'FAILED') missed()
          },
          ended(phase) {
            if (phase === 'CONNECTED') endCallLater(call)
            else missed()
          },
        },
      },
      {
        ...{ dialString, ringTimeoutMs, callerNumber: call.number },
        variables: { [callVariable]: call.id },
      },
    )
    if (phone !== null) agentIds.set(phone, agentId)
    return phone !== null
  }

  return {
    connect(call: Call | undefined, callId: string, agent: AgentPhone): void {
      const { agentId, extension } = agent
      const dialString = agentDialString(endpoint, extension)
      const all = of(callId)
      if (all.some((phone) => agentIds.get(phone) === agentId || phone.phase === 'CONNECTED')) return
      if (call?.phase !== 'ANSWERED' || dialString === null || !ring(call, agent, dialString)) refuse(callId, agentId)
    },
    /** One that is being joined, or talks, is not disturbed. */
    withdraw(callId: string, agentId: string): void {
      for (const phone of of(callId)) {
        const isFree = phone.phase === 'RINGING' || phone.phase === 'ANSWERED'
        if (agentIds.get(phone) === agentId && isFree) phones.dismiss(phone)
      }
    },
  }
}

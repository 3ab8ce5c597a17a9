import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import type { AgentPhone, CallNews } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import { agentDialString, bridgeCommand, killCommand, originateCommand } from './commands.ts'
import { AnswerLost } from './connection.ts'
import type { SwitchEvent } from './event.ts'
import type { Jobs } from './jobs.ts'
import type { Link } from './link.ts'

export interface AgentsOptions {
  /** A dial string with `{extension}` in it. */
  readonly endpoint: string
  readonly effects: Pick<Effects, 'timer' | 'now' | 'id'>
  readonly log: Log
  readonly link: Pick<Link, 'api' | 'bgapi'>
  readonly calls: Calls
  readonly jobs: Jobs
  readonly tell: (news: CallNews) => void
}

/** A call of ours to an agent's phone. */
export interface Leg {
  readonly id: string
  readonly callId: string
  readonly agentId: string
  /** ANSWERED waits to be joined to the call, DISMISSED is nobody's any more and is being hung up. */
  phase: 'RINGING' | 'ANSWERED' | 'JOINING' | 'CONNECTED' | 'DISMISSED'
  /** The switch has shown that it exists. */
  seen: boolean
  cancelJob: () => void
}

export type Agents = ReturnType<typeof createAgents>

/** How long the other one of two channels that were joined may outlive the first. */
const survivorMs = 500
/** A phone that was answered and is not joined to a call is hung up by the switch: this process may have ended meanwhile. */
const unjoinedSeconds = 10

/**
 * Rings agents' phones and joins the first that answers to the call. FreeSWITCH ends both channels when either side leaves;
 * where it does not, we do.
 */
export function createAgents({ endpoint, effects, log, link, calls, jobs, tell }: AgentsOptions) {
  const legs = new Map<string, Leg>()

  function legsOf(callId: string): Leg[] {
    return [...legs.values()].filter((leg) => leg.callId === callId)
  }

  function tellOf(leg: Pick<Leg, 'callId' | 'agentId'>, type: 'AGENT_CONNECTED' | 'AGENT_MISSED'): void {
    const { callId, agentId } = leg
    tell({ type, callId, at: effects.now(), agentId })
  }

  function remove(leg: Leg): void {
    legs.delete(leg.id)
    leg.cancelJob()
  }

  /** A refusal is news like any other, and comes after whoever asked has gone on. */
  function refuse(callId: string, agentId: string): void {
    effects.timer(0, () => tellOf({ callId, agentId }, 'AGENT_MISSED'))
  }

  /** Lets a phone fall silent without news. One that the switch has not shown yet is hung up when it does. */
  function dismiss(leg: Leg): void {
    leg.phase = 'DISMISSED'
    link.api(killCommand(leg.id, null)).then(
      (said) => {
        if (said.startsWith('-ERR') && leg.seen) remove(leg)
      },
      () => {},
    )
  }

  /** The phone was not answered, or could not be reached, or has left. */
  function end(leg: Leg): void {
    if (!legs.has(leg.id)) return
    remove(leg)
    const call = calls.find(leg.callId)
    if (call === undefined || leg.phase === 'DISMISSED') return
    if (leg.phase === 'CONNECTED')
      effects.timer(survivorMs, () => {
        if (calls.find(leg.callId) === call) calls.end(call, 'NORMAL').catch(() => {})
      })
    else tellOf(leg, 'AGENT_MISSED')
  }

  function answered(leg: Leg): void {
    leg.seen = true
    if (leg.phase === 'DISMISSED') dismiss(leg)
    if (leg.phase !== 'RINGING') return
    leg.phase = 'ANSWERED'
    void join(leg.callId)
  }

  /** Joins the first that has answered, unless one is being joined already: if that fails, the next has its turn. */
  async function join(callId: string): Promise<void> {
    const all = legsOf(callId)
    const leg = all.find(({ phase }) => phase === 'ANSWERED')
    if (leg === undefined || all.some(({ phase }) => phase === 'JOINING')) return
    if (all.some(({ phase }) => phase === 'CONNECTED')) return dismiss(leg)
    leg.phase = 'JOINING'
    try {
      const said = await link.api(bridgeCommand(callId, leg.id))
      // One of the two has ended meanwhile, and that was told.
      if (!legs.has(leg.id) || leg.phase !== 'JOINING') return
      if (said.startsWith('+OK')) return connected(leg)
      log.warn({ callId, said }, 'FreeSWITCH has not joined an agent to a call')
      dismiss(leg)
      if (calls.find(callId) !== undefined) tellOf(leg, 'AGENT_MISSED')
      await join(callId)
    } catch (error) {
      // It is tried again on the next connection.
      log.warn({ error, callId }, 'FreeSWITCH could not be asked to join an agent to a call')
      if (leg.phase === 'JOINING') leg.phase = 'ANSWERED'
    }
  }

  function connected(leg: Leg): void {
    leg.phase = 'CONNECTED'
    for (const other of legsOf(leg.callId)) if (other !== leg && other.phase !== 'DISMISSED') dismiss(other)
    if (calls.find(leg.callId) !== undefined) tellOf(leg, 'AGENT_CONNECTED')
  }

  function ring(call: Call, agent: AgentPhone, command: string, legId: string): void {
    const job = jobs.expect(({ ok }) => (ok ? answered(leg) : end(leg)))
    const leg: Leg = {
      ...{ id: legId, callId: call.id, agentId: agent.agentId, phase: 'RINGING', seen: false },
      cancelJob: job.cancel,
    }
    legs.set(leg.id, leg)
    link.bgapi(command, job.jobId).then(
      (said) => {
        if (!said.startsWith('+OK')) end(leg)
      },
      (error: unknown) => {
        // What became of it is found out on the next connection.
        if (!(error instanceof AnswerLost)) end(leg)
      },
    )
  }

  return {
    find: (uuid: string): Leg | undefined => legs.get(uuid),
    all: (): readonly Leg[] => [...legs.values()],
    connect(call: Call | undefined, callId: string, agent: AgentPhone): void {
      const { agentId, extension, ringTimeoutMs } = agent
      const dialString = agentDialString(endpoint, extension)
      const all = legsOf(callId).filter(({ phase }) => phase !== 'DISMISSED')
      if (all.some((leg) => leg.agentId === agentId || leg.phase === 'CONNECTED')) return
      if (call?.phase !== 'ANSWERED' || dialString === null) {
        refuse(callId, agentId)
        return
      }
      const legId = effects.id()
      const command = originateCommand({
        ...{ uuid: legId, dialString, ringTimeoutMs },
        variables: {
          ...(call.number !== null && {
            origination_caller_id_number: call.number,
            origination_caller_id_name: call.number,
          }),
          park_timeout: `${unjoinedSeconds}:NORMAL_CLEARING`,
          dialgraph_agent_of: callId,
        },
      })
      if (command === null) refuse(callId, agentId)
      else ring(call, agent, command, legId)
    },
    /** One that is being joined, or talks, is not disturbed. */
    withdraw(callId: string, agentId: string): void {
      for (const leg of legsOf(callId))
        if (leg.agentId === agentId && (leg.phase === 'RINGING' || leg.phase === 'ANSWERED')) dismiss(leg)
    },
    /** Takes an event of an agent's phone. */
    hear(leg: Leg, event: SwitchEvent): void {
      switch (event.name) {
        case 'CHANNEL_CREATE':
          leg.seen = true
          if (leg.phase === 'DISMISSED') dismiss(leg)
          break
        case 'CHANNEL_PARK':
          answered(leg)
          break
        case 'CHANNEL_HANGUP_COMPLETE':
        case 'CHANNEL_DESTROY':
          end(leg)
          break
        default:
      }
    },
    /** Found out on a new connection: `answered` is null where the phone is not there any more. */
    settle(leg: Leg, isAnswered: boolean | null): void {
      if (isAnswered === null) {
        end(leg)
        return
      }
      leg.seen = true
      if (leg.phase === 'DISMISSED') dismiss(leg)
      else if (leg.phase === 'ANSWERED') void join(leg.callId)
      else if (isAnswered) answered(leg)
    },
    /** The call has ended: phones that ring fall silent, and who talked is let go of, should the switch not do so. */
    endCall(call: Call): void {
      for (const leg of legsOf(call.id)) {
        if (leg.phase === 'DISMISSED') continue
        const isJoined = leg.phase === 'CONNECTED' || leg.phase === 'JOINING'
        if (!isJoined) dismiss(leg)
        else
          effects.timer(survivorMs, () => {
            if (legs.get(leg.id) === leg) dismiss(leg)
          })
      }
    },
    clear(): void {
      for (const leg of [...legs.values()]) remove(leg)
    },
  }
}

import { assert, unreachable } from '../kernel/assert.ts'
import type { Address } from './address.ts'

export const agentStatuses = ['AVAILABLE', 'AWAY', 'BUSY', 'OFFLINE', 'RINGING'] as const
export type AgentStatus = (typeof agentStatuses)[number]
/** The statuses that a person may set; BUSY and RINGING are the dialer's. */
export type ChosenAgentStatus = 'AVAILABLE' | 'AWAY' | 'OFFLINE'
export const chosenAgentStatuses: readonly ChosenAgentStatus[] = ['AVAILABLE', 'AWAY', 'OFFLINE']

/** A person who takes answered calls. An agent in two queues is one agent (docs/rules.md#shared-agents). */
export interface Agent {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly name: string
  readonly detail: string
  readonly extension: string
  readonly address: Address
  readonly status: AgentStatus
  /** Status requested during a conversation; takes effect after it. */
  readonly nextStatus: ChosenAgentStatus | null
  readonly wrapUpMs: number
  /** Set while BUSY after a conversation: when the wrap-up ends. */
  readonly wrapUpUntil: number | null
  /** Set while RINGING: when the offer is given up. */
  readonly ringUntil: number | null
  /** The call that the agent is offered, or talks on. */
  readonly campaigncallId: string | null
  readonly callsTaken: number
  /** Calls taken since the agent last was OFFLINE. */
  readonly callsSinceOffline: number
  /** Since when the agent has been free; a missed offer does not reset it. */
  readonly idleSince: number
  readonly statusChangedAt: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/** What can happen to an agent (docs/rules.md#agent-reservation, docs/rules.md#shared-agents). */
export type AgentCommand =
  | { readonly type: 'SET'; readonly status: ChosenAgentStatus }
  | { readonly type: 'RESERVE'; readonly campaigncallId: string; readonly ringUntil: number }
  | { readonly type: 'CONNECT' }
  /** The phone was answered just as its offer was given up, and is connected. */
  | { readonly type: 'CONNECT_LATE'; readonly campaigncallId: string }
  /** The call ended, or another agent took it, while the agent's phone rang. */
  | { readonly type: 'RELEASE' }
  /** The agent missed or rejected the offer. */
  | { readonly type: 'MISS' }
  | { readonly type: 'CONVERSATION_ENDED' }
  | { readonly type: 'WRAP_UP_ENDED' }

/** Applies a command. Returns the same object if nothing changes. */
export function decideAgent(agent: Agent, command: AgentCommand, at: number): Agent {
  switch (command.type) {
    case 'SET':
      return setByHand(agent, command.status, at)
    case 'RESERVE':
      assert(agent.status === 'AVAILABLE', 'an agent to reserve who is available')
      return enter(agent, 'RINGING', at, { campaigncallId: command.campaigncallId, ringUntil: command.ringUntil })
    case 'CONNECT':
      assert(agent.status === 'RINGING', 'an agent to connect whose phone rings')
      return enter(agent, 'BUSY', at, { campaigncallId: agent.campaigncallId, ...countTaken(agent) })
    case 'CONNECT_LATE': {
      const { status } = agent
      assert(isUnoccupied(agent), 'an agent to connect late who is on no call')
      const nextStatus = status === 'AWAY' || status === 'OFFLINE' ? status : null
      return enter(agent, 'BUSY', at, { campaigncallId: command.campaigncallId, nextStatus, ...countTaken(agent) })
    }
    case 'RELEASE':
      return agent.status === 'RINGING' ? enter(agent, 'AVAILABLE', at, { idleSince: agent.idleSince }) : agent
    case 'MISS':
      return agent.status === 'RINGING' ? enter(agent, 'AWAY', at) : agent
    case 'CONVERSATION_ENDED':
      if (agent.status !== 'BUSY' || agent.campaigncallId === null) return agent
      if (agent.nextStatus !== null) return enter(agent, agent.nextStatus, at)
      if (agent.wrapUpMs === 0) return enter(agent, 'AVAILABLE', at)
      return { ...agent, campaigncallId: null, wrapUpUntil: at + agent.wrapUpMs, updatedAt: at }
    case 'WRAP_UP_ENDED':
      return isWrappingUp(agent) ? enter(agent, 'AVAILABLE', at) : agent
    default:
      return unreachable(command)
  }
}

function countTaken({ callsTaken, callsSinceOffline }: Agent) {
  return { callsTaken: callsTaken + 1, callsSinceOffline: callsSinceOffline + 1 }
}

/** True if the agent is neither offered a call, nor on one, nor in wrap-up. */
export function isUnoccupied({ status }: Agent): boolean {
  return status !== 'RINGING' && status !== 'BUSY'
}

/** When the ring time or the wrap-up of an agent ends; null if there is neither. */
export function dueAt({ ringUntil, wrapUpUntil }: Agent): number | null {
  return ringUntil ?? wrapUpUntil
}

export function isWrappingUp(agent: Agent): boolean {
  return agent.status === 'BUSY' && agent.wrapUpUntil !== null
}

function setByHand(agent: Agent, status: ChosenAgentStatus, at: number): Agent {
  if (agent.status === status) return agent
  if (agent.status === 'BUSY' && !isWrappingUp(agent)) {
    // AVAILABLE withdraws a requested status; the wrap-up follows all the same (docs/rules.md#shared-agents).
    const nextStatus = status === 'AVAILABLE' ? null : status
    return agent.nextStatus === nextStatus ? agent : { ...agent, nextStatus, updatedAt: at }
  }
  if (agent.status === 'RINGING' && status === 'AVAILABLE') return agent
  return enter(agent, status, at)
}

/** Sets a new status and clears everything that belonged to the old one. */
function enter(agent: Agent, status: AgentStatus, at: number, kept: Partial<Agent> = {}): Agent {
  return {
    ...agent,
    nextStatus: null,
    wrapUpUntil: null,
    ringUntil: null,
    campaigncallId: null,
    idleSince: status === 'AVAILABLE' ? at : agent.idleSince,
    callsSinceOffline: status === 'OFFLINE' ? 0 : agent.callsSinceOffline,
    ...kept,
    status,
    statusChangedAt: at,
    updatedAt: at,
  }
}

import { unreachable } from '../kernel/assert.ts'
import type { Action } from './action.ts'

export const campaignTypes = ['CALL', 'FLOW'] as const
export type CampaignType = (typeof campaignTypes)[number]
export const campaignStatuses = ['STOP', 'STOPPING', 'RUN'] as const
export type CampaignStatus = (typeof campaignStatuses)[number]
export const campaignEndHandles = ['STOP', 'CONTINUE'] as const
export type CampaignEndHandle = (typeof campaignEndHandles)[number]
export const pacingMethods = ['SERVICE_LEVEL', 'RATIO'] as const
export type PacingMethod = (typeof pacingMethods)[number]
/** The ratios of RATIO pacing, in percent. */
export const ratios = [100, 150, 200, 300, 400] as const

/** A campaign: a list, a plan, an optional queue, and the actions of its answered calls. */
export interface Campaign {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly type: CampaignType
  readonly name: string
  readonly detail: string
  readonly status: CampaignStatus
  readonly pacing: PacingMethod
  /** 1 to 1000, percent. */
  readonly serviceLevel: number
  /** One of `ratios`, percent. */
  readonly ratio: number
  /** 1 to 10000; null for no limit of its own. */
  readonly concurrentCallsMax: number | null
  readonly endHandle: CampaignEndHandle
  /** Id of an immutable list of actions: a call keeps the list it was dialed with. */
  readonly actionListId: string
  readonly actions: readonly Action[]
  readonly outplanId: string | null
  readonly outdialId: string | null
  readonly queueId: string | null
  readonly nextCampaignId: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/**
 * Commands that change the status of a campaign (docs/rules.md#campaign-states). Whether run and delete are allowed is
 * checked before.
 */
export type CampaignCommand =
  | { readonly type: 'RUN'; readonly cause: string }
  | { readonly type: 'ASK_STOP'; readonly callsInFlight: number; readonly cause: string }
  | { readonly type: 'LAST_CALL_ENDED' }
  | { readonly type: 'NATURAL_END' }

export interface CampaignStep {
  readonly from: CampaignStatus
  readonly to: CampaignStatus
  /** One sentence: who or what caused it. */
  readonly cause: string
}

/** The transition that a command causes, or null if there is none. */
export function decideCampaign(status: CampaignStatus, command: CampaignCommand): CampaignStep | null {
  switch (command.type) {
    case 'RUN':
      return status === 'RUN' ? null : { from: status, to: 'RUN', cause: command.cause }
    case 'ASK_STOP':
      if (status !== 'RUN') return null
      return { from: status, to: command.callsInFlight > 0 ? 'STOPPING' : 'STOP', cause: command.cause }
    case 'LAST_CALL_ENDED':
      if (status !== 'STOPPING') return null
      return { from: status, to: 'STOP', cause: 'The last call in flight has ended.' }
    case 'NATURAL_END':
      if (status !== 'RUN') return null
      return { from: status, to: 'STOP', cause: 'No target of the outdial can be dialed now or later.' }
    default:
      return unreachable(command)
  }
}

/** What the natural end of a running campaign depends on (docs/rules.md#campaign-natural-end). */
export interface ListState {
  readonly targetsIdle: number
  readonly targetsProgressing: number
  readonly reevaluating: boolean
}

/** True when no target can be dialed now or later. Idle targets without a try left were set DONE before. */
export function isListExhausted(list: ListState): boolean {
  return list.targetsIdle === 0 && list.targetsProgressing === 0 && !list.reevaluating
}

/** True when following nextCampaign from `firstId` meets any campaign twice (docs/rules.md#campaign-next). */
export function hasCampaignRing(firstId: string, nextOf: (id: string) => string | null): boolean {
  const seen = new Set<string>()
  for (let id: string | null = firstId; id !== null; id = nextOf(id)) {
    if (seen.has(id)) return true
    seen.add(id)
  }
  return false
}

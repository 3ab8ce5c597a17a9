import type { Action } from '../../domain/action.ts'
import type { Campaign, CampaignStatus, CampaignType } from '../../domain/campaign.ts'
import type { HangupReason } from '../../domain/campaigncall.ts'
import type { CallTally } from '../../domain/tally.ts'
import type { PageWindow } from './pages.ts'
import type { Scope } from './scope.ts'

export interface CampaignListFilter {
  readonly customerId: string
  readonly status: readonly CampaignStatus[] | null
  readonly type: CampaignType | null
  /** Lower case. */
  readonly nameContains: string | null
  readonly outdialId: string | null
  readonly queueId: string | null
  readonly includeDeleted: boolean
}
/** The order of a list of campaigns: by creation, or by lower-case name and then creation. */
export interface CampaignListOrder {
  readonly by: 'CREATED_AT' | 'NAME'
  readonly descending: boolean
}

/** Campaigns, with their actions and counters. */
export interface Campaigns {
  byIds(customerId: string, ids: readonly string[]): Promise<(Campaign | null)[]>
  byId(customerId: string, id: string): Promise<Campaign | null>
  /** With counters at zero. Its list of actions is written first. */
  insert(value: Omit<Campaign, 'position'>): Promise<Campaign>
  update(value: Campaign): Promise<void>
  insertActions(customerId: string, id: string, actions: readonly Action[]): Promise<void>
  /** Lists of actions by their ids. */
  actionLists(customerId: string, ids: readonly string[]): Promise<(readonly Action[] | null)[]>
  /** The campaign that each outdial is attached to. */
  byOutdialIds(customerId: string, outdialIds: readonly string[]): Promise<(Campaign | null)[]>
  byOutplanId(customerId: string, outplanId: string): Promise<Campaign[]>
  byQueueId(customerId: string, queueId: string): Promise<Campaign[]>
  /** Campaigns that are not STOP, oldest first. */
  active(scope: Scope): Promise<Campaign[]>
  list(filter: CampaignListFilter, order: CampaignListOrder, window: PageWindow): Promise<Campaign[]>
  count(filter: CampaignListFilter): Promise<number>
  /** Adds to the counters of one campaign. */
  addTally(customerId: string, campaignId: string, change: CallTally): Promise<void>
  addReason(customerId: string, campaignId: string, reason: HangupReason, count: number): Promise<void>
  /** The tally of calls of each campaign. */
  tallies(
    customerId: string,
    ids: readonly string[],
  ): Promise<
    (
      | (CallTally & {
          campaignId: string
        })
      | null
    )[]
  >
  /** How often each campaign's calls ended for each reason. */
  reasons(
    customerId: string,
    ids: readonly string[],
  ): Promise<
    {
      readonly reason: HangupReason
      readonly count: number
    }[][]
  >
}

import type { Book, CampaignRow } from './book.ts'
import type { EntryRow, Fold } from './fold.ts'
import { limitsAgainst, type ProcessLimits, poolOf } from './limits.ts'
import type { TargetOrder } from './targets.ts'
import type { CommitView } from './view.ts'

export interface TurnFacts {
  readonly book: Book
  readonly fold: Fold
  readonly limits: ProcessLimits
  readonly order: TargetOrder
}

/** A campaign that has called while others could have: whom it owes the next turn. */
interface Served {
  readonly process: number
  readonly owed: Set<string>
}

/**
 * Campaigns that share agents or the limits of the process take turns, one call each (C4, docs/rules.md#turns): none starts a
 * second call while another that could have started one instead, both times, has started none.
 */
export function createTurnJudge({ book, fold, limits, order }: TurnFacts) {
  const served = new Map<string, Served>()

  function share(one: CampaignRow, other: CampaignRow): boolean {
    if (limits.callsPerSecond > 0 || limits.concurrentCallsMax > 0) return true
    return one.queue_id !== null && other.queue_id !== null && poolOf(book, one.queue_id).has(other.queue_id)
  }

  /** Campaigns that could start a call in the place of this one. */
  function couldCall(before: readonly EntryRow[], at: number, campaign: CampaignRow): string[] {
    return [...book.campaigns.values()].flatMap((other) => {
      const { id, outdial_id: outdialId } = other
      if (id === campaign.id || fold.campaigns.get(id) !== 'RUN' || !share(campaign, other)) return []
      // A trunk that takes one call at a time lets those go on that need none.
      if (other.type === 'CALL' && campaign.type === 'FLOW') return []
      // A campaign that has had its call in this round may be done with its list for as long as the commit lasts.
      if (before.some((of) => of.event === 'CREATED' && of.campaign_id === id) || book.isJudging(outdialId ?? ''))
        return []
      if (limitsAgainst(fold, book, limits, other).length > 0) return []
      return order.due(id, at) === undefined ? [] : id
    })
  }

  return {
    /** A call that is about to begin. */
    judge({ commit, entries }: CommitView, place: number, campaignId: string): string[] {
      const campaign = book.campaigns.get(campaignId)
      if (campaign === undefined) return []
      const { process } = commit
      const could = couldCall(entries.slice(0, place), entries[place]?.at ?? 0, campaign)
      const last = served.get(campaignId)
      // Whose turn it is, a new process does not know.
      const owed = last?.process === process ? could.filter((id) => last.owed.has(id)) : []
      served.set(campaignId, { process, owed: new Set(could) })
      for (const { owed: others } of served.values()) others.delete(campaignId)
      return owed.map((id) => `C4: campaign ${campaignId} starts two calls while campaign ${id} waits for its turn`)
    },
  }
}

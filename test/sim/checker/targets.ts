import type { Book, TargetRow } from './book.ts'
import type { EntryRow, Fold } from './fold.ts'
import type { LastAttempt, TryJudge } from './tries.ts'

export interface TargetFacts {
  readonly book: Book
  readonly fold: Fold
  readonly tries: TryJudge
}

/**
 * Who of a list may be called next, in the order of the book (docs/rules.md#target-order): who was never tried, as they were
 * added; then the others, as their last attempts have ended.
 */
export function createTargetOrder({ book, fold, tries }: TargetFacts) {
  /** Whether a target could have been claimed instead, at a moment of a commit at which it has no call in flight. */
  function isCandidate(target: TargetRow, campaignId: string, at: number): boolean {
    // A target that is PROGRESSING in the end, and has no call yet, is claimed after this one.
    if (target.deleted_at !== null || target.status === 'DONE' || fold.dialed.has(target.id)) return false
    if (!tries.mayHaveTry(target, campaignId).certainly) return false
    const rest = tries.restUntil(target, campaignId)
    return rest.isCertain && (rest.until ?? Number.NEGATIVE_INFINITY) <= at
  }

  /** Whether the one comes certainly before the other. */
  function isBefore(one: TargetRow, ofOne: LastAttempt, other: TargetRow, ofOther: LastAttempt): boolean {
    if (ofOne.endAt === null) return ofOther.endAt !== null || one.position < other.position
    return ofOther.endAt !== null && ofOne.endAt < ofOther.endAt
  }

  return {
    isCandidate,
    /** A call that is about to begin: nobody else came before (C1). */
    judge({ at }: EntryRow, campaignId: string, targetId: string): string[] {
      const chosen = book.targets.get(targetId)
      if (chosen === undefined) return []
      const last = tries.lastAttempt(targetId)
      if (!last.isCertain) return []
      for (const target of book.targetsOf(chosen.outdial_id)) {
        if (target.id === targetId) {
          // Nobody who was added later comes before somebody who was never tried.
          if (last.endAt === null) break
          continue
        }
        const ofTarget = tries.lastAttempt(target.id)
        if (!ofTarget.isCertain || !isBefore(target, ofTarget, chosen, last)) continue
        if (!isCandidate(target, campaignId, at)) continue
        const why =
          ofTarget.endAt === null ? 'was never tried' : `has waited ${(last.endAt ?? 0) - ofTarget.endAt} ms longer`
        return [`C1: target ${targetId} is called before target ${target.id}, which ${why}`]
      }
      return []
    },
    /** Somebody of the list of a campaign who could be called at that moment; undefined where there certainly is nobody. */
    due(campaignId: string, at: number): TargetRow | undefined {
      const outdialId = book.campaigns.get(campaignId)?.outdial_id ?? ''
      return book.targetsOf(outdialId).find((target) => isCandidate(target, campaignId, at))
    },
  }
}

export type TargetOrder = ReturnType<typeof createTargetOrder>

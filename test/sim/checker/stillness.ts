import type { Book, CampaignRow, TargetRow } from './book.ts'
import type { Fold } from './fold.ts'
import { limitsAgainst, type ProcessLimits } from './limits.ts'
import type { TryJudge } from './tries.ts'

export interface StillnessFacts {
  readonly fold: Fold
  readonly book: Book
  readonly tries: TryJudge
  readonly limits: ProcessLimits
  /** What the dialer takes for the time. */
  readonly now: number
}

/** What should have happened by now and has not, at a moment at which nothing is left to happen without time passing. */
export function judgeStillness(facts: StillnessFacts): string[] {
  const { fold, book } = facts
  const findings: string[] = []
  for (const campaign of book.campaigns.values()) {
    if (campaign.deleted_at !== null) continue
    const targets = book.targetsOf(campaign.outdial_id ?? '').filter((target) => target.deleted_at === null)
    for (const target of targets)
      findings.push(...reevaluateTarget(facts, campaign, target, fold.dialed.has(target.id)))
    findings.push(...judgeCampaign(facts, campaign, targets))
  }
  return findings
}

/** A target stands where its calls and the plan put it (docs/rules.md#target-reevaluation). */
function reevaluateTarget(
  { tries }: StillnessFacts,
  campaign: CampaignRow,
  target: TargetRow,
  isDialed: boolean,
): string[] {
  if (isDialed || target.status === 'PROGRESSING') return []
  const left = tries.mayHaveTry(target, campaign.id)
  const may = target.reached !== 0 ? ['DONE'] : left.certainly ? ['IDLE'] : left.perhaps ? ['IDLE', 'DONE'] : ['DONE']
  return may.includes(target.status)
    ? []
    : [`I12: target ${target.id} is ${target.status} instead of ${may.join(' or ')}`]
}

function judgeCampaign(facts: StillnessFacts, campaign: CampaignRow, targets: readonly TargetRow[]): string[] {
  const { fold, book, limits } = facts
  const { id } = campaign
  const status = fold.campaigns.get(id)
  const isBusy = fold.inFlightOf(id) > 0
  if (status === 'STOPPING' && !isBusy) return [`I12: campaign ${id} is STOPPING without a call in flight`]
  if (status !== 'RUN') return []
  if (campaign.end_handle === 'STOP' && targets.every((target) => target.status === 'DONE'))
    return [`I12: campaign ${id} is at its end and goes on`]
  const due = targets.find((target) => isDue(facts, campaign, target))
  if (due === undefined || limitsAgainst(fold, book, limits, campaign).length > 0) return []
  return [`4.7: campaign ${id} could call target ${due.id}, and did not`]
}

function isDue({ tries, now }: StillnessFacts, campaign: CampaignRow, target: TargetRow): boolean {
  if (target.status !== 'IDLE' || !tries.mayHaveTry(target, campaign.id).certainly) return false
  return (tries.restUntil(target, campaign.id).until ?? 0) <= now
}

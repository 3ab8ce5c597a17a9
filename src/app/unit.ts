import type { Agent } from '../domain/agent.ts'
import { type Campaign, type CampaignStep, decideCampaign } from '../domain/campaign.ts'
import type { Campaigncall, CampaigncallStep, HangupReason } from '../domain/campaigncall.ts'
import type { OutdialTarget } from '../domain/outdial-target.ts'
import {
  type CallTally,
  emptyCallTally,
  emptyTargetTally,
  hangupReasonOf,
  shift,
  type TargetTally,
  tallyCall,
  tallyTarget,
} from '../domain/tally.ts'
import type { NewLogEntry, NoticeTopic } from '../domain/transition.ts'
import { present } from '../kernel/assert.ts'
import type { Transaction } from '../store/store.ts'

type NewAgentEntry = Extract<NewLogEntry, { kind: 'AGENT' }>
type Entry = Exclude<NewLogEntry, { kind: 'AGENT' }> | Omit<NewAgentEntry, 'queueIds'>

/**
 * The unit of work: the changes of one transaction. Objects are written as they change; counters and log entries are
 * gathered and written at the end, so that a thousand calls cost one update of a counter, and the log is written last.
 */
export interface Unit {
  readonly tx: Transaction
  /** The moment of the transaction, at which all its changes happen. */
  readonly now: number
  makeId(): string
  /** Saves a call that was claimed or has changed; `steps` are its transitions. */
  saveCall(before: Campaigncall | null, after: Campaigncall, steps: readonly CampaigncallStep[]): Promise<void>
  /** Saves what an attempt or a re-evaluation changed in a target. */
  saveTarget(before: OutdialTarget, after: OutdialTarget): Promise<void>
  /** Counts a target that was added, edited or deleted, without saving it. */
  countTarget(before: OutdialTarget | null, after: OutdialTarget): void
  saveAgent(before: Agent, after: Agent): Promise<void>
  /** Writes the new status of a campaign and its transition. Returns the changed campaign. */
  stepCampaign(campaign: Campaign, step: CampaignStep): Promise<Campaign>
  /** Appends a change notice, which tells the engine and the dashboards of a change that is no transition. */
  notice(topic: NoticeTopic, customerId: string, subjectId: string): void
  /**
   * Runs a step in a savepoint. If it fails, what it wrote, counted and logged is undone and its error is thrown; the
   * rest of the transaction continues.
   */
  savepoint<Result>(run: () => Promise<Result>): Promise<Result>
  /** Writes the counters gathered so far, before they are read. */
  writeCounters(): Promise<void>
  /** Writes everything gathered. Returns the position of the last log entry, or null if nothing was logged. */
  finish(): Promise<number | null>
}

interface Gathered {
  entries: Entry[]
  tallies: Map<string, { customerId: string; tally: CallTally }>
  reasons: Map<string, { customerId: string; campaignId: string; reason: HangupReason; count: number }>
  targets: Map<string, { customerId: string; tally: TargetTally }>
  /** Campaigns of which a call has ended: one that is STOPPING may be done. */
  ended: Map<string, string>
}

const nothingGathered = (): Gathered => ({
  entries: [],
  tallies: new Map(),
  reasons: new Map(),
  targets: new Map(),
  ended: new Map(),
})

/**
 * Adds what a savepoint gathered to the whole: its cost depends on the savepoint alone, not on what was gathered
 * before.
 */
function merge(whole: Gathered, part: Gathered): Gathered {
  for (const entry of part.entries) whole.entries.push(entry)
  for (const [id, { customerId, tally }] of part.tallies) {
    const sum = whole.tallies.get(id)?.tally ?? emptyCallTally
    whole.tallies.set(id, { customerId, tally: shift(sum, emptyCallTally, tally) })
  }
  for (const [key, reason] of part.reasons) {
    whole.reasons.set(key, { ...reason, count: reason.count + (whole.reasons.get(key)?.count ?? 0) })
  }
  for (const [id, { customerId, tally }] of part.targets) {
    const sum = whole.targets.get(id)?.tally ?? emptyTargetTally
    whole.targets.set(id, { customerId, tally: shift(sum, emptyTargetTally, tally) })
  }
  for (const [id, customerId] of part.ended) whole.ended.set(id, customerId)
  return whole
}

export function createUnit(tx: Transaction, now: number, makeId: () => string): Unit {
  let gathered = nothingGathered()

  function countCall(before: Campaigncall | null, after: Campaigncall): void {
    const { campaignId, customerId } = after
    const sum = gathered.tallies.get(campaignId)?.tally ?? emptyCallTally
    const from = before === null ? emptyCallTally : tallyCall(before)
    gathered.tallies.set(campaignId, { customerId, tally: shift(sum, from, tallyCall(after)) })
    const reason = hangupReasonOf(after)
    if (reason === null || before?.status === 'DONE') return
    const key = `${campaignId} ${reason}`
    const counted = gathered.reasons.get(key)?.count ?? 0
    gathered.reasons.set(key, { customerId, campaignId, reason, count: counted + 1 })
    gathered.ended.set(campaignId, customerId)
  }

  function countTarget(before: OutdialTarget | null, after: OutdialTarget): void {
    const { outdialId, customerId } = after
    const sum = gathered.targets.get(outdialId)?.tally ?? emptyTargetTally
    const from = before === null ? emptyTargetTally : tallyTarget(before)
    gathered.targets.set(outdialId, { customerId, tally: shift(sum, from, tallyTarget(after)) })
  }

  async function writeCounters(): Promise<void> {
    const { tallies, reasons, targets } = gathered
    for (const [campaignId, { customerId, tally }] of tallies)
      await tx.campaigns.addTally(customerId, campaignId, tally)
    for (const { customerId, campaignId, reason, count } of reasons.values()) {
      await tx.campaigns.addReason(customerId, campaignId, reason, count)
      if (reason === 'UNKNOWN') await tx.engines.count({ adopted: 0, unknown: count })
    }
    for (const [outdialId, { customerId, tally }] of targets) await tx.outdials.add(customerId, outdialId, tally)
    gathered = { ...gathered, tallies: new Map(), reasons: new Map(), targets: new Map() }
  }

  async function stepCampaign(campaign: Campaign, step: CampaignStep): Promise<Campaign> {
    const stepped = { ...campaign, status: step.to, updatedAt: now }
    await tx.campaigns.update(stepped)
    const { id: campaignId, customerId } = campaign
    gathered.entries.push({ kind: 'CAMPAIGN', customerId, at: now, campaignId, ...step })
    return stepped
  }

  /** Stops a STOPPING campaign in the transaction that ends its last call (docs/rules.md#campaign-states). */
  async function stopEmptied(): Promise<void> {
    for (const [campaignId, customerId] of gathered.ended) {
      const campaign = present(await tx.campaigns.byId(customerId, campaignId), 'the campaign of a call')
      if (campaign.status !== 'STOPPING') continue
      const [tally] = await tx.campaigns.tallies(customerId, [campaignId])
      const counted = present(tally, 'the counters of a campaign')
      if (counted.callsDialing + counted.callsProgressing > 0) continue
      const step = decideCampaign(campaign.status, { type: 'LAST_CALL_ENDED' })
      if (step !== null) await stepCampaign(campaign, step)
    }
  }

  /** Adds to each agent entry the queues that the agent is in at this commit. */
  async function complete(entries: readonly Entry[]): Promise<NewLogEntry[]> {
    const queueIds = new Map<string, string[]>()
    const agents = entries.filter((entry) => entry.kind === 'AGENT')
    for (const customerId of new Set(agents.map((entry) => entry.customerId))) {
      const ids = agents.filter((entry) => entry.customerId === customerId).map((entry) => entry.agentId)
      const queues = await tx.queues.ofAgents(customerId, ids)
      ids.forEach((id, i) => {
        queueIds.set(
          id,
          (queues[i] ?? []).map((queue) => queue.id),
        )
      })
    }
    return entries.map((entry) =>
      entry.kind === 'AGENT' ? { ...entry, queueIds: queueIds.get(entry.agentId) ?? [] } : entry,
    )
  }

  return {
    tx,
    now,
    makeId,
    async saveCall(before, after, steps) {
      countCall(before, after)
      for (const step of steps) {
        const { customerId, campaignId, id: campaigncallId } = after
        gathered.entries.push({ kind: 'CAMPAIGNCALL', customerId, at: now, campaignId, campaigncallId, ...step })
      }
      if (before !== null) await tx.campaigncalls.update(after)
    },
    async saveTarget(before, after) {
      countTarget(before, after)
      await tx.outdialTargets.updateAttempt(before, after)
    },
    countTarget,
    async saveAgent(before, after) {
      if (before === after) return
      await tx.agents.update(after)
      const { customerId, id: agentId } = after
      if (before.status === after.status)
        gathered.entries.push({ kind: 'NOTICE', customerId, at: now, topic: 'AGENT', subjectId: agentId })
      else gathered.entries.push({ kind: 'AGENT', customerId, at: now, agentId, from: before.status, to: after.status })
    },
    stepCampaign,
    notice(topic, customerId, subjectId) {
      gathered.entries.push({ kind: 'NOTICE', customerId, at: now, topic, subjectId })
    },
    async savepoint(run) {
      const whole = gathered
      gathered = nothingGathered()
      try {
        const result = await tx.savepoint(run)
        gathered = merge(whole, gathered)
        return result
      } catch (error) {
        gathered = whole
        throw error
      }
    },
    writeCounters,
    async finish() {
      await writeCounters()
      await stopEmptied()
      if (gathered.entries.length === 0) return null
      return tx.transitions.append(await complete(gathered.entries))
    },
  }
}

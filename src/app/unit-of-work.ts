import type { ActionExecution, Activeflow } from '../domain/activeflow.ts'
import type { Agent } from '../domain/agent.ts'
import { type Campaign, type CampaignStep, decideCampaign } from '../domain/campaign.ts'
import type { Campaigncall, CampaigncallStep, HangupReason } from '../domain/campaigncall.ts'
import type { OutdialTarget } from '../domain/outdial-target.ts'
import {
  type CallTally,
  emptyCallTally,
  emptyTargetTally,
  hangupReasonOf,
  isEmptyTally,
  shift,
  type TargetTally,
  tallyCall,
  tallyTarget,
} from '../domain/tally.ts'
import type { NewLogEntry, NoticeTopic } from '../domain/transition.ts'
import { present } from '../kernel/assert.ts'
import type { CallExecution, CallKey, LateOutcome } from '../store/contract/campaigncalls.ts'
import type { TargetChange } from '../store/contract/outdials.ts'
import type { Scope } from '../store/contract/scope.ts'
import type { Changes, Tables, Transaction } from '../store/contract/store.ts'
import { createWorkingSet, type WorkingSet } from './working-set.ts'

type NewAgentEntry = Extract<NewLogEntry, { kind: 'AGENT' }>
type Entry = Exclude<NewLogEntry, { kind: 'AGENT' }> | Omit<NewAgentEntry, 'queueIds'>

/** Tables whose rows the unit gathers. They are read by key through the working set, and otherwise through `stored`. */
type GatheredTables = 'campaigncalls' | 'activeflows' | 'outdialTargets' | 'agents'

/**
 * The unit of work: the changes of one transaction. Changed calls, targets, agents and actions, the counters and the
 * log entries are gathered in memory and written as sets, the log last: a thousand calls cost a few statements, and one
 * update of a counter.
 */
export interface Unit {
  /** The other tables, which are read and written at once. */
  readonly tx: Omit<Tables, GatheredTables>
  /** Calls and what belongs to them, by key, as this transaction has changed them. */
  readonly objects: Omit<WorkingSet, 'clear'>
  /** The moment of the transaction, at which all its changes happen. */
  readonly now: number
  /** Whose data the transaction is about. */
  readonly scope: Scope
  makeId(): string
  /**
   * Writes what has been gathered so far, except the log, and returns all tables: for queries that have to see it, and
   * for other writes.
   */
  stored(): Promise<Tables>
  /** Adds a call; `steps` are its transitions. The store assigns its position. */
  addCall(call: Campaigncall, steps: readonly CampaigncallStep[]): void
  /** Saves a call that has changed; `steps` are its transitions. */
  saveCall(before: Campaigncall, after: Campaigncall, steps: readonly CampaigncallStep[]): void
  /** Saves what an attempt or a re-evaluation changed in a target. */
  saveTarget(before: OutdialTarget, after: OutdialTarget): void
  /** Counts a target that was added, edited or deleted, without saving it. */
  countTarget(before: OutdialTarget | null, after: OutdialTarget): void
  saveAgent(before: Agent, after: Agent): void
  /** Saves the actions of a call, with the executions that were added to them. */
  addActiveflow(flow: Activeflow, executions: readonly ActionExecution[]): void
  saveActiveflow(flow: Activeflow, executions?: readonly ActionExecution[]): void
  /** Saves the outcome of an executed action that became known later. */
  saveOutcome(call: CallKey, step: number, outcome: string): void
  /** Writes the new status of a campaign and its transition. Returns the changed campaign. */
  stepCampaign(campaign: Campaign, step: CampaignStep): Promise<Campaign>
  /** Appends a change notice, which tells the engine and the dashboards of a change that is no transition. */
  notice(topic: NoticeTopic, customerId: string, subjectId: string): void
  /**
   * Runs a step in a savepoint. If it fails, or what it gathered cannot be written, everything that it wrote, gathered
   * and logged is undone and the error is thrown; the rest of the transaction continues.
   */
  savepoint<Result>(run: () => Promise<Result>): Promise<Result>
  /** Writes everything gathered. Returns the position of the last log entry, or null if nothing was logged. */
  finish(): Promise<number | null>
}

/** What has not been written, by the keys of its objects. */
interface Gathered {
  readonly calls: Map<string, { readonly call: Campaigncall; readonly isNew: boolean }>
  readonly targets: Map<string, TargetChange>
  readonly agents: Map<string, Agent>
  readonly activeflows: Map<string, { readonly flow: Activeflow; readonly isNew: boolean }>
  readonly executions: CallExecution[]
  readonly outcomes: LateOutcome[]
  readonly tallies: Map<string, { customerId: string; campaignId: string; tally: CallTally }>
  readonly reasons: Map<string, { customerId: string; campaignId: string; reason: HangupReason; count: number }>
  readonly outdials: Map<string, { customerId: string; outdialId: string; tally: TargetTally }>
}

const nothingGathered = (): Gathered => ({
  calls: new Map(),
  targets: new Map(),
  agents: new Map(),
  activeflows: new Map(),
  executions: [],
  outcomes: [],
  tallies: new Map(),
  reasons: new Map(),
  outdials: new Map(),
})

export function createUnit(tx: Transaction, scope: Scope, now: number, makeId: () => string): Unit {
  const objects = createWorkingSet(tx)
  let gathered = nothingGathered()
  let entries: Entry[] = []
  /** Campaigns of which a call has ended: one that is STOPPING may be done. */
  let ended = new Map<string, string>()
  /** A set that failed may be written in part. Outside a savepoint nothing undoes that, and the commit is refused. */
  let halfWritten: { readonly error: unknown } | null = null

  function countCall(before: Campaigncall | null, after: Campaigncall): void {
    const { campaignId, customerId } = after
    const sum = gathered.tallies.get(campaignId)?.tally ?? emptyCallTally
    const from = before === null ? emptyCallTally : tallyCall(before)
    gathered.tallies.set(campaignId, { customerId, campaignId, tally: shift(sum, from, tallyCall(after)) })
    const reason = hangupReasonOf(after)
    if (reason === null || before?.status === 'DONE') return
    const key = `${campaignId} ${reason}`
    const counted = gathered.reasons.get(key)?.count ?? 0
    gathered.reasons.set(key, { customerId, campaignId, reason, count: counted + 1 })
    ended.set(campaignId, customerId)
  }

  function countTarget(before: OutdialTarget | null, after: OutdialTarget): void {
    const { outdialId, customerId } = after
    const sum = gathered.outdials.get(outdialId)?.tally ?? emptyTargetTally
    const from = before === null ? emptyTargetTally : tallyTarget(before)
    gathered.outdials.set(outdialId, { customerId, outdialId, tally: shift(sum, from, tallyTarget(after)) })
  }

  function gatherCall(call: Campaigncall, steps: readonly CampaigncallStep[], isNew: boolean): void {
    const { customerId, campaignId, id: campaigncallId } = call
    for (const step of steps)
      entries.push({ kind: 'CAMPAIGNCALL', customerId, at: now, campaignId, campaigncallId, ...step })
    const key = keyOf(call)
    gathered.calls.set(key, { call, isNew: isNew || gathered.calls.get(key)?.isNew === true })
    objects.putCall(call)
  }

  function gatherActiveflow(flow: Activeflow, executions: readonly ActionExecution[], isNew: boolean): void {
    const { customerId, campaigncallId } = flow
    const key = `${customerId} ${campaigncallId}`
    gathered.activeflows.set(key, { flow, isNew: isNew || gathered.activeflows.get(key)?.isNew === true })
    for (const execution of executions) gathered.executions.push({ customerId, campaigncallId, ...execution })
    objects.putActiveflow(flow)
  }

  async function write(): Promise<void> {
    const changes = { ...changesOf(gathered), entries: [] }
    gathered = nothingGathered()
    try {
      await tx.apply(changes)
    } catch (error) {
      halfWritten = { error }
      throw error
    }
  }

  async function stepCampaign(campaign: Campaign, step: CampaignStep): Promise<Campaign> {
    const stepped = { ...campaign, status: step.to, updatedAt: now }
    await tx.campaigns.update(stepped)
    const { id: campaignId, customerId } = campaign
    entries.push({ kind: 'CAMPAIGN', customerId, at: now, campaignId, ...step })
    return stepped
  }

  /** Stops a STOPPING campaign in the transaction that ends its last call (docs/rules.md#campaign-states). */
  async function stopEmptied(): Promise<void> {
    for (const [campaignId, customerId] of ended) {
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
  async function complete(): Promise<NewLogEntry[]> {
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
    objects,
    now,
    scope,
    makeId,
    async stored() {
      await write()
      objects.clear()
      return tx
    },
    addCall(call, steps) {
      countCall(null, call)
      gatherCall(call, steps, true)
    },
    saveCall(before, after, steps) {
      countCall(before, after)
      gatherCall(after, steps, false)
    },
    saveTarget(before, after) {
      countTarget(before, after)
      const key = keyOf(after)
      gathered.targets.set(key, { before: gathered.targets.get(key)?.before ?? before, after })
      objects.putTarget(after)
    },
    countTarget,
    saveAgent(before, after) {
      if (before === after) return
      gathered.agents.set(keyOf(after), after)
      objects.putAgent(after)
      const { customerId, id: agentId } = after
      if (before.status === after.status)
        entries.push({ kind: 'NOTICE', customerId, at: now, topic: 'AGENT', subjectId: agentId })
      else entries.push({ kind: 'AGENT', customerId, at: now, agentId, from: before.status, to: after.status })
    },
    addActiveflow: (flow, executions) => gatherActiveflow(flow, executions, true),
    saveActiveflow: (flow, executions = []) => gatherActiveflow(flow, executions, false),
    saveOutcome({ customerId, campaigncallId }, step, outcome) {
      gathered.outcomes.push({ customerId, campaigncallId, step, outcome })
    },
    stepCampaign,
    notice(topic, customerId, subjectId) {
      entries.push({ kind: 'NOTICE', customerId, at: now, topic, subjectId })
    },
    async savepoint(run) {
      await write()
      const entryCount = entries.length
      const endedBefore = new Map(ended)
      const halfBefore = halfWritten
      try {
        return await tx.savepoint(async () => {
          const result = await run()
          await write()
          return result
        })
      } catch (error) {
        halfWritten = halfBefore
        gathered = nothingGathered()
        objects.clear()
        entries.length = entryCount
        ended = endedBefore
        throw error
      }
    },
    async finish() {
      if (halfWritten !== null) throw halfWritten.error
      await write()
      await stopEmptied()
      const completed = await complete()
      entries = []
      return completed.length === 0 ? null : tx.apply({ ...changesOf(gathered), entries: completed })
    },
  }
}

const keyOf = ({ customerId, id }: { readonly customerId: string; readonly id: string }) => `${customerId} ${id}`

/** Counters that did not change in sum are not written. */
function changesOf(gathered: Gathered): Omit<Changes, 'entries'> {
  const calls = [...gathered.calls.values()]
  const flows = [...gathered.activeflows.values()]
  const reasons = [...gathered.reasons.values()]
  return {
    calls: {
      added: calls.filter((of) => of.isNew).map((of) => of.call),
      changed: calls.filter((of) => !of.isNew).map((of) => of.call),
    },
    targets: [...gathered.targets.values()],
    agents: [...gathered.agents.values()],
    activeflows: {
      added: flows.filter((of) => of.isNew).map((of) => of.flow),
      changed: flows.filter((of) => !of.isNew).map((of) => of.flow),
      executions: gathered.executions,
      outcomes: gathered.outcomes,
    },
    counters: {
      campaigns: [...gathered.tallies.values()].filter(({ tally }) => !isEmptyTally(tally)),
      reasons,
      outdials: [...gathered.outdials.values()].filter(({ tally }) => !isEmptyTally(tally)),
      unknown: reasons.reduce((sum, { reason, count }) => (reason === 'UNKNOWN' ? sum + count : sum), 0),
    },
  }
}

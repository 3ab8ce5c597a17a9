import type { Change } from '../witness.ts'

/*
 * The rows as they were after a commit, out of what the file itself has written down. What they mean is for others to judge.
 */

export interface CampaignRow {
  readonly id: string
  readonly type: 'CALL' | 'FLOW'
  readonly status: string
  readonly pacing: string
  readonly service_level: number
  readonly ratio: number
  readonly concurrent_calls_max: number | null
  readonly end_handle: string
  readonly outplan_id: string | null
  readonly outdial_id: string | null
  readonly queue_id: string | null
  readonly deleted_at: number | null
}

export interface PlanRow {
  readonly id: string
  /** A list as JSON. */
  readonly max_try_counts: string
  readonly try_interval_ms: number
  readonly dial_timeout_ms: number
}

export interface QueueRow {
  readonly id: string
  readonly strategy: string
  readonly wait_timeout_ms: number
  readonly agent_ring_ms: number
}

export interface AgentRow {
  readonly id: string
  readonly status: string
  readonly next_status: string | null
  readonly wrap_up_ms: number
}

export interface TargetRow {
  readonly id: string
  readonly position: number
  readonly outdial_id: string
  readonly status: string
  readonly reached: number
  readonly deleted_at: number | null
}

export interface DestinationRow {
  readonly target_position: number
  readonly index: number
  readonly type: string
  readonly target: string
  readonly try_count: number
  readonly unusable: number
}

export interface CallRow {
  readonly id: string
  readonly campaign_id: string
  readonly outdial_target_id: string
  readonly queue_id: string | null
  readonly agent_id: string | null
  readonly reference_type: 'CALL' | 'FLOW'
  readonly reference_id: string | null
  /** An address as JSON. */
  readonly destination: string
  readonly destination_index: number
  readonly try_count: number
  readonly attempt: number
  readonly dial_timeout_ms: number
  readonly status: string
  readonly phase: string | null
  readonly result: string | null
  readonly hangup_reason: string | null
  readonly version: number
  readonly end_reason: string | null
  readonly end_asked_at: number | null
  readonly lookup_at: number | null
  readonly answered_at: number | null
  readonly ended_at: number | null
  readonly created_at: number
}

/** The run of the actions of a call. */
export interface FlowRow {
  readonly campaigncall_id: string
  readonly step_count: number
  /** JSON. */
  readonly wait: string | null
}

/** What a commit changed of a row; null where there was, or is, none. */
interface Pair<Row> {
  readonly before: Row | null
  readonly after: Row | null
}

/** What a commit changed of a destination. */
interface DestinationChange extends Pair<DestinationRow> {
  readonly targetId: string
}

/** What a commit wrote, by id. */
export interface Touched {
  readonly calls: Map<string, Pair<CallRow>>
  readonly agents: Map<string, Pair<AgentRow>>
  readonly campaigns: Map<string, Pair<CampaignRow>>
  readonly targets: Map<string, Pair<TargetRow>>
  readonly flows: Map<string, Pair<FlowRow>>
  readonly queues: Map<string, Pair<QueueRow>>
  readonly plans: Map<string, Pair<PlanRow>>
  readonly destinations: readonly DestinationChange[]
  /** Queues whose members were changed. */
  readonly memberships: ReadonlySet<string>
  /** Lists of which the background pass has got further, or came to its end. */
  readonly judged: ReadonlySet<string>
  readonly engine: boolean
}

/** Rows of one table by id, and what a commit did to them. */
function createRows<Row>(idOf: (row: Row) => string) {
  const rows = new Map<string, Row>()
  let touched = new Map<string, Pair<Row>>()
  return {
    rows: rows as ReadonlyMap<string, Row>,
    put(row: Row): void {
      const id = idOf(row)
      touched.set(id, {
        before: touched.has(id) ? (touched.get(id)?.before ?? null) : (rows.get(id) ?? null),
        after: row,
      })
      rows.set(id, row)
    },
    takeTouched(): Map<string, Pair<Row>> {
      const done = touched
      touched = new Map()
      return done
    },
  }
}

const idOfRow = (row: { readonly id: string }) => row.id

export function createBook() {
  const campaigns = createRows<CampaignRow>(idOfRow)
  const plans = createRows<PlanRow>(idOfRow)
  const queues = createRows<QueueRow>(idOfRow)
  const agents = createRows<AgentRow>(idOfRow)
  const targets = createRows<TargetRow>(idOfRow)
  const calls = createRows<CallRow>(idOfRow)
  const flows = createRows<FlowRow>((row) => row.campaigncall_id)
  /** Ids of the targets of each list, in the order of their positions. */
  const targetIds = new Map<string, string[]>()
  const targetAt = new Map<number, string>()
  /** By the position of the target, then by index. */
  const destinations = new Map<number, Map<number, DestinationRow>>()
  /** By queue: the place of each agent in its order. */
  const members = new Map<string, Map<string, number>>()
  const judgedPositions = new Map<string, number | null>()
  let engineState = 'STOPPED'

  function applyTarget(row: TargetRow): void {
    if (!targets.rows.has(row.id)) {
      const ids = targetIds.get(row.outdial_id) ?? []
      targetIds.set(row.outdial_id, ids)
      ids.push(row.id)
      targetAt.set(row.position, row.id)
    }
    targets.put(row)
  }

  function applyDestination(row: DestinationRow, gone: boolean): void {
    const ofTarget = destinations.get(row.target_position) ?? new Map<number, DestinationRow>()
    destinations.set(row.target_position, ofTarget)
    if (gone) ofTarget.delete(row.index)
    else ofTarget.set(row.index, row)
  }

  function applyMember(row: { queue_id: string; agent_id: string; ordinal: number }, gone: boolean): void {
    const ordinals = members.get(row.queue_id) ?? new Map<string, number>()
    members.set(row.queue_id, ordinals)
    if (gone) ordinals.delete(row.agent_id)
    else ordinals.set(row.agent_id, row.ordinal)
  }

  /** True where the pass has got further: only its beginning is anybody's to set. */
  function applyOutdial({ id, judged_position: now }: { id: string; judged_position: number | null }): boolean {
    const before = judgedPositions.get(id) ?? null
    judgedPositions.set(id, now)
    return before !== null && (now === null || now > before)
  }

  /** Takes in the changes of one commit. */
  function apply(changes: readonly Change[]): Touched {
    const before = new Map<string, DestinationRow | null>()
    const memberships = new Set<string>()
    const judged = new Set<string>()
    let engine = false
    for (const { table, gone, row } of changes) {
      switch (table) {
        case 'engine':
          engine = true
          engineState = String(row.state)
          break
        case 'campaign':
          campaigns.put(row as unknown as CampaignRow)
          break
        case 'outplan':
          plans.put(row as unknown as PlanRow)
          break
        case 'queue':
          queues.put(row as unknown as QueueRow)
          break
        case 'queue_agent':
          memberships.add(String(row.queue_id))
          applyMember(row as { queue_id: string; agent_id: string; ordinal: number }, gone)
          break
        case 'agent':
          agents.put(row as unknown as AgentRow)
          break
        case 'outdial':
          if (applyOutdial(row as { id: string; judged_position: number | null })) judged.add(String(row.id))
          break
        case 'outdial_target':
          applyTarget(row as unknown as TargetRow)
          break
        case 'destination': {
          const of = row as unknown as DestinationRow
          const key = `${of.target_position} ${of.index}`
          if (!before.has(key)) before.set(key, destinations.get(of.target_position)?.get(of.index) ?? null)
          applyDestination(of, gone)
          break
        }
        case 'campaigncall':
          calls.put(row as unknown as CallRow)
          break
        default:
          flows.put(row as unknown as FlowRow)
      }
    }
    const changedDestinations = [...before].map(([key, was]) => {
      const [position = 0, index = 0] = key.split(' ').map(Number)
      return {
        targetId: targetAt.get(position) ?? '',
        before: was,
        after: destinations.get(position)?.get(index) ?? null,
      }
    })
    return {
      ...{ calls: calls.takeTouched(), agents: agents.takeTouched(), campaigns: campaigns.takeTouched() },
      ...{ targets: targets.takeTouched(), flows: flows.takeTouched(), destinations: changedDestinations },
      ...{ queues: queues.takeTouched(), plans: plans.takeTouched(), memberships, judged, engine },
    }
  }

  return {
    campaigns: campaigns.rows,
    plans: plans.rows,
    queues: queues.rows,
    agents: agents.rows,
    targets: targets.rows,
    calls: calls.rows,
    apply,
    engineState: () => engineState,
    isJudging: (outdialId: string) => (judgedPositions.get(outdialId) ?? null) !== null,
    /** Agents of a queue, in its order. */
    membersOf: (queueId: string): readonly string[] =>
      [...(members.get(queueId) ?? [])].sort((a, b) => a[1] - b[1]).map(([agentId]) => agentId),
    queueIds: () => [...members.keys()],
    /** Targets of a list, deleted ones included, in the order in which they were added. */
    targetsOf: (outdialId: string): readonly TargetRow[] =>
      (targetIds.get(outdialId) ?? []).flatMap((id) => targets.rows.get(id) ?? []),
    destinationsOf: (target: TargetRow): Iterable<DestinationRow> => destinations.get(target.position)?.values() ?? [],
    /** The plan of a campaign and how many tries it gives to an index. */
    planOf(campaignId: string): PlanRow | null {
      return plans.rows.get(campaigns.rows.get(campaignId)?.outplan_id ?? '') ?? null
    },
  }
}

export type Book = ReturnType<typeof createBook>

export function maxTriesOf(plan: PlanRow | null, index: number): number {
  const counts = plan === null ? [] : (JSON.parse(plan.max_try_counts) as number[])
  return counts[index] ?? 0
}

import type { Change, WitnessedTable } from '../witness.ts'

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
}

export interface AgentRow {
  readonly id: string
  readonly status: string
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
  readonly status: string
  readonly phase: string | null
  readonly result: string | null
  readonly hangup_reason: string | null
  readonly version: number
  readonly end_reason: string | null
  readonly end_asked_at: number | null
  readonly answered_at: number | null
  readonly ended_at: number | null
  readonly created_at: number
}

/** What a commit changed of a destination. */
export interface DestinationChange {
  readonly targetId: string
  readonly before: DestinationRow | null
  readonly after: DestinationRow | null
}

/** What a commit wrote. */
export interface Touched {
  readonly calls: Set<string>
  readonly agents: Set<string>
  readonly campaigns: Set<string>
  readonly targets: Set<string>
  readonly destinations: DestinationChange[]
}

export function createBook() {
  const campaigns = new Map<string, CampaignRow>()
  const plans = new Map<string, PlanRow>()
  const agents = new Map<string, AgentRow>()
  const targets = new Map<string, TargetRow>()
  const targetAt = new Map<number, string>()
  const calls = new Map<string, CallRow>()
  /** By the position of the target, then by index. */
  const destinations = new Map<number, Map<number, DestinationRow>>()
  const members = new Map<string, Set<string>>()
  let engineState = 'STOPPED'

  function keep<Row extends { readonly id: string }>(rows: Map<string, Row>, touched: Set<string>, row: Row): void {
    rows.set(row.id, row)
    touched.add(row.id)
  }

  function applyDestination(row: DestinationRow, gone: boolean): void {
    const ofTarget = destinations.get(row.target_position) ?? new Map<number, DestinationRow>()
    destinations.set(row.target_position, ofTarget)
    if (gone) ofTarget.delete(row.index)
    else ofTarget.set(row.index, row)
  }

  function applyMember(row: { queue_id: string; agent_id: string }, gone: boolean): void {
    const agentIds = members.get(row.queue_id) ?? new Set()
    members.set(row.queue_id, agentIds)
    if (gone) agentIds.delete(row.agent_id)
    else agentIds.add(row.agent_id)
  }

  /** Takes in the changes of one commit. */
  function apply(changes: readonly Change[]): Touched {
    const touched = { calls: new Set<string>(), agents: new Set<string>(), campaigns: new Set<string>() }
    const touchedTargets = new Set<string>()
    const before = new Map<string, DestinationRow | null>()
    for (const { table, gone, row } of changes) {
      switch (table as WitnessedTable) {
        case 'campaign':
          keep(campaigns, touched.campaigns, row as unknown as CampaignRow)
          break
        case 'outplan':
          plans.set(String(row.id), row as unknown as PlanRow)
          break
        case 'queue_agent':
          applyMember(row as { queue_id: string; agent_id: string }, gone)
          break
        case 'engine':
          engineState = String(row.state)
          break
        case 'agent':
          keep(agents, touched.agents, row as unknown as AgentRow)
          break
        case 'outdial_target': {
          const target = row as unknown as TargetRow
          keep(targets, touchedTargets, target)
          targetAt.set(target.position, target.id)
          break
        }
        case 'destination': {
          const of = row as unknown as DestinationRow
          const key = `${of.target_position} ${of.index}`
          if (!before.has(key)) before.set(key, destinations.get(of.target_position)?.get(of.index) ?? null)
          applyDestination(of, gone)
          break
        }
        default:
          keep(calls, touched.calls, row as unknown as CallRow)
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
    return { ...touched, targets: touchedTargets, destinations: changedDestinations }
  }

  return {
    campaigns: campaigns as ReadonlyMap<string, CampaignRow>,
    plans: plans as ReadonlyMap<string, PlanRow>,
    agents: agents as ReadonlyMap<string, AgentRow>,
    targets: targets as ReadonlyMap<string, TargetRow>,
    calls: calls as ReadonlyMap<string, CallRow>,
    apply,
    engineState: () => engineState,
    membersOf: (queueId: string): ReadonlySet<string> => members.get(queueId) ?? new Set(),
    queueIds: () => [...members.keys()],
    destinationsOf: (target: TargetRow): DestinationRow[] => [...(destinations.get(target.position)?.values() ?? [])],
    /** The plan of a campaign and how many tries it gives to an index. */
    planOf(campaignId: string): PlanRow | null {
      return plans.get(campaigns.get(campaignId)?.outplan_id ?? '') ?? null
    },
  }
}

export type Book = ReturnType<typeof createBook>

export function maxTriesOf(plan: PlanRow | null, index: number): number {
  const counts = plan === null ? [] : (JSON.parse(plan.max_try_counts) as number[])
  return counts[index] ?? 0
}

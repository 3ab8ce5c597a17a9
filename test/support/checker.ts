import Database from 'better-sqlite3'
import { type CallFacts, createFold, type EntryRow, type Fold, foldEntry } from './fold.ts'
import { campaignNow, judgeCreated, limitsAgainst, planNow, restUntil, type Told } from './judge-limits.ts'

interface TargetRow {
  readonly id: string
  readonly position: number
  readonly outdial_id: string
  readonly status: string
  readonly reached: number
  readonly last_attempt_at: number
  readonly last_unknown: number
}

interface CallRow extends CallFacts {
  readonly status: string
  readonly phase: string | null
  readonly result: string | null
  readonly hangup_reason: string | null
  readonly agent_id: string | null
  readonly version: number
  readonly answered_at: number | null
  readonly ended_at: number | null
}

/**
 * Holds a database file against the rules, with its own SQL and its own fold of the log. Its carrier refuses nothing: a
 * try is given back only where a call died with the process before it was sent, which is found out afterwards.
 */
export function createChecker(file: string, told: Told) {
  const db = new Database(file, { readonly: true })
  const all = <Row>(sql: string, ...values: unknown[]) => db.prepare(sql).all(...values) as Row[]
  const fold = createFold()
  const endOfTarget = new Map<string, { at: number; reason: string; attempt: number }>()
  let position = 0

  /** Folds what was appended since the last look. */
  function foldLog(): string[] {
    const findings: string[] = []
    const calls = new Map(all<CallRow>('select * from campaigncall').map((call) => [call.id, call]))
    // When the end of a call was asked for is in its row only.
    for (const call of fold.calls.values()) call.facts = calls.get(call.facts.id) ?? call.facts
    const factsOf = (id: string): CallFacts => {
      const facts = calls.get(id)
      if (facts === undefined) throw new Error(`a call of the log without a row: ${id}`)
      return facts
    }
    for (const entry of all<EntryRow>('select * from "transition" where position > ? order by position', position)) {
      position = entry.position
      const found: string[] = []
      if (entry.event === 'CREATED') {
        const facts = factsOf(entry.campaigncall_id)
        found.push(...judgeCreated(fold, told, entry, facts), ...judgeAttempt(entry, facts))
      }
      found.push(...foldEntry(fold, entry, factsOf))
      if (entry.event === 'ENDED') {
        const { outdial_target_id: id, attempt } = factsOf(entry.campaigncall_id)
        const neverSent = entry.hangup_reason === 'CANCEL' && entry.inferred === 1
        // The carrier says when a call ended; the log, when that was heard of. Neither is before the call was made.
        const endedAt = calls.get(entry.campaigncall_id)?.ended_at ?? Number.NaN
        if (!(endedAt <= entry.at && endedAt >= factsOf(entry.campaigncall_id).created_at))
          found.push('an end that cannot be')
        const end = { at: endedAt, reason: entry.hangup_reason ?? '' }
        const never = { at: Number.NEGATIVE_INFINITY, reason: '' }
        endOfTarget.set(id, { ...(neverSent ? (endOfTarget.get(id) ?? never) : end), attempt })
      }
      findings.push(...found.map((what) => `at ${position}: ${what}`))
    }
    return [...findings, ...compareRows(fold, all, [...calls.values()])]
  }

  /** An attempt follows the one before, and not before its interval has passed. */
  function judgeAttempt(entry: EntryRow, facts: CallFacts): string[] {
    const last = endOfTarget.get(facts.outdial_target_id)
    if (facts.attempt !== (last?.attempt ?? 0) + 1) return [`attempt ${facts.attempt} after ${last?.attempt}`]
    if (last === undefined) return []
    const due = restUntil(last.at, last.reason, planNow(fold, told, facts.outplan_id).tryIntervalMs)
    return entry.at < due ? [`an attempt ${due - entry.at} ms before its time`] : []
  }

  return {
    fold,
    /** Everything that is wrong at this moment, at which nothing is left to happen without time passing. */
    check(now: number): string[] {
      db.exec('begin')
      try {
        return [...foldLog(), ...judgeStillness(fold, told, all, now), ...recount(all), ...judgeAgents(all)]
      } finally {
        db.exec('commit')
      }
    },
    close: () => db.close(),
  }
}

type All = <Row>(sql: string, ...values: unknown[]) => Row[]

/** Targets of a list that could be dialed at that moment. */
function dueTargets(fold: Fold, told: Told, all: All, campaignId: string, now: number): TargetRow[] {
  const { outdialId, outplanId } = campaignNow(fold, told, campaignId)
  const plan = planNow(fold, told, outplanId)
  const targets = all<TargetRow>('select * from outdial_target where outdial_id = ? and deleted_at is null', outdialId)
  return targets.filter((target) => {
    if (target.status !== 'IDLE') return false
    const reason = target.last_unknown ? 'UNKNOWN' : 'BUSY'
    if (target.last_attempt_at > 0 && restUntil(target.last_attempt_at, reason, plan.tryIntervalMs) > now) return false
    return hasTry(all, target, plan.maxTryCounts)
  })
}

function hasTry(all: All, target: TargetRow, maxTryCounts: readonly number[]): boolean {
  const rows = all<{ index: number; try_count: number; unusable: number }>(
    'select "index", try_count, unusable from destination where target_position = ?',
    target.position,
  )
  return rows.some((of) => of.unusable === 0 && of.try_count < (maxTryCounts[of.index] ?? 0))
}

/** What should have happened by now and has not. */
function judgeStillness(fold: Fold, told: Told, all: All, now: number): string[] {
  const findings: string[] = []
  for (const [id, status] of fold.campaigns) {
    const idle = ![...fold.inFlight].some((call) => call.facts.campaign_id === id)
    if (status === 'STOPPING' && idle) findings.push('a campaign is STOPPING without a call in flight')
    if (status !== 'RUN') continue
    const { outdialId, endHandle } = campaignNow(fold, told, id)
    const could = told.callsPerSecond === 0 && dueTargets(fold, told, all, id, now).length > 0
    if (could && limitsAgainst(fold, told, id, now).length === 0) findings.push('a call could start, and did not')
    const sql = `select * from outdial_target where outdial_id = ? and deleted_at is null and status <> 'DONE'`
    if (endHandle === 'STOP' && all(sql, outdialId).length === 0) findings.push('a campaign at its end goes on')
  }
  return [...findings, ...judgeTargets(fold, told, all)]
}

/** Folding the log gives the rows. */
function compareRows(fold: Fold, all: All, calls: readonly CallRow[]): string[] {
  const findings: string[] = []
  const same = (what: string, folded: unknown, row: unknown) => {
    if (folded !== row) findings.push(`${what}: the log says ${folded}, the row ${row}`)
  }
  same('calls', fold.calls.size, calls.length)
  for (const row of calls) {
    const call = fold.calls.get(row.id)
    if (call === undefined) continue
    same('status', call.status, row.status)
    same('version', call.version, row.version)
    same('result', call.result, row.result)
    same('reason', call.reason, row.hangup_reason)
    same('agent', call.agentId, row.agent_id)
    same('answered', call.answered, row.answered_at !== null)
    const unserved = call.status === 'PROGRESSING' && !call.connected && call.ringing.size === 0
    same('unserved', unserved, row.phase === 'ACTIONS' || row.phase === 'WAITING')
  }
  for (const { id, status } of all<{ id: string; status: string }>('select id, status from agent')) {
    same('agent status', fold.agents.get(id) ?? 'OFFLINE', status)
  }
  for (const { id, status } of all<{ id: string; status: string }>('select id, status from campaign')) {
    same('campaign status', fold.campaigns.get(id) ?? 'STOP', status)
  }
  return findings
}

/** Counters equal what counting gives. */
function recount(all: All): string[] {
  const wrong = (what: string, sql: string) => all(sql).map((row) => `${what}: ${JSON.stringify(row)}`)
  const counted = `select c.id,
      count(k.id) calls_total,
      coalesce(sum(k.status = 'DIALING'), 0) calls_dialing,
      coalesce(sum(k.status = 'PROGRESSING'), 0) calls_progressing,
      coalesce(sum(k.result is 'SUCCESS'), 0) success,
      coalesce(sum(k.result is 'FAIL'), 0) fail,
      coalesce(sum(k.answered_at is not null), 0) answered,
      coalesce(sum(k.hangup_reason is 'ABANDONED'), 0) abandoned
    from campaign c left join campaigncall k on k.campaign_id = c.id group by c.id`
  const kept = `select campaign_id, calls_total, calls_dialing, calls_progressing, success, fail, answered, abandoned
    from campaign_counter`
  const reasons = `select campaign_id, hangup_reason, count(*) from campaigncall where status = 'DONE' group by 1, 2`
  const keptReasons = 'select campaign_id, reason, "count" from campaign_hangup_reason where "count" <> 0'
  const targets = `select o.id, coalesce(sum(t.status = 'IDLE'), 0), coalesce(sum(t.status = 'PROGRESSING'), 0),
      coalesce(sum(t.status = 'DONE'), 0)
    from outdial o left join outdial_target t on t.outdial_id = o.id and t.deleted_at is null group by o.id`
  const keptTargets = 'select outdial_id, targets_idle, targets_progressing, targets_done from outdial_counter'
  const differ = (a: string, b: string) => `select * from (${a}) except select * from (${b})`
  return [
    ...wrong('campaign counters', differ(counted, kept)),
    ...wrong('hangup reasons', differ(reasons, keptReasons)),
    ...wrong('hangup reasons kept', differ(keptReasons, reasons)),
    ...wrong('outdial counters', differ(targets, keptTargets)),
  ]
}

/** Agents and the calls they have agree, and nobody waits for an agent who is free. */
function judgeAgents(all: All): string[] {
  const none = (what: string, sql: string) => (all(sql).length > 0 ? [what] : [])
  const open = `select * from campaigncall k where k.status = 'PROGRESSING'`
  return [
    ...none(
      'an agent rings for a call that is not offered',
      `select 1 from agent a where a.status = 'RINGING' and not exists (${open} and k.id = a.campaigncall_id and k.phase = 'OFFERED')`,
    ),
    ...none(
      'an agent talks on a call that has another agent',
      `select 1 from agent a where a.status = 'BUSY' and a.campaigncall_id is not null
         and not exists (${open} and k.id = a.campaigncall_id and k.phase = 'CONNECTED' and k.agent_id = a.id)`,
    ),
    ...none(
      'a call that is offered to nobody',
      `${open} and k.phase = 'OFFERED' and not exists (select 1 from agent a where a.status = 'RINGING' and a.campaigncall_id = k.id)`,
    ),
    ...none(
      'a call that is connected to nobody',
      `${open} and k.phase = 'CONNECTED' and not exists (select 1 from agent a where a.status = 'BUSY' and a.campaigncall_id = k.id)`,
    ),
    ...none(
      'an agent who is free has a call',
      `select 1 from agent a where a.status not in ('RINGING', 'BUSY') and a.campaigncall_id is not null`,
    ),
    ...none(
      'a call waits although an agent of its queue is free',
      `${open} and k.phase = 'WAITING' and k.end_reason is null and exists (
         select 1 from queue_agent m join agent a on a.id = m.agent_id where m.queue_id = k.queue_id and a.status = 'AVAILABLE')`,
    ),
  ]
}

/** Targets stand where their calls and the plan put them. */
function judgeTargets(fold: Fold, told: Told, all: All): string[] {
  const findings: string[] = []
  const dialed = new Set([...fold.inFlight].map((call) => call.facts.outdial_target_id))
  for (const id of told.campaigns.keys()) {
    const { outdialId, outplanId } = campaignNow(fold, told, id)
    const { maxTryCounts } = planNow(fold, told, outplanId)
    const sql = 'select * from outdial_target where outdial_id = ? and deleted_at is null'
    for (const target of all<TargetRow>(sql, outdialId)) {
      const inFlight = dialed.has(target.id)
      if ((target.status === 'PROGRESSING') !== inFlight)
        findings.push(`a target is ${target.status}, in flight: ${inFlight}`)
      if (inFlight) continue
      const expected = target.reached === 0 && hasTry(all, target, maxTryCounts) ? 'IDLE' : 'DONE'
      if (target.status !== expected) findings.push(`a target is ${target.status} instead of ${expected}`)
    }
  }
  return findings
}

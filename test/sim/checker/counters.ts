import type Database from 'better-sqlite3'

type All = (sql: string) => unknown[]

const allOf =
  (db: Database.Database): All =>
  (sql) =>
    db.prepare(sql).all()

/** Counters equal what counting gives (docs/rules.md#invariants). */
export function recount(db: Database.Database): string[] {
  const all = allOf(db)
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
  const wrong = (what: string, sql: string) => all(sql).map((row) => `I11: ${what}: ${JSON.stringify(row)}`)
  return [
    ...wrong('counted of a campaign', differ(counted, kept)),
    ...wrong('hangup reasons counted', differ(reasons, keptReasons)),
    ...wrong('hangup reasons kept', differ(keptReasons, reasons)),
    ...wrong('counted of a list', differ(targets, keptTargets)),
  ]
}

/** Agents and the calls they have agree, and nobody waits for an agent who is free (docs/rules.md#agent-reservation). */
export function judgeAgents(db: Database.Database): string[] {
  const all = allOf(db)
  const open = `select k.id from campaigncall k where k.status = 'PROGRESSING'`
  const none = (what: string, sql: string) => all(sql).map((row) => `3.5: ${what}: ${JSON.stringify(row)}`)
  return [
    ...none(
      'an agent rings for a call that is not offered',
      `select id from agent a where a.status = 'RINGING' and not exists (${open} and k.id = a.campaigncall_id and k.phase = 'OFFERED')`,
    ),
    ...none(
      'an agent talks on a call that has another agent',
      `select id from agent a where a.status = 'BUSY' and a.campaigncall_id is not null
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
      `select id from agent a where a.status not in ('RINGING', 'BUSY') and a.campaigncall_id is not null`,
    ),
  ]
}

/** Nobody waits for an agent who is free; true whenever nothing is left to happen. */
export function judgeWaiting(db: Database.Database): string[] {
  const waiting = allOf(db)(`select k.id from campaigncall k
    where k.status = 'PROGRESSING' and k.phase = 'WAITING' and k.end_reason is null and exists (
      select 1 from queue_agent m join agent a on a.id = m.agent_id where m.queue_id = k.queue_id and a.status = 'AVAILABLE')`)
  return waiting.map((row) => `3.5: a call waits although an agent of its queue is free: ${JSON.stringify(row)}`)
}

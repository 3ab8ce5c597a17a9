import { describe, expect, onTestFinished, test } from 'vitest'
import { addOneOfEach, aTarget, connectTo, customerId, givenStore } from './support.ts'

/** For each CHECK of the schema, statements that would break it, and it alone, in a file with one of everything. */
const spoilers: Record<string, readonly string[]> = {
  installation_single: ["insert into installation values (2, 'i', 'e', 'k', 0, 0, 1, null)"],
  outplan_dial_timeout: ['update outplan set dial_timeout_ms = 0'],
  outplan_try_interval: ['update outplan set try_interval_ms = -1'],
  outdial_counter_positive: [
    'update outdial_counter set targets_idle = -1',
    'update outdial_counter set targets_progressing = -1',
    'update outdial_counter set targets_done = -1',
  ],
  outdial_target_status: ["update outdial_target set status = 'WAITING'"],
  outdial_target_outcome: ["update outdial_target set outcome = 'MAYBE'"],
  destination_index: ['update destination set "index" = 5', 'update destination set "index" = -1'],
  destination_try_count: ['update destination set try_count = -1'],
  destination_type: ["update destination set type = 'FAX'"],
  queue_strategy: ["update queue set strategy = 'FIRST'"],
  agent_status: ["update agent set status = 'ASLEEP'"],
  agent_next_status: ["update agent set next_status = 'BUSY'"],
  campaign_type: ["update campaign set type = 'MAIL'"],
  campaign_status: ["update campaign set status = 'PAUSED'"],
  campaign_pacing: ["update campaign set pacing = 'FAST'"],
  campaign_end_handle: ["update campaign set end_handle = 'AGAIN'"],
  campaign_service_level: ['update campaign set service_level = 0', 'update campaign set service_level = 1001'],
  campaign_ratio: ['update campaign set ratio = 120'],
  campaign_concurrent_calls: [
    'update campaign set concurrent_calls_max = 0',
    'update campaign set concurrent_calls_max = 10001',
  ],
  campaign_active_references: [
    "update campaign set status = 'RUN', outplan_id = null",
    "update campaign set status = 'STOPPING', outdial_id = null",
  ],
  campaign_counter_positive: [
    'update campaign_counter set calls_dialing = -1',
    'update campaign_counter set calls_progressing = -1',
  ],
  campaigncall_status: [
    "update campaigncall set status = 'RINGING', result = 'FAIL', hangup_reason = 'BUSY', ended_at = 1",
  ],
  campaigncall_phase: ["update campaigncall set status = 'PROGRESSING', phase = 'SINGING', answered_at = 1"],
  campaigncall_result: [
    "update campaigncall set status = 'DONE', result = 'MAYBE', hangup_reason = 'BUSY', ended_at = 1",
  ],
  campaigncall_hangup_reason: [
    "update campaigncall set status = 'DONE', result = 'FAIL', hangup_reason = 'BORED', ended_at = 1",
  ],
  campaigncall_reference_type: ["update campaigncall set reference_type = 'LETTER'"],
  campaigncall_states: [
    'update campaigncall set answered_at = 1',
    "update campaigncall set phase = 'ACTIONS'",
    "update campaigncall set status = 'PROGRESSING', phase = 'ACTIONS'",
    "update campaigncall set status = 'PROGRESSING', answered_at = 1",
    "update campaigncall set status = 'DONE', result = 'FAIL', hangup_reason = 'BUSY'",
    "update campaigncall set status = 'DONE', ended_at = 1",
    "update campaigncall set status = 'DONE', result = 'FAIL', hangup_reason = 'BUSY', ended_at = 1, wake_at = 5",
  ],
  campaigncall_success: [
    "update campaigncall set status = 'DONE', result = 'SUCCESS', hangup_reason = 'BUSY', ended_at = 1",
    "update campaigncall set status = 'DONE', result = 'FAIL', hangup_reason = 'NORMAL', ended_at = 1",
  ],
  campaigncall_version: ['update campaigncall set version = 0'],
  action_execution_step: ['update action_execution set step = 0', 'update action_execution set step = 1001'],
  activeflow_status: ["update activeflow set status = 'ASLEEP'"],
  engine_single: ["insert into engine (position, state, driver) values (2, 'STOPPED', '')"],
  engine_state: ["update engine set state = 'ASLEEP'"],
  engine_halt_cause: ["update engine set halt_cause = 'BOREDOM'"],
  transition_kind_known: ["update transition set kind = 'RUMOUR'"],
  transition_event_known: ["update transition set event = 'SNEEZED'"],
}

/** What is allowed, close to what is not. */
const harmless = [
  'update destination set "index" = 4',
  'update campaign set service_level = 1000, ratio = 400, concurrent_calls_max = null',
  "update campaign set status = 'RUN'",
  "update agent set next_status = 'AWAY'",
  "update campaigncall set status = 'PROGRESSING', phase = 'ACTIONS', answered_at = 1",
  "update campaigncall set status = 'DONE', result = 'FAIL', hangup_reason = 'BUSY', ended_at = 1",
  "update campaigncall set status = 'DONE', result = 'SUCCESS', hangup_reason = 'NORMAL', ended_at = 1, answered_at = 1",
  'update action_execution set step = 1000',
  "update transition set event = 'ENDED', kind = 'CAMPAIGNCALL'",
]

/** A file with one of everything, seen by a connection that enforces what ours enforce. */
async function givenRows() {
  const { store, file } = givenStore()
  const rows = await addOneOfEach(store)
  const client = connectTo(file)
  client.pragma('foreign_keys = ON')
  return { store, client, ...rows }
}

type Client = Awaited<ReturnType<typeof givenRows>>['client']

/** What SQLite says to a statement, which is undone; null when it does not mind. */
function complaintAbout(client: Client, statement: string): string | null {
  client.exec('begin')
  try {
    client.exec(statement)
    return null
  } catch (error) {
    return (error as Error).message
  } finally {
    client.exec('rollback')
  }
}

describe('every table', () => {
  test('is STRICT', async () => {
    const { client } = await givenRows()
    const tables = client.pragma('table_list') as { schema: string; name: string; type: string; strict: number }[]
    const ours = tables.filter((of) => of.schema === 'main' && of.type === 'table' && !/^(sqlite_|__)/.test(of.name))
    expect(ours.length).toBeGreaterThan(15)
    expect(ours.filter((of) => of.strict !== 1)).toEqual([])
    client.close()
  })

  test("of a customer's objects, but the log, has a key that begins with the customer", () => {
    const { file } = givenStore()
    const client = connectTo(file)
    onTestFinished(() => void client.close())
    const keys = client
      .prepare(
        `select t.name as "table", (select group_concat(c.name, ' ') from (
           select i.name from pragma_index_list(t.name) i where i."unique" and not i.partial
             and (select x.name from pragma_index_xinfo(i.name) x where x.seqno = 0) = 'customer_id') c) as found
         from sqlite_schema t
         where t.type = 'table' and exists (select 1 from pragma_table_info(t.name) c where c.name = 'customer_id')`,
      )
      .all() as { table: string; found: string | null }[]
    expect(keys.length).toBeGreaterThan(10)
    expect(keys.filter((of) => of.found === null).map((of) => of.table)).toEqual(['transition'])
  })

  test('refuses a text where a number belongs', async () => {
    const { client } = await givenRows()
    const complaint = complaintAbout(client, "update outplan set dial_timeout_ms = 'soon'")
    expect(complaint).toBe('cannot store TEXT value in INTEGER column outplan.dial_timeout_ms')
    client.close()
  })

  test('is there once a file is made, and nothing else but the list of migrations', async () => {
    const { client } = await givenRows()
    const rows = client
      .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name")
      .all() as { name: string }[]
    expect(rows.map((row) => row.name)).toEqual([
      '__drizzle_migrations',
      'action_execution',
      'action_list',
      'activeflow',
      'agent',
      'campaign',
      'campaign_counter',
      'campaign_hangup_reason',
      'campaigncall',
      'creation',
      'customer',
      'destination',
      'engine',
      'installation',
      'outdial',
      'outdial_counter',
      'outdial_target',
      'outplan',
      'queue',
      'queue_agent',
      'recording',
      'transition',
    ])
    client.close()
  })
})

describe('a CHECK', () => {
  test('has a case here, whichever it is', async () => {
    const { client } = await givenRows()
    const rows = client.prepare("select sql from sqlite_schema where type = 'table'").all() as { sql: string }[]
    const names = rows.flatMap(({ sql }) =>
      [...sql.matchAll(/CONSTRAINT "(\w+)" CHECK/g)].map((match) => match[1] ?? ''),
    )
    expect(names.sort()).toEqual(Object.keys(spoilers).sort())
    client.close()
  })

  test.each(Object.entries(spoilers))('%s refuses what it is there for', async (name, statements) => {
    const { client } = await givenRows()
    for (const statement of statements) {
      expect(complaintAbout(client, statement), statement).toBe(`CHECK constraint failed: ${name}`)
    }
    client.close()
  })

  test('lets through what is close to its bound', async () => {
    const { client } = await givenRows()
    for (const statement of harmless) expect(complaintAbout(client, statement), statement).toBe(null)
    client.close()
  })
})

describe('a foreign key', () => {
  const refused = 'FOREIGN KEY constraint failed'

  test('refuses a target of a list that does not exist', async () => {
    const { store } = await givenRows()
    await expect(store.transact('ALL', (tx) => tx.outdialTargets.insert(aTarget('nowhere')))).rejects.toThrow(refused)
  })

  test("refuses a target in another customer's list", async () => {
    const { store, outdial } = await givenRows()
    const foreign = aTarget(outdial.id, { customerId: 'other' })
    await expect(store.transact('ALL', (tx) => tx.outdialTargets.insert(foreign))).rejects.toThrow(refused)
    const own = aTarget(outdial.id)
    await expect(store.transact('ALL', (tx) => tx.outdialTargets.insert(own))).resolves.toMatchObject({ id: own.id })
  })

  test("refuses a campaign that names another customer's outplan, outdial or queue", async () => {
    const { client, outplan, outdial, queue } = await givenRows()
    for (const [table, column, { id }] of [
      ['outplan', 'outplan_id', outplan],
      ['outdial', 'outdial_id', outdial],
      ['queue', 'queue_id', queue],
    ] as const) {
      expect(complaintAbout(client, `update campaign set ${column} = 'nowhere'`), column).toBe(refused)
      expect(complaintAbout(client, `update campaign set ${column} = '${id}'`), column).toBe(null)
      expect(complaintAbout(client, `update ${table} set customer_id = 'other'`), table).toBe(refused)
    }
    client.close()
  })

  test("refuses an agent of another customer's queue", async () => {
    const { store, queue, agent } = await givenRows()
    const join = (by: string) => store.transact('ALL', (tx) => tx.queues.setMembers(by, queue.id, [agent.id]))
    await expect(join('other')).rejects.toThrow(refused)
    await expect(join(customerId)).resolves.toBeUndefined()
  })
})

/**
 * Claiming calls, in groups of 100 with fsync: a list of 1 000 000 against one of 10 000, and against bare
 * better-sqlite3 statements that do the same writes to the same tables in the same run.
 */
import { copyFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { localViewer } from '../src/app/viewer.ts'
import { unlimitedCalls } from '../src/domain/call-rate.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { makeCampaign, median, must, openApp, plainNumber, printRow, temporaryFolder } from './support.ts'

const group = 100
const groupsPerRun = 15
const runs = 5
const large = Number(process.argv[2] ?? 1_000_000)
const small = 10_000
const folder = temporaryFolder()
const effects = createEffects()
const status = { state: 'RUNNING' as const, reason: null, carrierAvailable: true, allowance: unlimitedCalls }
const unlimited = Number.POSITIVE_INFINITY
const dial = { startsAllowed: unlimited, trunkRoom: unlimited, claimsMax: unlimited, servedIds: [] }
const request = { news: { items: [], complete: true }, carrierReports: true, adopted: 0, dial, status }

async function prepare(targets: number): Promise<string> {
  const file = `${folder.path}/${targets}.sqlite`
  const opened = await openApp(file)
  const { campaign } = await makeCampaign(opened.app, { targets, numberOf: plainNumber })
  while (await opened.app.ticks.reevaluate());
  must(await opened.app.campaigns.run(localViewer, campaign.id))
  await opened.close()
  return file
}

/** One run through the use case that the engine calls: microseconds a claim. */
async function openOurs(file: string) {
  const opened = await openApp(file)
  const run = async () => {
    const startedAt = performance.now()
    for (let i = 0; i < groupsPerRun; i++) {
      const { claim } = await opened.app.ticks.run(() => request)
      if (claim.claimed !== group) throw new Error(`claimed ${claim.claimed} instead of ${group}`)
    }
    return ((performance.now() - startedAt) * 1000) / (group * groupsPerRun)
  }
  return { run, close: () => opened.close() }
}

/** The same writes by hand: no layers, no promises, no decisions. */
function openBare(file: string) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.pragma('cache_size = -65536')
  const columns = (table: string) => (db.pragma(`table_info(${table})`) as { name: string }[]).map((of) => of.name)
  const insertInto = (table: string, names: string[]) =>
    db.prepare(`insert into ${table} (${names.join(', ')}) values (${names.map((name) => `@${name}`).join(', ')})`)
  const due = db.prepare(
    `select * from outdial_target where outdial_id = ? and last_unknown = 0 and last_attempt_at <= ? and status = 'IDLE' and deleted_at is null order by last_attempt_at, position limit ${group}`,
  )
  const destinations = db.prepare(
    "select * from destination where customer_id = 'default' and target_position in (select value from json_each(?))",
  )
  const updateTarget = db.prepare(
    'update outdial_target set status = ?, reached = ?, outcome = ?, attempt = ?, last_attempt_at = ?, last_unknown = ?, unplaced_in_row = ?, updated_at = ? where position = ?',
  )
  const updateTries = db.prepare(
    'update destination set try_count = ?, unusable = ? where customer_id = ? and target_position = ? and "index" = ?',
  )
  const campaign = db.prepare('select * from campaign').get() as Record<string, string>
  const source = (db.prepare('select source from outplan').get() as { source: string }).source
  const callColumns = columns('campaigncall').filter((name) => name !== 'position')
  const emptyCall = Object.fromEntries(callColumns.map((name) => [name, null]))
  const insertCall = insertInto('campaigncall', callColumns)
  const entryColumns = columns('transition').filter((name) => name !== 'position')
  const emptyEntry = Object.fromEntries(entryColumns.map((name) => [name, null]))
  const insertEntry = insertInto('transition', entryColumns)
  const countCalls = db.prepare(
    'update campaign_counter set calls_total = calls_total + ?, calls_dialing = calls_dialing + ? where customer_id = ? and campaign_id = ?',
  )
  const countTargets = db.prepare(
    'update outdial_counter set targets_idle = targets_idle - ?, targets_progressing = targets_progressing + ? where customer_id = ? and outdial_id = ?',
  )

  function claimGroup(now: number): void {
    db.exec('begin immediate')
    const targets = due.all(campaign.outdial_id, now) as Record<string, string | number>[]
    const rows = destinations.all(JSON.stringify(targets.map((of) => of.position))) as Record<string, string | number>[]
    const found = new Map(rows.map((of) => [of.target_position, of]))
    for (const target of targets) {
      const destination = found.get(target.position as number) as Record<string, string | number>
      updateTarget.run('PROGRESSING', 0, null, Number(target.attempt) + 1, 0, 0, 0, now, target.position)
      updateTries.run(Number(destination.try_count) + 1, 0, 'default', target.position, destination.index)
      const id = effects.id()
      insertCall.run({
        ...emptyCall,
        customer_id: 'default',
        id,
        campaign_id: campaign.id,
        outplan_id: campaign.outplan_id,
        outdial_id: campaign.outdial_id,
        outdial_target_id: target.id,
        activeflow_id: effects.id(),
        action_list_id: campaign.action_list_id,
        reference_type: 'CALL',
        reference_id: effects.id(),
        source,
        destination: JSON.stringify({
          type: destination.type,
          target: destination.target,
          targetName: '',
          name: '',
          detail: '',
        }),
        destination_index: destination.index,
        try_count: Number(destination.try_count) + 1,
        attempt: Number(target.attempt) + 1,
        dial_timeout_ms: 30_000,
        status: 'DIALING',
        version: 1,
        wake_at: now + 30_000,
        created_at: now,
        updated_at: now,
      })
      insertEntry.run({
        ...emptyEntry,
        customer_id: 'default',
        kind: 'CAMPAIGNCALL',
        at: now,
        campaign_id: campaign.id,
        campaigncall_id: id,
        event: 'CREATED',
        version: 1,
        to_status: 'DIALING',
        inferred: 0,
      })
    }
    countCalls.run(group, group, 'default', campaign.id)
    countTargets.run(group, group, 'default', campaign.outdial_id)
    db.exec('commit')
  }

  const run = async () => {
    const startedAt = performance.now()
    for (let i = 0; i < groupsPerRun; i++) claimGroup(Date.now())
    return ((performance.now() - startedAt) * 1000) / (group * groupsPerRun)
  }
  return { run, close: async () => void db.close() }
}

const smallFile = await prepare(small)
const largeFile = await prepare(large)
for (const file of [smallFile, largeFile]) copyFileSync(file, `${file}.bare`)
const contenders = {
  oursSmall: await openOurs(smallFile),
  bareSmall: openBare(`${smallFile}.bare`),
  oursLarge: await openOurs(largeFile),
  bareLarge: openBare(`${largeFile}.bare`),
}
type Name = keyof typeof contenders
const times: Record<Name, number[]> = { oursSmall: [], bareSmall: [], oursLarge: [], bareLarge: [] }
// In turns, so that a machine that is slow for a while is slow for all of them. The first round warms up.
for (let round = 0; round <= runs; round++) {
  for (const name of Object.keys(contenders) as Name[]) {
    const time = await contenders[name].run()
    if (round > 0) times[name].push(time)
  }
}
for (const contender of Object.values(contenders)) await contender.close()

const ratios = (a: Name, b: Name) => times[a].map((time, i) => time / (times[b][i] ?? Number.NaN))
const show = (name: Name) => median(times[name]).toFixed(1)
printRow(`claim in a list of ${small}, microseconds (median of ${runs})`, show('oursSmall'))
printRow(`claim in a list of ${large}, microseconds (median of ${runs})`, show('oursLarge'))
printRow('time of the large list / time of the small one', median(ratios('oursLarge', 'oursSmall')).toFixed(2))
printRow('bare statements, small and large list, microseconds', `${show('bareSmall')}, ${show('bareLarge')}`)
printRow('share of the bare rate, small list', median(ratios('bareSmall', 'oursSmall')).toFixed(2))
printRow('share of the bare rate, large list', median(ratios('bareLarge', 'oursLarge')).toFixed(2))
folder.remove()

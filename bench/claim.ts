/**
 * Claiming calls, in groups of 100 with fsync: a list of 1 000 000 against one of 10 000, and against bare
 * better-sqlite3 statements that do the same writes to the same tables in the same run.
 */
import { copyFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { localViewer } from '../src/app/viewer.ts'
import { emptyBucket } from '../src/domain/pacing.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { makeCampaign, median, must, openApp, plainNumber, printRow, temporaryFolder } from './support.ts'

const group = 100
const groupsPerRun = 20
const runs = 5
const large = Number(process.argv[2] ?? 1_000_000)
const small = 10_000
const folder = temporaryFolder()
const effects = createEffects()
const status = { running: true, carrierAvailable: true, bucket: emptyBucket(0, 0) }
const unlimited = { tokens: Number.POSITIVE_INFINITY, trunkRoom: Number.POSITIVE_INFINITY, servedIds: [] }

async function prepare(targets: number): Promise<string> {
  const file = `${folder.path}/${targets}.sqlite`
  const opened = await openApp(file)
  const { campaign } = await makeCampaign(opened.app, { targets, numberOf: plainNumber })
  while (await opened.app.turns.judge());
  must(await opened.app.campaigns.run(localViewer, campaign.id))
  await opened.close()
  return file
}

/** Microseconds a claim, over several runs, through the use case that the engine calls. */
async function claimOurs(file: string): Promise<number[]> {
  const opened = await openApp(file)
  const times: number[] = []
  for (let run = 0; run < runs + 1; run++) {
    const startedAt = performance.now()
    for (let i = 0; i < groupsPerRun; i++) {
      const { claim } = await opened.app.turns.take({ inbox: [], dial: unlimited, status })
      if (claim.claimed !== group) throw new Error(`claimed ${claim.claimed} instead of ${group}`)
    }
    times.push(((performance.now() - startedAt) * 1000) / (group * groupsPerRun))
  }
  await opened.close()
  return times.slice(1)
}

/** The same writes by hand: no layers, no promises, no decisions. */
function claimBare(file: string): number[] {
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

  const times: number[] = []
  for (let run = 0; run < runs + 1; run++) {
    const startedAt = performance.now()
    for (let i = 0; i < groupsPerRun; i++) claimGroup(Date.now())
    times.push(((performance.now() - startedAt) * 1000) / (group * groupsPerRun))
  }
  db.close()
  return times.slice(1)
}

const smallFile = await prepare(small * 2)
const largeFile = await prepare(large)
for (const file of [smallFile, largeFile]) copyFileSync(file, `${file}.bare`)
const ours = { small: median(await claimOurs(smallFile)), large: median(await claimOurs(largeFile)) }
const bare = { small: median(claimBare(`${smallFile}.bare`)), large: median(claimBare(`${largeFile}.bare`)) }
printRow(`claim in a list of ${small * 2}, microseconds (median of ${runs})`, ours.small.toFixed(1))
printRow(`claim in a list of ${large}, microseconds (median of ${runs})`, ours.large.toFixed(1))
printRow('time of the large list / time of the small one', (ours.large / ours.small).toFixed(2))
printRow('bare statements, small and large list, microseconds', `${bare.small.toFixed(1)}, ${bare.large.toFixed(1)}`)
printRow('share of the bare rate, small list', (bare.small / ours.small).toFixed(2))
printRow('share of the bare rate, large list', (bare.large / ours.large).toFixed(2))
folder.remove()

import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import { temporaryFile } from '../support/world.ts'
import type { CommittedCall } from './ledger.ts'

/*
 * What each commit did to the rows, written down by the file itself: triggers copy what the checker wants to know of a row
 * whenever it is written, in the same transaction. So the checker need not believe what anybody says he has stored, and a
 * process that dies takes nothing of it along.
 */

const columns = {
  engine: 'position state',
  campaign:
    'id type status pacing service_level ratio concurrent_calls_max end_handle outplan_id outdial_id queue_id deleted_at',
  outplan: 'id max_try_counts try_interval_ms dial_timeout_ms',
  queue: 'id strategy wait_timeout_ms agent_ring_ms deleted_at',
  queue_agent: 'queue_id agent_id ordinal',
  agent: 'id status next_status wrap_up_ms deleted_at',
  outdial: 'id judged_position',
  outdial_target: 'id position outdial_id status reached attempt deleted_at',
  destination: 'target_position index type target try_count unusable',
  campaigncall:
    'id campaign_id outdial_target_id queue_id agent_id reference_type reference_id destination destination_index try_count attempt dial_timeout_ms status phase result hangup_reason version end_reason end_asked_at lookup_at answered_at ended_at created_at',
  activeflow: 'campaigncall_id step_count wait',
} as const
type WitnessedTable = keyof typeof columns

/** A row as it was written, or a row that was deleted. */
export interface Change {
  readonly table: WitnessedTable
  readonly gone: boolean
  readonly row: Readonly<Record<string, unknown>>
}

/** A commit that left something behind: it ends with that change, and with that entry of the log. */
export interface Commit extends Circumstances {
  readonly changeEnd: number
  readonly entryEnd: number
}

/** How the world was at a commit. */
export interface Circumstances {
  /** When it was begun, and when it was over, on the monotonic clock. */
  readonly beganMs: number
  readonly atMs: number
  /** Which process wrote it, from 1. */
  readonly process: number
  /** How far the wall clock was from what the engine had agreed to. */
  readonly apartMs: number
  /** How often the wall clock had been set until then. */
  readonly clockSets: number
  /** How often the carrier had become reachable for a process until then, and whether it was. */
  readonly connection: number
  readonly isReachable: boolean
}

function triggersOf(table: WitnessedTable): string {
  const names = columns[table].split(' ').map((name) => `"${name}"`)
  const row = (of: 'new' | 'old') => names.map((name) => `${of}.${name}`).join(', ')
  const copy = (of: 'new' | 'old') => names.map((name) => `${name.replaceAll('"', "'")}, ${of}.${name}`).join(', ')
  const trigger = (event: string, of: 'new' | 'old', when = '') =>
    `create trigger "witness_${table}_${event}" after ${event} on "${table}" ${when} begin
      insert into witness (what, body) values ('${table}', json_object('gone', ${Number(of === 'old')}, ${copy(of)}));
    end;`
  const changed = `when (${row('new')}) is not (${row('old')})`
  return [trigger('insert', 'new'), trigger('update', 'new', changed), trigger('delete', 'old')].join('\n')
}

/** Has the file write down what is done to its rows. */
function installWitness(file: string): void {
  const db = new Database(file)
  db.exec('create table witness (position integer primary key, what text not null, body text not null) strict')
  for (const table of Object.keys(columns)) db.exec(triggersOf(table as WitnessedTable))
  db.pragma('wal_checkpoint(truncate)')
  db.close()
}

let template: Promise<string> | null = null

/** An empty database with its witness: made once, and copied for each run. */
async function makeTemplate(): Promise<string> {
  const file = temporaryFile()
  await createStore({ file, create: true, synchronous: 'OFF' }, createSimulatedEffects()).close()
  installWitness(file)
  process.once('exit', () => rmSync(dirname(file), { recursive: true, force: true }))
  return file
}

/** A database of its own for one run. */
export async function witnessedFile(): Promise<string> {
  template ??= makeTemplate()
  const file = temporaryFile()
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(await template, file)
  return file
}

/** Looks at the file with a connection of its own, which writes nothing. */
export function createWitness(file: string, circumstances: (process: number) => Omit<Circumstances, 'beganMs'>) {
  const db = new Database(file, { readonly: true })
  const ends = db
    .prepare(
      `select (select coalesce(max(position), 0) from witness) as changeEnd,
              (select coalesce(max(position), 0) from "transition") as entryEnd`,
    )
    .raw()
  const callOf = db.prepare(
    'select id, outdial_target_id, status, destination, end_asked_at from campaigncall where reference_id = ?',
  )
  const flowOf = db.prepare('select campaigncall_id from activeflow where instr(wait, ?) > 0').pluck()
  const commits: Commit[] = []
  /** By process: when its transaction was begun. */
  const beganMs = new Map<number, number>()
  /** Of a COMMIT that has run, or is about to. */
  let pending: Circumstances | null = null
  return {
    db,
    history: commits as readonly Commit[],
    /** To be told of each transaction before it begins: what was there before is another commit. */
    begins(process: number, atMs: number): void {
      this.look()
      beganMs.set(process, atMs)
    },
    /** To be told of each COMMIT before it runs: there is nothing to look at otherwise. */
    commits(process: number): void {
      pending = { beganMs: beganMs.get(process) ?? 0, ...circumstances(process) }
    },
    /** To be called before anything is written, asked or told: what is there by then is one commit. */
    look(): void {
      if (pending === null) return
      const [changeEnd, entryEnd] = ends.get() as [number, number]
      const last = commits.at(-1)
      if (changeEnd !== (last?.changeEnd ?? 0) || entryEnd !== (last?.entryEnd ?? 0))
        commits.push({ changeEnd, entryEnd, ...pending })
      pending = null
    },
    call: (callId: string) => (callOf.get(callId) as CommittedCall | undefined) ?? null,
    /** The campaigncall whose actions are recorded as sending that. */
    callSending: (sendingId: string) => (flowOf.get(sendingId) as string | undefined) ?? null,
    changesAfter(position: number): (Change & { readonly position: number })[] {
      const rows = db.prepare('select position, what, body from witness where position > ? order by position').raw()
      return (rows.all(position) as [number, WitnessedTable, string][]).map(([position, table, body]) => {
        const row = JSON.parse(body) as Record<string, unknown>
        return { position, table, gone: row.gone === 1, row }
      })
    },
    /** The whole log, as it stands in the file. */
    log: () => db.prepare('select * from "transition" order by position').raw().all(),
    counts: () =>
      db
        .prepare(
          'select (select count(*) from campaigncall) as calls, (select count(*) from "transition") as transitions',
        )
        .get() as { calls: number; transitions: number },
    close: () => db.close(),
  }
}

export type Witness = ReturnType<typeof createWitness>

import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { EngineRecord } from '../../domain/engine.ts'
import { walBytesBeforeReadersRelease } from './checkpoints.ts'
import { type Connection, configure } from './database.ts'
import { createEngines } from './engines.ts'
import { explained, startErrorOf } from './explain.ts'
import { fileIdentityOf } from './file-identity.ts'
import { findGap } from './high-water-mark.ts'
import { findBrokenReference, findDamage, openForReading } from './inspection.ts'
import { createInstallations } from './installations.ts'
import { type EngineLockState, lookAtEngineLock } from './lock.ts'
import { readSchemaVersion, type SchemaVersion } from './migrations.ts'
import { realPathOf, sizeOf } from './paths.ts'
import { createTransitions } from './transitions.ts'

/** Facts about a database, read from it. */
export interface Diagnosis {
  readonly schema: SchemaVersion
  readonly lock: EngineLockState
  readonly journalMode: string
  /** Null if the database was never used, or belongs to another program. */
  readonly content: DatabaseContent | null
}

export interface DatabaseContent {
  readonly engine: EngineRecord
  /** Time of the last entry of the log; null if there is none. */
  readonly newestEntryAt: number | null
  readonly callsInFlight: number
  /** Evidence that calls may have been placed that the database does not know; null if there is none. */
  readonly gap: string | null
}

/** Reads facts about a database, which may be in use. Changes nothing. Throws a StartError if it cannot be read. */
export async function diagnoseDatabase(file: string): Promise<Diagnosis> {
  const client = explained(file, () => openForReading(file))
  try {
    const schema = readSchemaVersion(client)
    const journalMode = String(client.pragma('journal_mode', { simple: true }))
    configure(client, {})
    const isOurs = schema.state === 'CURRENT' || schema.state === 'PENDING'
    const lock = lookAtEngineLock(file)
    const content = isOurs ? await readContent(drizzle(client, { casing: 'snake_case' })) : null
    // A database in use changes meanwhile; one of an earlier version lacks the columns that the evidence needs.
    const gap =
      content !== null && schema.state === 'CURRENT' && lock.state !== 'HELD' ? await readGap(file, client) : null
    return { schema, lock, journalMode, content: content && { ...content, gap } }
  } catch (error) {
    throw startErrorOf(file, error) ?? error
  } finally {
    client.close()
  }
}

async function readGap(file: string, client: Database.Database): Promise<string | null> {
  const db = drizzle(client, { casing: 'snake_case' })
  const path = realPathOf(file)
  return findGap(path, {
    installation: await createInstallations(db).get(),
    position: await createTransitions(db).latestPosition(),
    fileIdentity: fileIdentityOf(path),
  })
}

async function readContent(db: Connection): Promise<Omit<DatabaseContent, 'gap'> | null> {
  const read = (sql: string) => db.$client.prepare(sql).pluck().get() as number | undefined
  if (read('select 1 from engine') === undefined) return null
  return {
    engine: await createEngines(db).get(),
    newestEntryAt: read('select at from transition order by position desc limit 1') ?? null,
    callsInFlight: read("select count(*) from campaigncall where status <> 'DONE'") ?? 0,
  }
}

/** Result of a check. GIVEN_UP: the database is written so fast that the WAL would grow too long meanwhile. */
export type IntegrityResult =
  | { readonly state: 'SOUND' }
  | { readonly state: 'DAMAGED'; readonly finding: string }
  | { readonly state: 'GIVEN_UP'; readonly table: string }

/**
 * Checks a database. If it seems to be in use, by its WAL, it is checked table by table, so that a checkpoint can reset
 * the WAL in between; pages that belong to no table are then not checked. `deep` also compares tables with their
 * indexes and references.
 */
export function checkDatabase(file: string, { deep }: { readonly deep: boolean }): IntegrityResult {
  const wal = `${realPathOf(file)}-wal`
  const inUse = existsSync(wal)
  const client = openForReading(file)
  try {
    const names = client.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]
    for (const table of inUse ? names : [undefined]) {
      if (table !== undefined && sizeOf(wal) > walBytesBeforeReadersRelease) return { state: 'GIVEN_UP', table }
      const finding = findDamage(client, { deep, ...(table !== undefined && { table }) })
      if (finding !== null) return { state: 'DAMAGED', finding }
    }
    const finding = deep ? findBrokenReference(client) : null
    return finding === null ? { state: 'SOUND' } : { state: 'DAMAGED', finding }
  } catch (error) {
    throw startErrorOf(file, error) ?? error
  } finally {
    client.close()
  }
}

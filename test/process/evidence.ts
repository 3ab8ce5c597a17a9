import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { LoggedRequest } from '../../src/telephony/simulator/protocol.ts'
import { recount } from '../sim/checker/counters.ts'
import { temporaryFile } from '../support/world.ts'
import type { Received } from './api.ts'

/** What the carrier was asked by one database, in the order it was asked. */
export function requestsOf(logFile: string, installationId: string): LoggedRequest[] {
  const lines = readFileSync(logFile, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as LoggedRequest).filter((of) => of.installationId === installationId)
}

export interface CallRow {
  readonly id: string
  readonly reference_id: string
  readonly outdial_target_id: string
  readonly attempt: number
  readonly status: string
  readonly hangup_reason: string | null
  readonly version: number
}

/** A database as it stood on the disk. */
export interface Snapshot {
  readonly installationId: string
  readonly tables: readonly string[]
  readonly calls: readonly CallRow[]
  readonly steps: readonly Received[]
  readonly findings: readonly string[]
}

/**
 * Looks at a copy, so that what a killed process left behind is there untouched for the next one. `deep` counts everything
 * anew, too, and lets SQLite look for damage.
 */
export function look(file: string, { deep = false } = {}): Snapshot {
  const copy = temporaryFile()
  mkdirSync(dirname(copy), { recursive: true })
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix)
  const db = new Database(copy)
  try {
    const all = (sql: string) => db.prepare(sql).all()
    const tables = db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[]
    if (!tables.includes('transition')) return { installationId: '', tables, calls: [], steps: [], findings: [] }
    const steps = `select campaigncall_id callId, version, event from "transition"
      where kind = 'CAMPAIGNCALL' order by position`
    const damage = deep ? db.pragma('integrity_check', { simple: true }) : 'ok'
    return {
      installationId: db.prepare('select installation_id from installation').pluck().get() as string,
      tables,
      calls: all('select * from campaigncall order by position') as CallRow[],
      steps: all(steps) as Received[],
      findings: [...(deep ? recount(db) : []), ...(damage === 'ok' ? [] : [`damage: ${damage}`])],
    }
  } finally {
    db.close()
    rmSync(dirname(copy), { recursive: true, force: true })
  }
}

/** How many steps of calls there are, of a database in use. */
export function countSteps(file: string): number {
  const db = new Database(file, { readonly: true })
  try {
    const count = `select count(*) from "transition" where kind = 'CAMPAIGNCALL'`
    return db.prepare(count).pluck().get() as number
  } finally {
    db.close()
  }
}

/**
 * What was DIALING at a kill without an answer to its request: at most so many calls may end UNKNOWN
 * (docs/rules.md#honest-unknown).
 */
export function unansweredAt(
  { calls }: Snapshot,
  unansweredIds: readonly string[],
  requests: readonly LoggedRequest[],
) {
  const asked = new Set(requests.flatMap((of) => (of.what === 'ORIGINATE' ? [of.callId] : [])))
  return calls.filter(
    ({ status, reference_id: id }) => status === 'DIALING' && (unansweredIds.includes(id) || !asked.has(id)),
  ).length
}

export interface Evidence {
  readonly snapshot: Snapshot
  readonly requests: readonly LoggedRequest[]
  /** Of each subscriber. */
  readonly received: readonly (readonly Received[])[]
  /** So many steps they must have been told; those that came later they may have been. */
  readonly toldAtLeast: number
}

/** Everything that is wrong with a database at rest, what its carrier was asked, and what its subscribers were told. */
export function judge({ snapshot, requests, received, toldAtLeast }: Evidence): string[] {
  return [
    ...snapshot.findings,
    ...judgeRequests(snapshot, requests),
    ...judgeSteps(snapshot),
    ...received.flatMap((steps) => judgeReceived(snapshot, steps, toldAtLeast)),
  ]
}

/** No call and no attempt is asked for twice, and none without a row (docs/rules.md#invariants). */
function judgeRequests({ calls }: Snapshot, requests: readonly LoggedRequest[]): string[] {
  const findings: string[] = []
  const rows = new Map(calls.map((call) => [call.reference_id, call]))
  const seen = new Set<string>()
  for (const { what, callId = '' } of requests) {
    if (what !== 'ORIGINATE') continue
    const row = rows.get(callId)
    if (row === undefined) findings.push(`${callId} was asked for and has no row`)
    const attempt = `attempt ${row?.attempt} of ${row?.outdial_target_id}`
    for (const print of row === undefined ? [callId] : [callId, attempt]) {
      if (seen.has(print)) findings.push(`${print} was asked for twice`)
      seen.add(print)
    }
  }
  return findings
}

/**
 * Versions are 1, 2, 3 …, the last one that of the row; every call has ended, and nothing but a correction follows (I6, I7).
 */
function judgeSteps({ calls, steps }: Snapshot): string[] {
  const findings: string[] = []
  const versions = new Map<string, number>()
  const ended = new Set<string>()
  for (const { callId, version, event } of steps) {
    const before = versions.get(callId) ?? 0
    if (version !== before + 1) findings.push(`${callId} has version ${version} after ${before}`)
    if (ended.has(callId) && event !== 'CORRECTED') findings.push(`${callId} has ${event} after its end`)
    if (event === 'ENDED') ended.add(callId)
    versions.set(callId, version)
  }
  for (const { id, status, version } of calls) {
    if (status !== 'DONE' || !ended.has(id)) findings.push(`${id} is ${status} and has not ended`)
    if (versions.get(id) !== version) findings.push(`${id} has version ${version}, its log ${versions.get(id)}`)
  }
  return findings
}

/** A subscriber got every step, once and in the order of the commits (I9). */
function judgeReceived({ steps }: Snapshot, received: readonly Received[], toldAtLeast: number): string[] {
  const print = (step: Received | undefined) => (step ? `${step.event} ${step.version} of ${step.callId}` : 'nothing')
  const length = Math.max(received.length, toldAtLeast)
  for (let i = 0; i < length; i++) {
    const [got, wanted] = [print(received[i]), print(steps[i])]
    if (got !== wanted) return [`a subscriber received ${got} as number ${i} instead of ${wanted}`]
  }
  return []
}

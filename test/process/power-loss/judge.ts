import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Random } from '../../../src/kernel/random.ts'
import { createDisk, type DiskEvent, type Files } from './disk.ts'

export interface JudgeOptions {
  /** Name of the database in the folder that was traced. */
  readonly database: string
  /** Where copies are opened, one after the other. */
  readonly folder: string
  /** The power is lost after so many events; where one comes twice, with two different outcomes. */
  readonly cuts: readonly number[]
  readonly random: Random
}

/** What was found wrong when the power was lost after so many events. */
export interface Finding {
  readonly cut: number
  readonly what: string
}

/** What was promised to the world before the power was lost. */
interface Promised {
  /** Carrier's ids of the calls that it was asked for. */
  readonly askedIds: Set<string>
  /** How far the log was shown to its readers. */
  shownPosition: number
}

/**
 * Loses the power at those places of what was traced, each time opens what is left, and holds it against what was promised
 * until then (docs/rules.md#commit-first).
 */
export function judgeTrace(events: readonly DiskEvent[], options: JudgeOptions): Finding[] {
  const { cuts, random } = options
  const timesAt = new Map<number, number>()
  for (const cut of cuts) timesAt.set(cut, (timesAt.get(cut) ?? 0) + 1)
  const disk = createDisk()
  const promised: Promised = { askedIds: new Set(), shownPosition: 0 }
  const findings: Finding[] = []
  for (const [i, event] of events.entries()) {
    disk.apply(event)
    if (event.type === 'NOTED') note(promised, event.text)
    for (let times = timesAt.get(i + 1) ?? 0; times > 0; times--) {
      const found = judgeFiles(disk.losePower(random), promised, options)
      findings.push(...found.map((what) => ({ cut: i + 1, what })))
    }
  }
  return findings
}

/** Places to lose the power at. Every other one is just after a promise: that is when there is most to lose. */
export function drawCuts(events: readonly DiskEvent[], count: number, random: Random): number[] {
  const afterPromises = events.flatMap((event, i) => (event.type === 'NOTED' ? [i + 1] : []))
  const draw = (i: number) => {
    const any = 1 + Math.floor(random() * events.length)
    return i % 2 === 0 ? any : (afterPromises[Math.floor(random() * afterPromises.length)] ?? any)
  }
  return Array.from({ length: count }, (_, i) => draw(i))
}

function note(promised: Promised, text: string): void {
  const [word, value = ''] = text.split(' ')
  if (word === 'asked') promised.askedIds.add(value)
  else if (word === 'shown') promised.shownPosition = Number(value)
  else throw new Error(`a note that is known, found ${text}`)
}

function judgeFiles(files: Files, promised: Promised, { database, folder }: JudgeOptions): string[] {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
  const found = files.has(database) ? readDatabase(join(folder, database)) : nothing
  const missing = [...promised.askedIds].filter((id) => !found.callIds.has(id))
  return [
    ...found.flaws,
    ...(missing.length > 0 ? [`${missing.length} calls were placed and have no record`] : []),
    ...(found.position < promised.shownPosition
      ? [`the log was shown up to ${promised.shownPosition} and ends at ${found.position}`]
      : []),
  ]
}

interface Found {
  readonly flaws: readonly string[]
  readonly callIds: ReadonlySet<string>
  /** Of the last entry of the log. */
  readonly position: number
}

const nothing: Found = { flaws: [], callIds: new Set(), position: 0 }

/** By SQLite alone, and not by the code that is judged. */
function readDatabase(file: string): Found {
  const db = new Database(file, { fileMustExist: true })
  const rows = <Row>(sql: string) => db.prepare(sql).all() as Row[]
  try {
    const integrity = rows<{ integrity_check: string }>('pragma integrity_check(1)')[0]?.integrity_check
    const flaws = integrity === 'ok' ? [] : [`integrity_check says ${integrity}`]
    if (rows('pragma foreign_key_check').length > 0) flaws.push('a row refers to one that is not there')
    if (rows("select 1 from sqlite_schema where name = 'transition'").length === 0) return { ...nothing, flaws }
    // A call and its transitions are written together: half of a transaction shows here.
    const halves = rows(`select 1 from campaigncall where version <>
      (select count(*) from transition where campaigncall_id = campaigncall.id and customer_id = campaigncall.customer_id)`)
    if (halves.length > 0) flaws.push(`${halves.length} calls do not agree with their transitions`)
    const calls = rows<{ id: string }>('select reference_id as id from campaigncall')
    const [last] = rows<{ position: number | null }>('select max(position) as position from transition')
    return { flaws, callIds: new Set(calls.map(({ id }) => id)), position: last?.position ?? 0 }
  } catch (error) {
    return { ...nothing, flaws: [`it cannot be read: ${error}`] }
  } finally {
    db.close()
  }
}

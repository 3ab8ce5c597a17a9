import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '../../src/kernel/errors.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { anOutplan, givenFile } from './support.ts'

export const pageByteCount = 4096

/** The content of a database and of what lies beside it, as a process that is killed now leaves them. */
export function imageOf(file: string): string {
  const image = givenFile()
  for (const suffix of ['', '-wal']) {
    if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${image}${suffix}`)
  }
  return image
}

export function bytesOf(file: string): string {
  return readFileSync(file).toString('base64')
}

/** Names in the folder of a file. */
export const filesBeside = (file: string) => readdirSync(dirname(file)).sort()

/** Overwrites pages, as a disk does that fails. */
export function spoilPages(file: string, first: number, count = 1): void {
  const bytes = readFileSync(file)
  bytes.fill(0xff, (first - 1) * pageByteCount, (first - 1 + count) * pageByteCount)
  writeFileSync(file, bytes)
}

/** Outplans with long texts, several to a page. */
export async function addOutplans(store: Store, count: number): Promise<void> {
  await store.transact('ALL', async (tx) => {
    for (let i = 0; i < count; i++) await tx.outplans.insert(anOutplan({ name: `Plan ${i}`, detail: 'd'.repeat(900) }))
  })
}

/** The page on which a table or an index begins. */
export function rootPageOf(store: { prepare(sql: string): unknown }, name: string): number {
  const statement = store.prepare('select rootpage from sqlite_schema where name = ?') as {
    pluck(): { get(name: string): number }
  }
  return statement.pluck().get(name)
}

/** What opening a file ends with. */
export function startErrorOf(open: () => unknown): StartError {
  try {
    open()
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
  throw new Error('the file was opened')
}

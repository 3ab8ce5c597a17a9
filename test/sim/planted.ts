import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CarrierName } from './outside.ts'

export interface Edit {
  /** Below the root of the checkout. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

export interface Defect {
  readonly name: string
  /** Over which carrier it shows. */
  readonly carrier: CarrierName
  /** Which invariant is meant to find it. */
  readonly meant: string
  readonly edits: readonly Edit[]
}

/** A defect of the dialer itself, which shows over the simulated carrier. */
export function dialerDefect(
  name: string,
  meant: string,
  ...edits: readonly (readonly [file: string, find: string, replace: string])[]
): Defect {
  return { name, carrier: 'simulator', meant, edits: edits.map(([file, find, replace]) => ({ file, find, replace })) }
}

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** What a simulation needs of the checkout. */
const parts = [
  'package.json',
  'tsconfig.json',
  'src',
  'migrations',
  'test/sim',
  'test/support',
  'test/telephony/asterisk',
  'test/telephony/freeswitch',
]

/** Each edit of a defect with the file as it becomes. Throws where a text is not there exactly once. */
function edited({ name, edits }: Defect): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, find, replace } of edits) {
    const text = files.get(file) ?? readFileSync(`${root}/${file}`, 'utf8')
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`defect "${name}": ${count} times in ${file}, expected once: ${find}`)
    files.set(
      file,
      text.replace(find, () => replace),
    )
  }
  return files
}

/** Throws where a defect cannot be planted: the sources have changed since it was written. */
export function assertFits(defect: Defect): void {
  edited(defect)
}

/** A copy of the sources with a defect in it. Returns where it is; the caller takes it away. */
export function plant(defect: Defect): string {
  const files = edited(defect)
  const copy = mkdtempSync('/dev/shm/dialgraph-defect-')
  mkdirSync(`${copy}/test/telephony`, { recursive: true })
  for (const part of parts) cpSync(`${root}/${part}`, `${copy}/${part}`, { recursive: true })
  symlinkSync(`${root}/node_modules`, `${copy}/node_modules`)
  for (const [file, text] of files) writeFileSync(`${copy}/${file}`, text)
  return copy
}

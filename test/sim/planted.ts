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

/** A copy of the sources with a defect in it. Returns where it is; the caller takes it away. */
export function plant({ name, edits }: Defect): string {
  const copy = mkdtempSync('/dev/shm/dialgraph-defect-')
  mkdirSync(`${copy}/test/telephony`, { recursive: true })
  for (const part of parts) cpSync(`${root}/${part}`, `${copy}/${part}`, { recursive: true })
  symlinkSync(`${root}/node_modules`, `${copy}/node_modules`)
  for (const { file, find, replace } of edits) {
    const text = readFileSync(`${copy}/${file}`, 'utf8')
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`defect "${name}": ${count} times in ${file}, expected once: ${find}`)
    writeFileSync(
      `${copy}/${file}`,
      text.replace(find, () => replace),
    )
  }
  return copy
}

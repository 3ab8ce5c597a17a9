import {
  accessSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Bytes of a file, 0 where there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * The same database under another name is the same database, also before it is made; SQLite's side files go by this name.
 */
export function realPathOf(file: string): string {
  if (existsSync(file)) return realpathSync(file)
  const link = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(file) : null
  const folder = dirname(file)
  if (link !== null) return realPathOf(resolve(folder, link))
  return existsSync(folder) ? join(realpathSync(folder), basename(file)) : resolve(file)
}

/** `mode` as fs.constants has it: R_OK, W_OK, X_OK. */
export function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const headerText = 'SQLite format 3\0'

/** What stands at the beginning of a file. Never of one that this process has open: closing it drops SQLite's locks. */
export function kindOfFile(file: string): 'EMPTY' | 'DATABASE' | 'OTHER' {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(headerText.length)
    const count = readSync(descriptor, bytes)
    if (count === 0) return 'EMPTY'
    return bytes.toString('latin1') === headerText ? 'DATABASE' : 'OTHER'
  } finally {
    closeSync(descriptor)
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

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

/** Length of a file in bytes, 0 if there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * The real path, also of a file that does not exist yet: a database under another name is the same database, and
 * SQLite's side files use this name.
 */
export function realPathOf(file: string): string {
  if (existsSync(file)) return realpathSync(file)
  const link = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(file) : null
  const folder = dirname(file)
  if (link !== null) return realPathOf(resolve(folder, link))
  return existsSync(folder) ? join(realpathSync(folder), basename(file)) : resolve(file)
}

/** `mode` as in fs.constants: R_OK, W_OK, X_OK. */
export function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

const headerText = 'SQLite format 3\0'

/** The beginning of a file. Never of one that this process has open: closing it releases SQLite's locks. */
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

import { existsSync, linkSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '../../kernel/errors.ts'
import { backupIdentity } from '../contract/mark.ts'
import {
  type CopyOptions,
  copyDatabase,
  examineCopy,
  isLinkRefused,
  likeOwner,
  markCopy,
  removeDatabase,
} from './copy.ts'
import { prepareFile } from './database.ts'
import { realPathOf, sizeOf, syncPath } from './paths.ts'

export interface BackupOptions extends CopyOptions {
  /** Replace an existing target. */
  readonly force?: boolean
}

/**
 * Copies a database into a new file, checks the copy, marks it as a backup, whose engine waits for a person, and
 * renames it to the target once it is on disk. Throws a StartError: 64 if the target is not possible, 65 if the copy is
 * not a sound database of this program, 75 if the database is written faster than it can be copied. Returns the size of
 * the copy in bytes.
 */
export async function backUpDatabase(options: BackupOptions): Promise<{ readonly bytes: number }> {
  const { file, target, force = false } = options
  prepareFile({ file, create: false })
  assertTarget(file, target, force)
  const copy = `${target}.partial-${process.pid}`
  // Left by a killed process that had the pid of this one.
  removeDatabase(copy)
  try {
    await copyDatabase({ ...options, target: copy })
    const { knownUntil } = examineCopy(copy, `The copy of ${file}`)
    markCopy(copy, { what: 'This database is a backup', knownUntil, databaseFile: backupIdentity })
    likeOwner(realPathOf(file), copy)
    syncPath(copy)
    place(copy, target, force)
    syncPath(dirname(target))
    return { bytes: sizeOf(target) }
  } finally {
    removeDatabase(copy)
  }
}

function assertTarget(file: string, target: string, force: boolean): void {
  const folder = dirname(target)
  if (!existsSync(folder)) throw new StartError(`There is no folder ${folder} for the backup.`, 64)
  if (realPathOf(target) === realPathOf(file)) throw new StartError('A backup needs a file of its own.', 64)
  const found = statSync(target, { throwIfNoEntry: false })
  if (found && !found.isFile()) throw new StartError(`${target} is not a file.`, 64)
  if (found && !force) throw existing(target)
  // SQLite would take it for the WAL of the backup.
  if (existsSync(`${target}-wal`)) throw new StartError(`${target} is a database in use: ${target}-wal is there.`, 64)
}

function existing(target: string): StartError {
  return new StartError(`${target} exists already. Name another file, or replace this one with --force.`, 64)
}

/** A hard link fails if the file exists meanwhile; a rename would replace it. */
function place(copy: string, target: string, force: boolean): void {
  try {
    if (!force) {
      linkSync(copy, target)
      return
    }
  } catch (error) {
    if (existsSync(target)) throw existing(target)
    if (!isLinkRefused(error)) throw error
  }
  renameSync(copy, target)
}

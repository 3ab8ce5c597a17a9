import { appendFileSync, existsSync, readFileSync, realpathSync, rmSync } from 'node:fs'

/*
 * Ends of the process for a defect of ours, each a line with its time in a file beside the database: the database itself
 * may be what failed. Kills leave no line, and do not count.
 */

function fileOf(databaseFile: string): string {
  // By its real path, as the lock: the same database under another name is the same database.
  return `${existsSync(databaseFile) ? realpathSync(databaseFile) : databaseFile}-engine.crashes`
}

/** Notes that the process is about to end with exit code 70. Never throws: there is something worse to tell. */
export function recordCrash(databaseFile: string, at: number): void {
  try {
    appendFileSync(fileOf(databaseFile), `${new Date(at).toISOString()}\n`)
  } catch {
    // There is nowhere left to report the failure.
  }
}

/** How often that happened since a moment, in milliseconds since 1970. */
export function countCrashes(databaseFile: string, since: number): number {
  const file = fileOf(databaseFile)
  if (!existsSync(file)) return 0
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => Date.parse(line) >= since).length
}

/** A person has seen to it. */
export function forgetCrashes(databaseFile: string): void {
  rmSync(fileOf(databaseFile), { force: true })
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StartError } from '../../kernel/errors.ts'

/**
 * Refuses a second name of a database. Under it, SQLite and the engine's lock would not find the files beside the
 * first: two engines would place the same calls, and two WALs would damage the database. Throws a StartError (78).
 */
export function assertOneName(file: string, path: string): void {
  const { nlink } = statSync(path)
  if (nlink > 1 && !isLeftByRestore(path, nlink)) {
    const others = namesBeside(path).map((name) => ` ${join(dirname(path), name)}`)
    const where = others.length === 0 ? ' in another folder' : others.join(',')
    throw new StartError(
      `The database ${file} has a second name, a hard link:${where}. Another program could use it under that one; remove the link, or make a copy by "dialgraph backup".`,
      78,
    )
  }
  if (isMountedAlone(path)) {
    throw new StartError(
      `The database ${file} is mounted as a single file, without the files beside it. Mount its folder instead.`,
      78,
    )
  }
}

/** Other names of the same file in its folder. */
function namesBeside(path: string): string[] {
  const { dev, ino } = statSync(path, { bigint: true })
  const isSame = (name: string) => {
    const stats = statSync(join(dirname(path), name), { bigint: true, throwIfNoEntry: false })
    return stats?.dev === dev && stats.ino === ino
  }
  return readdirSync(dirname(path)).filter((name) => name !== basename(path) && isSame(name))
}

/** After an interrupted restore: until the database is replaced, the name under which it is kept is a second one. */
function isLeftByRestore(path: string, nlink: number): boolean {
  const names = namesBeside(path)
  const isOurs = (name: string) => /^\.(before-restore-|restoring-look$)/.test(name.slice(basename(path).length))
  return names.length === nlink - 1 && names.every((name) => name.startsWith(basename(path)) && isOurs(name))
}

const mountsFile = '/proc/self/mountinfo'

/** Whether a file itself was mounted, and not a folder that contains it. Only Linux reports this. */
function isMountedAlone(path: string): boolean {
  if (!existsSync(mountsFile)) return false
  const unescaped = (text: string) =>
    text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
  const lines = readFileSync(mountsFile, 'latin1').split('\n')
  const bytes = Buffer.from(path).toString('latin1')
  return lines.some((line) => unescaped(line.split(' ', 5)[4] ?? '') === bytes)
}

import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { engineSilentMs, needsPerson, stateSeen } from '../domain/engine.ts'
import { unreachable } from '../kernel/assert.ts'
import { StartError } from '../kernel/errors.ts'
import { assertSqliteVersion, prepareFile, sqliteVersion } from '../store/sqlite/database.ts'
import { checkDatabase, type DatabaseContent, type Diagnosis, diagnoseDatabase } from '../store/sqlite/diagnosis.ts'
import { damageMessage } from '../store/sqlite/guard.ts'
import { assertOurs } from '../store/sqlite/inspection.ts'
import { realPathOf, sizeOf } from '../store/sqlite/paths.ts'
import { describeBytes, exitCodes } from './terminal.ts'

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  readonly state: 'OK' | 'WARNING' | 'PROBLEM'
  /** A sentence for a person. */
  readonly message: string
  /** 65 or 78 for a problem, otherwise 0. */
  readonly exitCode: number
}

export interface DoctorOptions {
  readonly file: string
  /** Compares tables with their indexes, and references, too. */
  readonly deep: boolean
  /** Wall clock, milliseconds since 1970. */
  readonly now: number
  readonly nodeVersion: string
  /** As package.json has it: >=20.19. */
  readonly nodeVersionRange: string
}

const ok = (name: string, message: string): Check => ({ name, state: 'OK', message, exitCode: exitCodes.done })
const warning = (name: string, message: string): Check => ({
  name,
  state: 'WARNING',
  message,
  exitCode: exitCodes.done,
})

function problem(name: string, error: unknown): Check {
  if (!(error instanceof StartError)) throw error
  return { name, state: 'PROBLEM', message: error.message, exitCode: error.exitCode }
}

/** A check that throws a StartError where something is wrong. */
function checked(name: string, look: () => Check): Check {
  try {
    return look()
  } catch (error) {
    return problem(name, error)
  }
}

/** Looks at everything that a database needs, in the order in which one thing rests on another. Changes nothing. */
export async function examine(options: DoctorOptions): Promise<Check[]> {
  const { file } = options
  const checks = [checkNode(options), checkSqlite(), checkPath(file)]
  if (checks.some(({ state }) => state === 'PROBLEM')) return checks
  checks.push(checkFileSystem(file), checkRoom(file))
  let diagnosis: Diagnosis
  try {
    diagnosis = await diagnoseDatabase(file)
  } catch (error) {
    return [...checks, problem('integrity', error)]
  }
  checks.push(checkSchema(file, diagnosis), checkSettings(diagnosis), checkLock(diagnosis))
  checks.push(checkIntegrity(options))
  if (diagnosis.content === null) return [...checks, warning('engine', 'This database has not been used yet.')]
  checks.push(checkEngine(diagnosis.content, diagnosis, options.now))
  checks.push(checkClock(diagnosis.content, options.now), checkCalls(diagnosis.content))
  return checks
}

function checkNode({ nodeVersion, nodeVersionRange }: DoctorOptions): Check {
  const needed = nodeVersionRange.replace('>=', '')
  const isOlder = nodeVersion.localeCompare(needed, 'en', { numeric: true }) < 0
  return checked('node', () => {
    if (isOlder) throw new StartError(`Node.js ${nodeVersion} is too old; ${needed} or newer is needed.`, 78)
    return ok('node', `Node.js ${nodeVersion}.`)
  })
}

function checkSqlite(): Check {
  return checked('sqlite', () => {
    assertSqliteVersion()
    return ok('sqlite', `SQLite ${sqliteVersion()}.`)
  })
}

function checkPath(file: string): Check {
  return checked('file', () => {
    prepareFile({ file, create: false })
    const path = realPathOf(file)
    const wal = sizeOf(`${path}-wal`)
    const beside = wal === 0 ? '' : ` and ${describeBytes(wal)} in its -wal`
    return ok('file', `${file}, ${describeBytes(sizeOf(path))}${beside}.`)
  })
}

/** Types of file systems as Linux numbers them; elsewhere the numbers mean other things, or nothing. */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
])
const memoryFileSystems: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

function checkFileSystem(file: string): Check {
  const name = 'file system'
  const type = process.platform === 'linux' ? statfsSync(dirname(realPathOf(file))).type : 0
  const network = networkFileSystems.get(type)
  if (network !== undefined) {
    return warning(name, `The database is on ${network}, whose locks and syncs may not work. Keep it on a local disk.`)
  }
  if (memoryFileSystems.has(type)) return warning(name, 'The database is in memory: the next restart loses it.')
  return ok(name, 'Not on a known kind of network share.')
}

const roomBytesMin = 1024 ** 3

function checkRoom(file: string): Check {
  const path = realPathOf(file)
  const { bavail, bsize } = statfsSync(dirname(path))
  const room = bavail * bsize
  const needed = Math.max(roomBytesMin, 2 * sizeOf(`${path}-wal`))
  if (room >= needed) return ok('room', `${describeBytes(room)} are free.`)
  return warning('room', `Only ${describeBytes(room)} are free: on a full disk no call is placed.`)
}

function checkSchema(file: string, { schema }: Diagnosis): Check {
  const name = 'schema'
  const migrations = (count: number) => `${count} migration${count === 1 ? '' : 's'}`
  return checked(name, () => {
    assertOurs(file, schema)
    if (schema.pending === 0) return ok(name, `Up to date: ${migrations(schema.applied)}.`)
    return warning(name, `${migrations(schema.pending)} pending: applied at the next start, or by "dialgraph migrate".`)
  })
}

function checkSettings({ journalMode }: Diagnosis): Check {
  const journal = journalMode === 'wal' ? 'journal WAL' : `journal ${journalMode}, WAL from the next start on`
  return ok('settings', `${journal}, synchronous FULL, foreign keys enforced.`)
}

function checkLock({ lock }: Diagnosis): Check {
  switch (lock.state) {
    case 'HELD':
      return ok('lock', `Held by ${lock.holder ?? 'an unknown process'}.`)
    case 'LEFT':
      return ok('lock', `Free. ${lock.holder} held it, and ended without releasing it.`)
    case 'FREE':
      return ok('lock', 'Free: no process places the calls of this database.')
    default:
      return unreachable(lock)
  }
}

function checkIntegrity({ file, deep }: DoctorOptions): Check {
  const name = 'integrity'
  return checked(name, () => {
    const result = checkDatabase(file, { deep })
    switch (result.state) {
      case 'SOUND':
        return ok(
          name,
          deep ? 'Sound, including indexes and references.' : 'Sound. --deep checks indexes and references too.',
        )
      case 'DAMAGED':
        throw new StartError(damageMessage(file, result.finding), 65)
      case 'GIVEN_UP':
        return warning(name, `Checked up to ${result.table}: too much is being written. Try again at a quieter time.`)
      default:
        return unreachable(result)
    }
  })
}

function checkEngine({ engine, gap }: DatabaseContent, { lock }: Diagnosis, now: number): Check {
  const name = 'engine'
  const { state, reason, heartbeatAt } = engine
  const heard = heartbeatAt === null ? 'no heartbeat so far' : `last heartbeat ${describeTime(now - heartbeatAt)} ago`
  const why = reason === null ? '' : ` ${reason}`
  if (lock.state !== 'HELD') {
    if (state === 'HALTED' || (engine.haltCause !== null && needsPerson(engine.haltCause)))
      return warning(name, `Not running, ${heard}. It was halted:${why}`)
    if (gap !== null) return warning(name, `Not running, ${heard}. serve will start it HALTED: ${gap}`)
    return ok(name, `Not running, ${heard}.`)
  }
  if (stateSeen(engine, now) === 'STOPPED' && state !== 'STOPPED') {
    return warning(
      name,
      `The process that holds the lock is silent: ${heard}. A heartbeat is expected every ${engineSilentMs / 1000} s.`,
    )
  }
  const text = `${state}, ${heard}.${why}`
  return state === 'RUNNING' || state === 'STOPPED' ? ok(name, text) : warning(name, text)
}

/** What two clocks on one machine may differ by, and what was written while this looked. */
const aheadMs = 2000

function checkClock({ engine, newestEntryAt }: DatabaseContent, now: number): Check {
  const newest = Math.max(engine.heartbeatAt ?? 0, newestEntryAt ?? 0)
  const text = `${new Date(now).toISOString()}.`
  if (newest <= now + aheadMs) return ok('clock', text)
  return warning(
    'clock',
    `${text} The database was written ${describeTime(newest - now)} later than that: the clock was set back.`,
  )
}

function checkCalls({ callsInFlight }: DatabaseContent): Check {
  return ok('calls', callsInFlight === 1 ? '1 is in flight.' : `${callsInFlight} are in flight.`)
}

function describeTime(durationMs: number): string {
  const seconds = Math.round(Math.abs(durationMs) / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

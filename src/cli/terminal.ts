import { constants } from 'node:os'
import { CommanderError } from 'commander'
import { pino } from 'pino'
import { unreachable } from '../kernel/assert.ts'
import { Refusal, RequestError, StartError, StorageFailure } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { createPinoLog } from '../kernel/pino-log.ts'

/** Exit codes (docs/configuration.md#exit-codes). */
export const exitCodes = {
  done: 0,
  wrongUsage: 64,
  badData: 65,
  notReached: 69,
  defect: 70,
  locked: 75,
  configuration: 78,
} as const

/** Tells the exit code of a command that ended otherwise than by an error. */
export type SetExitCode = (code: number) => void

export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** What of the log is kept in memory while the error output takes none of it; more is dropped. */
const logBytesWaitingMax = 1024 * 1024

/** The program's log goes to the error output, so that what a command prints can be piped. */
export function createCommandLog(level: string): Log {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: logBytesWaitingMax })
  // A dialer must not end because its log cannot be written: nobody reads it any more, or the disk it goes to is full.
  destination.on('error', () => {})
  return createPinoLog(level, destination)
}

/** Codes of an output that nobody reads any more: of a pipe (`| head`), and of a terminal that was closed. */
const closedOutputCodes: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO'])

function passClosedOutput(error: NodeJS.ErrnoException): void {
  if (!closedOutputCodes.has(error.code)) throw error
}

/** What is printed after the reader has gone is dropped; the command continues. Calling it again does nothing. */
export function survivesClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners('error').includes(passClosedOutput)) stream.on('error', passClosedOutput)
}

/** Settles once something was printed that nobody reads any more. */
export function outputClosed(): Promise<void> {
  return new Promise((resolve) => process.stdout.once('error', () => resolve()))
}

/** Says what went wrong, in words for a person, and returns the exit code for it. */
export function reportFailure(failure: unknown): number {
  const exitCode = exitCodeOf(failure)
  const error = startErrorOfSystem(failure) ?? failure
  if (error instanceof Refusal) for (const of of error.errors) complain(of.message)
  else if (error instanceof StartError || error instanceof RequestError || error instanceof StorageFailure)
    complain(error.message)
  else if (!(error instanceof CommanderError)) {
    complain('This is a defect of Dialgraph:')
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  return exitCode
}

/** The exit code of a command that ends by an error; 70 for one that nobody expected. */
export function exitCodeOf(failure: unknown): number {
  const error = startErrorOfSystem(failure) ?? failure
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage
  if (error instanceof StartError) return error.exitCode
  if (error instanceof Refusal) return exitCodes.badData
  if (error instanceof RequestError) return error.code === 'STORAGE_FULL' ? exitCodes.configuration : exitCodes.badData
  return error instanceof StorageFailure ? storageExitCode(error) : exitCodes.defect
}

/** What the system lacks, or does not let this user do, by the code of its error. */
const lacks: Readonly<Record<string, string>> = {
  EMFILE: 'The limit of open files of this process is too low: raise it (ulimit -n)',
  ENFILE: 'The limit of open files of the system is too low: raise it (fs.file-max)',
  ENOSPC: 'There is no space left on the disk',
  EDQUOT: 'The disk quota of this user is exceeded',
  EROFS: 'The disk is read-only',
  EACCES: 'This user lacks a permission',
  EPERM: 'This user lacks a permission',
}

/** A person has to put that right, and no stack helps with it. Null for every other error. */
function startErrorOfSystem(error: unknown): StartError | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const lack = lacks[String(error.code)]
  return lack === undefined ? null : new StartError(`${lack} (${error.message}).`, exitCodes.configuration)
}

/** A disk that failed counts as a defect of ours: a program that ends by it again and again stops dialing. */
function storageExitCode({ kind }: StorageFailure): number {
  switch (kind) {
    case 'BUSY':
      return exitCodes.locked
    case 'FAILED':
    case 'BROKEN':
      return exitCodes.defect
    case 'DAMAGED':
      return exitCodes.badData
    default:
      return unreachable(kind)
  }
}

/** A size for a person: 437.6 MB. */
export function describeBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`
}

export interface Signals {
  /** Settles with the name of the first signal that asks the program to end. A second one ends it at once. */
  readonly signalled: Promise<string>
  /** From now on a signal does what it does without this. */
  ignore(): void
}

/** Ctrl-C, a service manager, and a terminal that is closed. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The exit code of a command that was ended by a signal before it was done, as a shell has it: 130 after Ctrl-C. */
export function exitCodeOfSignal(signal: string): number {
  return 128 + constants.signals[signal as NodeJS.Signals]
}

/** Takes the signals that ask the program to end, until `ignore`. */
export function heedSignals(): Signals {
  let asked = false
  let tell: (signal: string) => void = () => {}
  const signalled = new Promise<string>((resolve) => {
    tell = resolve
  })
  const heed = (signal: string) => {
    if (asked) process.exit(exitCodes.defect)
    asked = true
    tell(signal)
  }
  for (const signal of endingSignals) process.on(signal, heed)
  return {
    signalled,
    ignore() {
      for (const signal of endingSignals) process.off(signal, heed)
    },
  }
}

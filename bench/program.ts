import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '../src/config.ts'

/** The configuration of a program over a new database, on a free port, that says nothing. */
export function configOf(file: string, settings: Partial<Config> = {}): Config {
  return {
    ...readConfig({}),
    database: { file, mayCreate: true },
    port: 0,
    carrier: { driver: 'simulator', settings: { speed: 1000, seed: 1, answerRate: 0, url: null } },
    concurrentCallsMax: 0,
    callsPerSecond: 0,
    logLevel: 'silent',
    ...settings,
  }
}

/** A number that the simulated carrier answers, talks to for 5 s and hangs up: another one for each `i` below 40 000. */
export function answeredNumber(i: number): string {
  return `+1${200 + (i % 700)}55501${String(Math.floor(i / 700) % 50).padStart(2, '0')}`
}

/** A script of this folder in a process of its own, which talks by messages. */
export function startScript(name: string, args: readonly string[] = []): ChildProcess {
  const script = fileURLToPath(new URL(name, import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
}

/** The next message of a child; an error when it ends before. */
export async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController()
  const { signal } = over
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a child that goes on, found that it ended with ${code}`)
  })
  const message = once(child, 'message', { signal }).then(([of]) => of as Message)
  // Whichever comes second is of no interest, and is no error.
  ended.catch(() => undefined)
  message.catch(() => undefined)
  try {
    return await Promise.race([message, ended])
  } finally {
    over.abort()
  }
}

/** Milliseconds of the clock that all processes of the machine share: it counts from its start. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

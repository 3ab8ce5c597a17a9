import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished, vi } from 'vitest'
import { createApp } from '../../src/app/app.ts'
import { localViewer } from '../../src/app/viewer.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { main } from '../../src/main.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import { builtFile } from '../support/built.ts'
import { temporaryFile } from '../support/world.ts'

export type Environment = Readonly<Record<string, string>>

/** A path on the memory disk; its folder is removed after the test. */
export function givenPath(name?: string): string {
  const path = temporaryFile(name)
  onTestFinished(() => rmSync(dirname(path), { recursive: true, force: true }))
  return path
}

/** The environment of this process without what it says to the program. */
export function bareEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DIALGRAPH_')))
}

/** What is printed, and what is complained of, while something runs in this process. */
export async function captureOutput<Result>(run: () => Result | Promise<Result>) {
  const output = { stdout: '', stderr: '' }
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += String(text)
      return true
    })
  const spies = [capture('stdout'), capture('stderr')]
  try {
    const result = await run()
    return { result, ...output }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** Runs a command in this process: what it printed, what it complained of, and its exit code. */
export async function runCommand(args: readonly string[], environment: Environment = {}) {
  const before = process.env
  process.env = { ...bareEnvironment(), ...environment }
  try {
    const { result: exitCode, ...output } = await captureOutput(() => main(['node', 'dialgraph', ...args]))
    return { exitCode, ...output }
  } finally {
    process.env = before
  }
}

/** The house over a file, without a dialer. Closed by whoever opened it. */
export async function openApp(file: string, create = false) {
  const effects = createEffects()
  const store = createStore({ file, create, synchronous: 'OFF' }, effects)
  const options = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }
  const app = await createApp(store, effects, silentLog, options)
  return { app, viewer: localViewer, close: () => store.close() }
}

/** The program in a process of its own. */
export function startProgram(args: readonly string[], environment: Environment = {}) {
  return startNode([builtFile('test/cli/entry.ts'), ...args], environment)
}

/** A script of ours in a process of its own. Killed after the test if it still runs. */
export function startNode(args: readonly string[], environment: Environment = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    if (isRunning(child)) child.kill('SIGKILL')
  })
  const stdout = collectLines(child, 'stdout')
  const stderr = collectLines(child, 'stderr')
  const closed = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
  return {
    child,
    stdout,
    stderr,
    /** Settles with the exit code, or the signal that ended it, once all output has been read. */
    ended: closed.then(([code, signal]) => code ?? signal),
    /** The address that the program says it listens on. */
    async address(): Promise<string> {
      const line = await stdout.find((text) => text.startsWith('listening on '))
      return line.slice('listening on '.length)
    },
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function collectLines(child: ChildProcess, stream: 'stdout' | 'stderr') {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const input = child[stream]
  if (input === null) throw new Error(`a child whose ${stream} is read`)
  const reader = createInterface({ input })
  const wake = () => {
    for (const look of waiting) look()
  }
  reader.on('line', (line) => {
    lines.push(line)
    wake()
  })
  reader.on('close', wake)
  return {
    lines,
    /** The first line that matches, once it is there; an error when the output ends before. */
    find: (matches: (line: string) => boolean) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = lines.find(matches)
          if (found !== undefined) resolve(found)
          else if (input.readableEnded) reject(new Error(`the output ended without that line:\n${lines.join('\n')}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}

export interface GraphqlAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: a test says of each answer what it looks like.
  readonly data: any
  readonly errors?: readonly unknown[]
}

/** Asks the API of a program that runs. */
export async function ask(url: string, query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as GraphqlAnswer
}

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFile } from '../support/world.ts'

export type Environment = Readonly<Record<string, string>>

/** A process of ours, and what it says. */
export interface Child {
  readonly pid: number
  /** What follows those words on the first line of its output that begins with them; rejects when it ends before. */
  told(words: string): Promise<string>
  /** Settles when so many lines of its error output have those words; rejects when it ends before. */
  complained(words: string, count?: number): Promise<void>
  /** How many lines of its error output have those words so far. */
  complaints(words: string): number
  signal(name: NodeJS.Signals): void
  /** Settles with its exit code, or the signal that ended it, once all it said has been read. */
  readonly ended: Promise<number | NodeJS.Signals>
}

export function startChild(command: string, args: readonly string[], environment: Environment = {}): Child {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('DIALGRAPH_'))
  const child = spawn(command, args, {
    env: { ...Object.fromEntries(own), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectLines(child.stdout)
  const complaints = collectLines(child.stderr)
  return {
    pid: child.pid ?? 0,
    async told(words) {
      const line = await output.find((of) => of.startsWith(words), 1)
      if (line === null) throw new Error(`it ended without "${words}":\n${complaints.lines.join('\n')}`)
      return line.slice(words.length)
    },
    async complained(words, count = 1) {
      const line = await complaints.find((of) => of.includes(words), count)
      if (line === null) throw new Error(`it ended without "${words}":\n${complaints.lines.join('\n')}`)
    },
    complaints: (words) => complaints.lines.filter((of) => of.includes(words)).length,
    signal(name) {
      child.kill(name)
    },
    ended: once(child, 'close').then(([code, signal]) => code ?? signal),
  }
}

function collectLines(input: Readable) {
  const lines: string[] = []
  const looks = new Set<() => void>()
  let isOver = false
  const lookAll = () => {
    for (const look of looks) look()
  }
  createInterface({ input })
    .on('line', (line) => {
      lines.push(line)
      lookAll()
    })
    .on('close', () => {
      isOver = true
      lookAll()
    })
  return {
    lines,
    /** The n-th line that matches, once it is there; null when the output ends without. */
    find: (matches: (line: string) => boolean, nth: number) =>
      new Promise<string | null>((resolve) => {
        const look = () => {
          const line = lines.filter(matches)[nth - 1]
          if (line === undefined && !isOver) return
          looks.delete(look)
          resolve(line ?? null)
        }
        looks.add(look)
        look()
      }),
  }
}

/** Everything that one file of tests starts and leaves behind. */
export interface Stage {
  /** A path in a folder of its own on the memory disk. */
  path(name?: string): string
  /** The program, as its commands are given. */
  program(args: readonly string[], environment?: Environment): Child
  /** A process out of one of the entries of this folder. */
  entry(name: 'crashing' | 'failing', args: readonly string[], environment?: Environment): Child
  end(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiled once: each of many processes then starts in half the time that it takes out of the sources. */
export async function createStage(): Promise<Stage> {
  const folders = [dirname(temporaryFile())]
  const [build = ''] = folders
  const project = join(root, 'test/process/tsconfig.entries.json')
  await promisify(execFile)(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    project,
    '--outDir',
    build,
  ])
  for (const name of ['node_modules', 'migrations', 'package.json']) symlinkSync(join(root, name), join(build, name))
  const children: Child[] = []
  const fileOf = (name: string) => join(build, `test/process/${name}.js`)
  function start(file: string, args: readonly string[], environment?: Environment): Child {
    const child = startChild(process.execPath, [file, ...args], environment)
    children.push(child)
    return child
  }
  return {
    path(name) {
      const path = temporaryFile(name)
      folders.push(dirname(path))
      return path
    },
    // Nothing makes this entry fail unless it is told to.
    program: (args, environment) => start(fileOf('failing'), args, environment),
    entry: (name, args, environment) => start(fileOf(name), args, environment),
    async end() {
      for (const child of children) child.signal('SIGKILL')
      await Promise.all(children.map((child) => child.ended))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

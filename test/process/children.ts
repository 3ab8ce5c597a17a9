import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

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
  /** When those lines were written, of a program whose log they are. */
  complaintTimes(words: string): number[]
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
    complaintTimes: (words) =>
      complaints.lines.filter((of) => of.includes(words)).map((line) => Date.parse(JSON.parse(line).time)),
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

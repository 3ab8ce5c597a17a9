import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { builtFile } from '../support/built.ts'
import { bareEnvironment, type Environment } from './support.ts'

export const ctrlC = '\x03'

const escapeCharacter = String.fromCharCode(27)
const lineBreak = new RegExp(`\\r?\\n|${escapeCharacter}\\[1G`)
const cursorMove = new RegExp(`${escapeCharacter}\\[[0-9?]*[A-Za-z]`, 'g')

export interface TerminalOptions {
  readonly columns?: number
  readonly environment?: Environment
}

/**
 * The program on a terminal of its own, which script(1) of util-linux makes. Both outputs of the program are what the terminal
 * shows. Killed after the test if it still runs.
 */
export function startOnTerminal(args: readonly string[], { columns = 80, environment = {} }: TerminalOptions = {}) {
  const words = [process.execPath, builtFile('test/cli/entry.ts'), ...args].map((word) => `'${word}'`)
  // The name of the terminal comes first, for those who make it wider or narrower.
  const command = `tty; stty cols ${columns} rows 24; exec ${words.join(' ')}`
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { ...bareEnvironment(), TERM: 'xterm', SHELL: '/bin/sh', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let shown = ''
  const looks = new Set<() => void>()
  const look = () => {
    for (const of of looks) of()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    look()
  })
  child.stdout.on('end', look)
  const closed = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
  return {
    /** Everything that was written to the terminal until now, without the name of it. */
    text: () => shown.slice(shown.indexOf('\n') + 1),
    /** What each line, a bar that is drawn again included, showed; without what moves the cursor. */
    lines: () =>
      shown
        .slice(shown.indexOf('\n') + 1)
        .split(lineBreak)
        .map((line) => line.replaceAll(cursorMove, '')),
    press: (keys: string) => child.stdin.write(keys),
    resize(width: number): void {
      execFileSync('stty', ['-F', shown.slice(0, shown.indexOf('\n')).trim(), 'cols', String(width)])
    },
    /** Takes the terminal away, as closing its window does. */
    close: () => child.kill('SIGKILL'),
    /** Settles once what is shown matches; an error when the program ends before. */
    shows: (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const of = () => {
          if (pattern.test(shown)) resolve()
          else if (child.stdout.readableEnded) reject(new Error(`it ended without ${pattern}:\n${shown}`))
          else return
          looks.delete(of)
        }
        looks.add(of)
        of()
      }),
    /** Settles with the exit code of the program. */
    ended: closed.then(([code, signal]) => code ?? signal),
  }
}

import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { builtFile } from '../support/built.ts'
import { temporaryFile } from '../support/world.ts'
import { type Child, type Environment, startChild } from './children.ts'

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

export function createStage(): Stage {
  const folders: string[] = []
  const children: Child[] = []
  function start(name: string, args: readonly string[], environment?: Environment): Child {
    const child = startChild(process.execPath, [builtFile(`test/process/${name}.ts`), ...args], environment)
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
    program: (args, environment) => start('failing', args, environment),
    entry: start,
    async end() {
      for (const child of children) child.signal('SIGKILL')
      await Promise.all(children.map((child) => child.ended))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

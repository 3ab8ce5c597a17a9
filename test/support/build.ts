import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder with the compiled sources, laid out as the checkout is. */
    built: string
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = '/dev/shm/dialgraph-tests'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes the databases of processes that have ended: each name begins with the id of its process. */
function removeLeftovers(): void {
  for (const name of readdirSync(folder)) {
    const pid = Number.parseInt(name, 10)
    if (pid > 0 && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** Compiles what tests run in processes of their own, once for all of them: out of the sources each would need seconds to begin. */
export async function setup(project: TestProject): Promise<void> {
  mkdirSync(folder, { recursive: true })
  // A run that was killed has removed nothing, and the disk is memory.
  removeLeftovers()
  const built = mkdtempSync(`${folder}/built-`)
  // Whoever interrupts a run does not wait for its end.
  process.once('exit', () => rmSync(built, { recursive: true, force: true }))
  // Some of the processes are another user's.
  chmodSync(built, 0o755)
  const compile = () =>
    promisify(execFile)(process.execPath, [
      ...[join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'test/tsconfig.children.json')],
      ...['--outDir', built],
    ])
  await compile()
  for (const name of ['node_modules', 'migrations', 'examples', 'package.json'])
    symlinkSync(join(root, name), join(built, name))
  project.provide('built', built)
  project.onTestsRerun(async () => {
    await compile()
  })
}

export function teardown(): void {
  removeLeftovers()
}

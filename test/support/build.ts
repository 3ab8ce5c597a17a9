import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
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

/** Compiles what tests run in processes of their own, once for all of them: out of the sources each would need seconds to begin. */
export async function setup(project: TestProject): Promise<void> {
  mkdirSync(folder, { recursive: true })
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

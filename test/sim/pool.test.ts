import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RunFailed, runSeeds } from './pool.ts'
import type { WorkerReport } from './worker.ts'

const tasks = [1, 2, 3].map((seed) => ({ carrier: 'simulator' as const, seed }))

/** A checkout whose worker does this with a `task`; `done` sends a report of it. */
function givenWorker(onTask: string): string {
  const root = mkdtempSync('/dev/shm/dialgraph-pool-')
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(`${root}/test/sim`, { recursive: true })
  writeFileSync(
    `${root}/test/sim/worker.js`,
    `const { existsSync, writeFileSync } = require('node:fs')
    process.on('disconnect', () => process.exit(0))
    process.on('message', (task) => {
      const done = (more = {}) => process.send({ ...task, findings: [], figures: {}, ...more })
      ${onTask}
    })`,
  )
  return root
}

/** Runs the tasks; returns the reports, and the error if there was one. */
async function runTasks(root: string) {
  const reports: WorkerReport[] = []
  const options = { root, areCompiled: true, tasks, workers: 1, report: (of: WorkerReport) => reports.push(of) > 0 }
  const error = await runSeeds(options).then(
    () => null,
    (reason: unknown) => reason,
  )
  return { seeds: reports.map((of) => of.seed), reports, error }
}

test('a process that is killed is an error of the run and no finding of its seed', async () => {
  const root = givenWorker(`if (task.seed === 2) process.kill(process.pid, 'SIGKILL')
      else done()`)
  const { seeds, error } = await runTasks(root)
  expect(error).toBeInstanceOf(RunFailed)
  expect(String(error)).toContain('seed 2 over simulator ended before the seed did: SIGKILL')
  expect(seeds).toEqual([1])
})

test('a process that ends by itself before its seed does is an error of the run as well', async () => {
  const { seeds, error } = await runTasks(givenWorker('process.exit(134)'))
  expect(String(error)).toContain('seed 1 over simulator ended before the seed did: exit code 134')
  expect(seeds).toEqual([])
})

test('an error that nobody caught is a finding, and the seeds after it are run by another process', async () => {
  const root = givenWorker(`if (task.seed === 1) done({ findings: ['RUN: it broke'], figures: null })
      else done({ findings: [String(process.pid)] })
      if (task.seed === 1) process.exit(0)`)
  const { seeds, reports, error } = await runTasks(root)
  expect(error).toBeNull()
  expect(seeds).toEqual([1, 2, 3])
  expect(reports[0]?.findings).toEqual(['RUN: it broke'])
})

test('a seed that takes a day is waited for', async () => {
  const root = givenWorker(`writeFileSync('asked', '')
      const look = setInterval(() => {
        if (!existsSync('go')) return
        clearInterval(look)
        done()
      }, 1)`)
  const immediate = setImmediate
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const running = runTasks(root)
  while (!existsSync(`${root}/asked`)) await new Promise((resolve) => immediate(resolve))
  vi.advanceTimersByTime(24 * 3600 * 1000)
  writeFileSync(`${root}/go`, '')
  const { seeds, reports, error } = await running
  expect(error).toBeNull()
  expect(seeds).toEqual([1, 2, 3])
  expect(reports.flatMap((of) => of.findings)).toEqual([])
})

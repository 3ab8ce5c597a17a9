import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Task, WorkerReport } from './worker.ts'

export interface PoolOptions {
  /** Where the sources are that are simulated. */
  readonly root: string
  /** Whether they are compiled already. */
  readonly areCompiled?: boolean
  readonly tasks: Iterable<Task>
  /** How many processes share the work; as many as there are cores when nothing is said. */
  readonly workers?: number
  /** Told of each seed as it is done, in no order. False ends it. */
  report(report: WorkerReport): boolean | undefined
}

/** A seed that takes longer than this does not end. */
const seedMaxMs = 120_000

/** Runs seeds in several processes. */
export async function runSeeds({
  root,
  areCompiled = false,
  tasks,
  workers = availableParallelism(),
  report,
}: PoolOptions): Promise<void> {
  const left = tasks[Symbol.iterator]()
  let isOver = false

  function start(): ChildProcess {
    const worker = `${root}/test/sim/worker`
    return areCompiled
      ? fork(`${worker}.js`, { cwd: root, execArgv: [] })
      : fork(`${worker}.ts`, { cwd: root, execArgv: ['--import', 'tsx'] })
  }

  /** One seed in one process. Null where the process came to its end instead of the seed. */
  function run(worker: ChildProcess, task: Task): Promise<WorkerReport | null> {
    return new Promise((resolve) => {
      const finish = (found: WorkerReport | null) => {
        clearTimeout(late)
        worker.removeAllListeners()
        resolve(found)
      }
      const late = setTimeout(() => worker.kill('SIGKILL'), seedMaxMs)
      worker.once('message', (found) => finish(found as WorkerReport))
      worker.once('exit', () => finish(null))
      worker.send(task)
    })
  }

  async function work(): Promise<void> {
    let worker = start()
    for (let next = left.next(); !isOver && !next.done; next = left.next()) {
      const found = await run(worker, next.value)
      if (isOver) break
      if (found === null) worker = start()
      const findings = ['RUN: the process that ran this seed did not come to its end']
      if (report(found ?? { ...next.value, findings, figures: null }) === false) isOver = true
    }
    worker.kill('SIGKILL')
  }

  await Promise.all(Array.from({ length: workers }, work))
}

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
  /** Takes the report of each seed as it is done, in no order. False ends the run. */
  report(report: WorkerReport): boolean | undefined
  /** Ends the run early, without an error. */
  readonly signal?: AbortSignal
}

/** The run could not be carried out. That says nothing about any seed. */
export class RunFailed extends Error {
  override name = 'RunFailed'
}

/**
 * Runs seeds in several processes. A seed takes as long as it takes: it is bounded by counts of its own, since how much time
 * passes says more about the machine than about the seed. Rejects with RunFailed where a process ends before its seed.
 */
export async function runSeeds({
  root,
  areCompiled = false,
  tasks,
  workers = availableParallelism(),
  report,
  signal,
}: PoolOptions): Promise<void> {
  const left = tasks[Symbol.iterator]()
  const running = new Set<ChildProcess>()
  let isOver = false

  function start(): ChildProcess {
    const file = `${root}/test/sim/worker`
    const worker = areCompiled
      ? fork(`${file}.js`, { cwd: root, execArgv: [] })
      : fork(`${file}.ts`, { cwd: root, execArgv: ['--import', 'tsx'] })
    running.add(worker)
    worker.once('exit', () => running.delete(worker))
    return worker
  }

  function end(): void {
    isOver = true
    for (const worker of running) worker.kill('SIGKILL')
  }

  /** One seed in one process. */
  function run(worker: ChildProcess, { carrier, seed }: Task): Promise<WorkerReport> {
    return new Promise((resolve, reject) => {
      worker.once('message', (found) => {
        worker.off('exit', exited)
        resolve(found as WorkerReport)
      })
      function exited(code: number | null, killedBy: string | null): void {
        const how = killedBy ?? `exit code ${code}`
        reject(new RunFailed(`the process that ran seed ${seed} over ${carrier} ended before the seed did: ${how}`))
      }
      worker.once('exit', exited)
      worker.send({ carrier, seed } satisfies Task)
    })
  }

  async function work(): Promise<void> {
    let worker = start()
    for (let next = left.next(); !isOver && !next.done; next = left.next()) {
      const found = await run(worker, next.value)
      if (isOver) break
      if (report(found) === false) end()
      // A process ends after an error that nobody caught.
      else if (found.figures === null) worker = start()
    }
    worker.kill('SIGKILL')
  }

  signal?.addEventListener('abort', end)
  try {
    await Promise.all(Array.from({ length: workers }, work))
  } catch (error) {
    // Ended by ourselves, in the middle of other seeds.
    if (!isOver) throw error
  } finally {
    end()
    signal?.removeEventListener('abort', end)
  }
}

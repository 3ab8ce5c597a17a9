import type { CarrierName } from './outside.ts'
import { type Figures, runSeed, type SeedReport } from './run.ts'

/** What a worker says of a seed; the logs stay with it. Without figures it is its last word: it ends after it. */
export type WorkerReport = Omit<SeedReport, 'logs' | 'figures'> & { readonly figures: Figures | null }

/** What a worker is asked for. */
export interface Task {
  readonly seed: number
  readonly carrier: CarrierName
}

let current: Task | null = null

/** An error that no code of the seed has caught is a finding of it, and leaves this process in a state that proves nothing. */
function report(error: unknown): void {
  if (current === null) throw error
  const findings = [`RUN: an error that nobody caught: ${error instanceof Error ? error.stack : String(error)}`]
  process.send?.({ ...current, findings, figures: null } satisfies WorkerReport, () => process.exit(0))
}

// One of several processes that share the seeds: it takes one after the other.
process.on('message', async (task: Task) => {
  current = task
  const { logs: _, ...found } = await runSeed(task.seed, task.carrier)
  current = null
  process.send?.(found satisfies WorkerReport)
})
process.on('uncaughtException', report)
process.on('unhandledRejection', report)
process.on('disconnect', () => process.exit(0))

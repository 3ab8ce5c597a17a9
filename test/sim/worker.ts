import type { CarrierName } from './outside.ts'
import { type Figures, runSeed, type SeedReport } from './run.ts'

/** What a worker says of a seed; the logs stay with it. */
export type WorkerReport = Omit<SeedReport, 'logs' | 'figures'> & { readonly figures: Figures | null }

/** What a worker is asked for. */
export interface Task {
  readonly seed: number
  readonly carrier: CarrierName
}

// One of several processes that share the seeds: it is told of one after the other.
process.on('message', async ({ seed, carrier }: Task) => {
  const { logs: _, ...report } = await runSeed(seed, carrier)
  process.send?.(report satisfies WorkerReport)
})
process.on('disconnect', () => process.exit(0))

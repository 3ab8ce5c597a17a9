import Database from 'better-sqlite3'
import type { AppOptions } from '../../src/app/context.ts'
import { createPruning } from '../../src/app/pruning.ts'
import { silentLog } from '../../src/kernel/log.ts'
import type { World } from '../support/world.ts'
import { change } from './support.ts'

export const dayMs = 24 * 3600 * 1000

/** The pruning of a world, as its process does it. */
export function pruningOf(world: World, options: Partial<AppOptions> = {}) {
  return createPruning({
    effects: world.effects,
    log: silentLog,
    change: (_, run) => change(world, run),
    options: { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0, ...options },
  })
}

/** Prunes to the end. Returns how many batches it took. */
export async function pruneAll(world: World, options: Partial<AppOptions> = {}): Promise<number> {
  const { prune } = pruningOf(world, options)
  let count = 1
  while (await prune()) count++
  return count
}

/** Makes every entry of the log that there is now older. */
export function age({ file }: World, days: number): void {
  const client = new Database(file)
  client.prepare('update transition set at = at - ?').run(days * dayMs)
  client.close()
}

/** The positions of all entries that are kept. */
export function keptOf({ file }: World): number[] {
  const client = new Database(file, { readonly: true })
  const positions = client.prepare('select position from transition order by position').pluck().all() as number[]
  client.close()
  return positions
}

export async function prunedThrough({ store }: World): Promise<number> {
  return (await store.read.installations.get()).prunedThrough
}

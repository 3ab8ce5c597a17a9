import { createApp } from '../../src/app/app.ts'
import { localViewer } from '../../src/app/viewer.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { backUpDatabase } from '../../src/store/sqlite/backup.ts'
import { type RestoreOptions, restoreDatabase } from '../../src/store/sqlite/restore.ts'
import { addOutplans, imageOf, rootPageOf, spoilPages } from './files.ts'
import { connectTo, givenFile, givenStore } from './support.ts'

export const effects = createSimulatedEffects({ seed: 7 })
/** The time of now in the name of a database that was put aside. */
export const compactNow = () => new Date(effects.now()).toISOString().replaceAll(/[-:]/g, '')
const appOptions = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }
export const openApp = (store: Store) => createApp(store, effects, silentLog, appOptions)
export const restore = (options: Omit<RestoreOptions, 'effects'>) => restoreDatabase({ ...options, effects })

/** A database that has gone on after its backup: 10 outplans in the one, 15 in the other, the last ones in its -wal. */
export async function givenBackup() {
  const { store, file: running } = givenStore({ effects })
  const app = await openApp(store)
  const queue = { name: 'Team', detail: '', strategy: 'RANDOM' as const, waitTimeoutMs: 1000, agentRingMs: 1000 }
  await app.queues.create(localViewer, queue)
  await addOutplans(store, 10)
  const from = givenFile()
  await backUpDatabase({ file: running, target: from })
  const cursor = app.transitions.cursorOf(app.transitions.latestPosition())
  await store.close()
  const { store: again } = givenStore({ file: running, effects })
  await addOutplans(again, 5)
  const file = imageOf(running)
  await again.close()
  return { file, from, cursor }
}

/** What a database says of itself, read with its -wal. */
export function look(file: string) {
  const client = connectTo(file, true)
  const one = (sql: string) => client.prepare(sql).get() as Record<string, unknown>
  try {
    const { total } = one('select count(*) as total from outplan')
    const { epoch, ...identity } = one('select epoch, installation_id, cursor_key, term from installation')
    return { outplans: total, epoch, identity, engine: one('select * from engine') }
  } finally {
    client.close()
  }
}

/** Damages a page of which the -wal has no copy. */
export function spoil(file: string): void {
  const client = connectTo(file, true)
  const root = rootPageOf(client, 'queue')
  client.close()
  spoilPages(file, root)
}

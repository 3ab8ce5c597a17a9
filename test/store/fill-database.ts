/** Writes to the database that is named until that fails, in a process of its own, and prints what came of it. */
import { createEffects } from '../../src/kernel/effects.ts'
import { createStore } from '../../src/store/sqlite/store.ts'

let broken = 0
const store = createStore(
  {
    file: process.argv[2] ?? '',
    create: false,
    synchronous: 'OFF',
    onBroken: () => {
      broken++
    },
  },
  createEffects(),
)
const outdial = { customerId: 'customer', name: '', detail: '', targetsIdle: 0, targetsProgressing: 0, targetsDone: 0 }
const times = { reevaluatedPosition: null, createdAt: 0, updatedAt: 0, deletedAt: null }
let error: unknown
for (let i = 0; error === undefined && i < 10_000; i++) {
  const fresh = { ...outdial, ...times, id: `outdial ${i}`, data: 'd'.repeat(10_000) }
  await store
    .transact('ALL', (tx) => tx.outdials.insert(fresh))
    .catch((failure: unknown) => {
      error = failure
    })
}
const isReadable = await store.read.outdials.byId('customer', 'outdial 0').then((found) => found !== null)
process.stdout.write(JSON.stringify({ error: (error as { code?: string }).code ?? String(error), broken, isReadable }))
await store.close()

import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import { temporaryFile } from '../support/world.ts'
import { describeStore } from './contract-suite.ts'

describeStore('SQLite', async () =>
  createStore({ file: temporaryFile(), create: true, synchronous: 'OFF' }, createSimulatedEffects()),
)

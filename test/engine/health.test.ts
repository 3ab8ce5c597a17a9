import { expect, test } from 'vitest'
import type { App } from '../../src/app/app.ts'
import { TermLost } from '../../src/app/terms.ts'
import { unlimitedCalls } from '../../src/domain/call-rate.ts'
import { createHealth } from '../../src/engine/health.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** The condition of an engine whose row another one takes over in the middle of a write. */
function givenTakenOver() {
  const effects = createSimulatedEffects()
  let writes = 0
  const app = {
    clock: { now: effects.now, apartMs: () => 0, accept() {} },
    reportEngine() {},
    terms: {
      async report() {
        writes++
        await effects.yieldToLoop()
        // Something changes meanwhile, which would be written after this.
        health.halt('CRASHES', 'It has crashed.')
        throw new TermLost('term 2 has begun, this engine is of term 1')
      },
    },
  }
  const health = createHealth({
    ...{ app: app as unknown as App, effects, log: silentLog, heartbeatMs: 2000 },
    allowance: () => unlimitedCalls,
    trunkAvailable: () => true,
    oneAtATime: () => false,
    changed() {},
    termLost: () => health.standDown(),
  })
  return { effects, health, writes: () => writes }
}

test('an engine whose row another one has taken over writes no more, whatever changes', async () => {
  const { effects, health, writes } = givenTakenOver()
  health.begin()
  await effects.advance(10_000)
  expect(writes()).toBe(1)
  // A person has asked it to go on before it was taken over.
  health.resume()
  await effects.advance(10_000)
  expect(writes()).toBe(1)
})

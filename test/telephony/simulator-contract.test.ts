import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import type { Behaviour, Phone } from './contract-fixture.ts'
import { describeDriver } from './contract-suite.ts'
import { scripted } from './simulator/support.ts'

const numbers: Record<Behaviour, string | null> = {
  ANSWERS_AND_HANGS_UP: scripted(0),
  ANSWERS_AND_STAYS: scripted(95),
  EARLY_MEDIA_AND_ANSWERS: null,
  ANSWERS_AND_PRESSES_DIGITS: scripted(99),
  PERSON_ANSWERS: scripted(95),
  MACHINE_ANSWERS: scripted(80),
  SILENCE_ANSWERS: null,
  RINGS_FOR_EVER: scripted(60),
  BUSY: scripted(50),
  INVALID_NUMBER: scripted(75),
  CONGESTED: scripted(70),
}
const extensions: Record<Phone, string> = {
  ANSWERS: '101',
  ANSWERS_AND_HANGS_UP: '101',
  REJECTS: '198',
  RINGS_FOR_EVER: '199',
}

describeDriver('the simulator', async (listener) => {
  const effects = createSimulatedEffects()
  const driver = createSimulator({ effects, seed: 1, speed: 1, answerRate: 0.3 })
  await driver.start(listener)
  return {
    driver,
    installationId: 'the simulator has one owner',
    ringTimeoutMs: 3000,
    maxDurationMs: 2000,
    numberFor: (behaviour) => numbers[behaviour],
    extensionFor: (phone) => extensions[phone],
    recordings: { present: 'https://example.com/hello.wav', missing: null },
    speeches: { renderMs: 0, playedCount: null },
    digits: ['9'],
    callId: () => effects.id(),
    until: (_what, holds) => effects.run({ until: holds }),
    quiet: () => effects.advance(5000),
    pass: (durationMs) => effects.advance(durationMs),
    breakConnection: null,
    stopReading: null,
    restartCarrier: null,
    stop: () => driver.stop(),
  }
})

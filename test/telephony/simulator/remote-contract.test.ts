import type { Behaviour, Phone } from '../contract-fixture.ts'
import { describeDriver } from '../contract-suite.ts'
import { startCable, startCarrier, startDialer } from './remote-support.ts'
import { scripted } from './support.ts'

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
const stepMs = 100
const stepsMax = 20_000

describeDriver('the simulator as a process', async (listener) => {
  let carrier = await startCarrier()
  const cable = await startCable(carrier.url)
  const dialer = startDialer(cable.url, { listener })
  const { driver } = dialer
  await dialer.until('connected')

  /** Whatever the carrier has said until now has arrived. */
  const hear = async () => {
    await driver.list().catch(() => new Promise((resolve) => setImmediate(resolve)))
  }
  const advance = async (durationMs: number) => {
    await carrier.effects.advance(durationMs)
    await hear()
    await dialer.advance(durationMs)
    await hear()
  }

  return {
    driver,
    installationId: 'one',
    ringTimeoutMs: 3000,
    maxDurationMs: 2000,
    numberFor: (behaviour) => numbers[behaviour],
    extensionFor: (phone) => extensions[phone],
    recordings: { present: 'https://example.com/hello.wav', missing: null },
    speeches: { renderMs: 0, playedCount: null },
    digits: ['9'],
    callId: () => carrier.effects.id(),
    async until(what, holds) {
      await hear()
      for (let step = 0; !holds(); step++) {
        if (step === stepsMax) throw new Error(`never came: ${what}`)
        await advance(stepMs)
      }
    },
    quiet: () => advance(1000),
    pass: advance,
    breakConnection: () => cable.cut(),
    async stopReading() {
      cable.mute()
      await carrier.effects.advance(10_000)
      cable.cut()
    },
    async restartCarrier() {
      cable.cut()
      const { port, effects, stop } = carrier
      await stop()
      carrier = await startCarrier({ port, startsAtMs: effects.now() + 1000 })
    },
    stop: () => driver.stop(),
  }
})

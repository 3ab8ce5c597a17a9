import { createEffects, type Effects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import type { Driver, DriverListener } from '../../../src/telephony/driver.ts'
import { createFreeswitch } from '../../../src/telephony/freeswitch/freeswitch.ts'
import { type Behaviour, type Phone, slowRenderMs } from '../contract-fixture.ts'
import { describeDriver } from '../contract-suite.ts'
import { createPump, withPump } from '../pump.ts'
import { createFakeEsl } from './fake-esl.ts'
import { pumpedMethods } from './support.ts'

/** Of the trunk that the transcripts were recorded with: examples of SIPp, and the script of the fake switch. */
const numbers: Record<Behaviour, string> = {
  ANSWERS_AND_HANGS_UP: '1000',
  ANSWERS_AND_STAYS: '1001',
  EARLY_MEDIA_AND_ANSWERS: '1183',
  ANSWERS_AND_PRESSES_DIGITS: '1020',
  PERSON_ANSWERS: '1010',
  MACHINE_ANSWERS: '1011',
  SILENCE_ANSWERS: '1001',
  RINGS_FOR_EVER: '1180',
  BUSY: '1486',
  INVALID_NUMBER: '1404',
  CONGESTED: '1503',
}
const extensions: Record<Phone, string> = {
  ANSWERS: '1001',
  ANSWERS_AND_HANGS_UP: '1000',
  REJECTS: '1603',
  RINGS_FOR_EVER: '1180',
}
const noLimits = { callsPerSecond: 0, callsMax: 0 }

/** Starts a driver, and says when it is connected. */
async function start(driver: Driver, listener: DriverListener): Promise<() => boolean> {
  let isConnected = false
  await driver.start({
    ...listener,
    connected() {
      isConnected = true
      listener.connected()
    },
  })
  return () => isConnected
}

const renderedText = 'http://127.0.0.1/text.wav'

/** A command that speaks, and is slow. */
const renderSlowly = (effects: Pick<Effects, 'timer'>) => () =>
  new Promise<string>((resolve) => void effects.timer(slowRenderMs, () => resolve(renderedText)))

describeDriver('freeswitch', async (listener) => {
  const effects = createSimulatedEffects()
  const fake = createFakeEsl({ effects })
  const installationId = effects.id()
  const pump = createPump(effects)
  const made = createFreeswitch({
    ...{ url: 'esl://127.0.0.1', password: 'ClueCon', gateway: 'trunk', installationId, effects, log: silentLog },
    ...{ openWire: fake.openWire, renderSpeech: renderSlowly(effects), ...noLimits },
  })
  const driver = withPump(made, pump, pumpedMethods)
  const isConnected = await start(driver, listener)
  async function until(_what: string, holds: () => boolean): Promise<void> {
    await pump.rest()
    await effects.run({ until: holds, limitMs: 60_000 })
  }
  await until('the connection', isConnected)
  return {
    ...{ driver, installationId, until, ringTimeoutMs: 3000, maxDurationMs: 2000 },
    numberFor: (behaviour) => numbers[behaviour],
    extensionFor: (phone) => extensions[phone],
    recordings: { present: 'http://127.0.0.1/hello.wav', missing: 'http://127.0.0.1/nosuch.wav' },
    callId: () => effects.id(),
    async quiet() {
      await pump.rest()
      await effects.advance(5000)
    },
    speeches: {
      renderMs: slowRenderMs,
      playedCount: () => fake.commands.filter((command) => command.includes(renderedText)).length,
    },
    async pass(durationMs) {
      await pump.rest()
      await effects.advance(durationMs)
    },
    digits: ['1', '9'],
    breakConnection: fake.cut,
    // What the switch cannot get rid of it drops, and in the end the connection with it.
    async stopReading() {
      await pump.rest()
      fake.faults.silent = true
      await effects.advance(3000)
      fake.cut()
      fake.faults.silent = false
    },
    restartCarrier: async () => fake.restart(),
    stop: () => driver.stop(),
  }
})

/*
 * A real FreeSWITCH, where one is named: ESL_URL and ESL_PASSWORD, with ESL_GATEWAY as the trunk to numbers that behave as above,
 * and ESL_SOUND as a recording that it can play.
 */
const { ESL_URL, ESL_PASSWORD = 'ClueCon', ESL_GATEWAY = 'trunk', ESL_SOUND = '/opt/sounds/hello.wav' } = process.env

if (ESL_URL !== undefined)
  describeDriver('freeswitch against a real switch', async (listener) => {
    const effects = createEffects()
    const installationId = effects.id()
    const driver = createFreeswitch({
      ...{ url: ESL_URL, password: ESL_PASSWORD, gateway: ESL_GATEWAY, installationId, effects, log: silentLog },
      ...{ agentEndpoint: `sofia/gateway/${ESL_GATEWAY}/{extension}`, ...noLimits },
      renderSpeech: () => wait(slowRenderMs).then(() => ESL_SOUND),
    })
    const wait = (durationMs: number) => new Promise<void>((resolve) => effects.timer(durationMs, resolve))
    async function until(what: string, holds: () => boolean): Promise<void> {
      const endsAtMs = effects.monotonic() + 15_000
      while (!holds()) {
        if (effects.monotonic() > endsAtMs) throw new Error(`waited in vain for ${what}`)
        await wait(5)
      }
    }
    const isConnected = await start(driver, listener)
    await until('the connection', isConnected)
    return {
      ...{ driver, installationId, until, ringTimeoutMs: 3000, maxDurationMs: 2000 },
      numberFor: (behaviour) => numbers[behaviour],
      extensionFor: (phone) => extensions[phone],
      recordings: { present: ESL_SOUND, missing: '/opt/sounds/nosuch.wav' },
      callId: () => effects.id(),
      quiet: () => wait(2000),
      pass: wait,
      speeches: { renderMs: slowRenderMs, playedCount: null },
      digits: ['1', '9'],
      breakConnection: null,
      stopReading: null,
      restartCarrier: null,
      stop: () => driver.stop(),
    }
  })

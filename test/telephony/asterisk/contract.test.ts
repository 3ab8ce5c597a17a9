import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEffects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createAsterisk } from '../../../src/telephony/asterisk/asterisk.ts'
import { type Mode, modes } from '../../../src/telephony/asterisk/placing.ts'
import type { Driver, DriverListener, MediaVerb } from '../../../src/telephony/driver.ts'
import { type Behaviour, type DriverFixture, type MakeFixture, type Phone, slowRenderMs } from '../contract-fixture.ts'
import { describeDriver } from '../contract-suite.ts'
import { createPump, withPump } from '../pump.ts'
import { password, username } from './fake-desk.ts'
import { createFakeLine } from './fake-line.ts'

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
  ANSWERS: 'agent1',
  ANSWERS_AND_HANGS_UP: 'agent4',
  REJECTS: 'agent2',
  RINGS_FOR_EVER: 'agent3',
}
const digits = ['1', '9']
/** What is answered only after something has happened at the switch. */
const pumpedMethods = ['lookup', 'stop'] as const
const pumpedVerbs: readonly MediaVerb[] = ['START_RECORDING', 'STOP_RECORDING', 'DIAL', 'DETECT_MACHINE']
const noLimits = { callsPerSecond: 0, callsMax: 0 }

/** A listener that hears all that another does, and whether there is a connection. */
function withConnection(listener: DriverListener) {
  let isConnected = false
  const heard: DriverListener = {
    ...listener,
    connected() {
      isConnected = true
      listener.connected()
    },
  }
  return { heard, isConnected: () => isConnected }
}

/** A fake one, in memory: its time and the driver's move only when a test lets them. */
const makeFake =
  (mode: Mode): MakeFixture =>
  async (listener) => {
    const effects = createSimulatedEffects()
    const { desk, kill, url, openHttp, openSocket } = createFakeLine({ effects })
    const installationId = effects.id()
    const text = 'http://localhost/what/was/rendered/of/a/text.wav'
    const pump = createPump(effects)
    const made = createAsterisk({
      ...{ url, username, password, trunk: 'trunk', mode, installationId, effects, log: silentLog, ...noLimits },
      ...{ openHttp, openSocket },
      renderSpeech: () => new Promise((resolve) => void effects.timer(slowRenderMs, () => resolve(text))),
    })
    const driver: Driver = {
      ...withPump(made, pump, pumpedMethods),
      perform(callId, command) {
        const performed = made.perform(callId, command)
        return pumpedVerbs.includes(command.type) ? pump.of(performed) : performed
      },
    }
    const until: DriverFixture['until'] = async (_what, holds) => {
      await pump.rest()
      await effects.run({ until: holds, limitMs: 60_000 })
    }
    const pass = async (durationMs: number) => {
      await pump.rest()
      await effects.advance(durationMs)
    }
    const { heard, isConnected } = withConnection(listener)
    await driver.start(heard)
    await until('a connection', isConnected)
    return {
      ...{ driver, installationId, until, digits, callId: () => effects.id() },
      ...{ ringTimeoutMs: 3000, maxDurationMs: 2000 },
      ...{ pass, quiet: () => pass(5000) },
      numberFor: (behaviour) => numbers[behaviour],
      extensionFor: (phone) => extensions[phone],
      recordings: { present: 'http://localhost/hello.wav', missing: 'http://localhost/missing.wav' },
      speeches: {
        renderMs: slowRenderMs,
        playedCount: () => desk.asked('POST', 'channels').filter(({ query }) => query.media === `sound:${text}`).length,
      },
      breakConnection: desk.breakConnections,
      async stopReading() {
        desk.fallSilent()
        await pass(3000)
        desk.speakAgain()
        desk.breakConnections()
      },
      async restartCarrier() {
        kill()
        await pass(1000)
        desk.boot()
      },
      stop: () => driver.stop(),
    }
  }

for (const mode of modes) describeDriver(`asterisk in mode ${mode}`, makeFake(mode))

const realWithinMs = 20_000
const realLookEveryMs = 5
const realQuietMs = 1000
const wavHeaderBytes = 44
const samplesPerSecond = 8000

/** Half a second of silence, as Asterisk takes it: mono, 8 kHz, 16 bits. */
function silence(): Buffer {
  const wav = Buffer.alloc(wavHeaderBytes + samplesPerSecond)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(samplesPerSecond, 24)
  wav.writeUInt32LE(2 * samplesPerSecond, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(wav.length - wavHeaderBytes, 40)
  return wav
}

/** A real Asterisk whose trunk leads to called sides that do what the numbers say, and that reaches this machine. */
function makeReal(url: string, { ARI_HOST = '127.0.0.1', ...environment }: NodeJS.ProcessEnv): MakeFixture {
  const { ARI_USERNAME = 'dialgraph', ARI_PASSWORD = '', ARI_TRUNK = 'trunk', ARI_MODE = 'context' } = environment
  const mode = ARI_MODE === 'app' ? 'app' : 'context'
  const connection = { url, username: ARI_USERNAME, password: ARI_PASSWORD, trunk: ARI_TRUNK, mode } as const
  return async (listener) => {
    const texts = { rendered: 0, fetched: 0 }
    const recordings = createServer(({ url: path = '' }, response) => {
      const isThere = path === '/silence.wav' || path.startsWith('/text-')
      if (path.startsWith('/text-')) texts.fetched++
      response.statusCode = isThere ? 200 : 404
      response.end(isThere ? silence() : undefined)
    })
    await once(recordings.listen(0), 'listening')
    const effects = createEffects()
    const pause = (durationMs: number) => new Promise<void>((resolve) => void effects.timer(durationMs, resolve))
    const until: DriverFixture['until'] = async (what, holds) => {
      const giveUpAt = effects.monotonic() + realWithinMs
      while (!holds()) {
        if (effects.monotonic() > giveUpAt) throw new Error(`this never came: ${what}`)
        await pause(realLookEveryMs)
      }
    }
    const installationId = effects.id()
    const address = `http://${ARI_HOST}:${(recordings.address() as AddressInfo).port}`
    const driver = createAsterisk({
      ...{ ...connection, installationId, effects, log: silentLog, ...noLimits },
      // Each one is another file, which Asterisk has to fetch before it plays it.
      renderSpeech: () => pause(slowRenderMs).then(() => `${address}/text-${installationId}-${texts.rendered++}.wav`),
    })
    const { heard, isConnected } = withConnection(listener)
    await driver.start(heard)
    await until('a connection', isConnected)
    return {
      ...{ driver, installationId, until, digits, pass: pause, callId: () => effects.id() },
      ...{ ringTimeoutMs: 3000, maxDurationMs: 2000, breakConnection: null, stopReading: null, restartCarrier: null },
      quiet: () => pause(realQuietMs),
      numberFor: (behaviour) => numbers[behaviour],
      // One phone is there, and it answers.
      extensionFor: (phone) => (phone === 'ANSWERS' ? extensions.ANSWERS : null),
      speeches: { renderMs: slowRenderMs, playedCount: () => texts.fetched },
      recordings: { present: `${address}/silence.wav`, missing: `${address}/missing.wav` },
      async stop() {
        for (const callId of await driver.list()) await driver.hangup(callId, 'CANCEL')
        await driver.stop()
        recordings.close()
      },
    }
  }
}

const { ARI_URL } = process.env
if (ARI_URL) describeDriver(`asterisk at ${ARI_URL}`, makeReal(ARI_URL, process.env))

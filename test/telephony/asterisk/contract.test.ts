import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEffects, type Effects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import { type AsteriskOptions, createAsterisk } from '../../../src/telephony/asterisk/asterisk.ts'
import { type Mode, modes } from '../../../src/telephony/asterisk/placing.ts'
import { type Behaviour, type DriverFixture, type MakeFixture, type Phone, slowRenderMs } from '../contract-fixture.ts'
import { describeDriver } from '../contract-suite.ts'
import { password, startFakeAri, username } from './fake-ari.ts'
import { speedOfTests } from './support.ts'

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
const lookEveryMs = 5

/** On real time, but that deadlines of a second and more last longer: a busy machine is no slow Asterisk. */
function createPatientEffects(): Effects {
  const effects = createEffects()
  const patience = (delayMs: number) => (delayMs < 1000 ? delayMs : 10 * delayMs)
  return { ...effects, timer: (delayMs, run, options) => effects.timer(patience(delayMs), run, options) }
}

type Connection = Pick<AsteriskOptions, 'url' | 'username' | 'password' | 'trunk' | 'mode'>

interface FixtureOptions {
  readonly effects: Effects
  readonly withinMs: number
  readonly quietMs: number
  /** Where a text lies once it was rendered. */
  renderedText(): string
}

/** What is the same for a fake Asterisk and for a real one. */
async function openFixture(
  listener: Parameters<MakeFixture>[0],
  connection: Connection,
  { effects, withinMs, quietMs, renderedText }: FixtureOptions,
) {
  const installationId = effects.id()
  const pause = (durationMs: number) => new Promise<void>((resolve) => void effects.timer(durationMs, resolve))
  const driver = createAsterisk({
    ...{ ...connection, installationId, effects, log: silentLog },
    ...{ callsPerSecond: 0, callsMax: 0 },
    renderSpeech: () => pause(slowRenderMs).then(renderedText),
  })
  const until: DriverFixture['until'] = async (what, holds) => {
    const giveUpAt = effects.monotonic() + withinMs
    while (!holds()) {
      if (effects.monotonic() > giveUpAt) throw new Error(`this never came: ${what}`)
      await pause(lookEveryMs)
    }
  }
  let isConnected = false
  await driver.start({
    ...listener,
    connected() {
      isConnected = true
      listener.connected()
    },
  })
  await until('a connection', () => isConnected)
  return {
    ...{ driver, installationId, until, quiet: () => pause(quietMs), pass: pause, callId: () => effects.id() },
    numberFor: (behaviour: Behaviour) => numbers[behaviour],
    digits: ['1', '9'],
  }
}

const makeFake =
  (mode: Mode): MakeFixture =>
  async (listener) => {
    const asterisk = await startFakeAri({ speed: speedOfTests })
    const connection = { url: asterisk.url, username, password, trunk: 'trunk', mode }
    const effects = createPatientEffects()
    const text = 'http://localhost/text.wav'
    const options = { effects, withinMs: 15_000, quietMs: 150, renderedText: () => text }
    const fixture = await openFixture(listener, connection, options)
    const isOfText = (query: Readonly<Record<string, string>>) => query.media === `sound:${text}`
    return {
      ...fixture,
      ...{ ringTimeoutMs: 100, maxDurationMs: 100 },
      extensionFor: (phone) => extensions[phone],
      recordings: { present: 'http://localhost/hello.wav', missing: 'http://localhost/missing.wav' },
      speeches: {
        renderMs: slowRenderMs,
        playedCount: () => asterisk.asked('POST', 'channels').filter(({ query }) => isOfText(query)).length,
      },
      breakConnection: asterisk.breakConnections,
      async stopReading() {
        asterisk.fallSilent()
        await fixture.quiet()
        asterisk.speakAgain()
        asterisk.breakConnections()
      },
      async restartCarrier() {
        await asterisk.kill()
        await asterisk.boot()
      },
      async stop() {
        await fixture.driver.stop()
        await asterisk.stop()
      },
    }
  }

for (const mode of modes) describeDriver(`asterisk in mode ${mode}`, makeFake(mode))

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
    const runId = createEffects().id()
    const address = `http://${ARI_HOST}:${(recordings.address() as AddressInfo).port}`
    const fixture = await openFixture(listener, connection, {
      effects: createEffects(),
      withinMs: 20_000,
      quietMs: 1000,
      // Each one is another file, which Asterisk has to fetch before it plays it.
      renderedText: () => `${address}/text-${runId}-${texts.rendered++}.wav`,
    })
    return {
      ...fixture,
      ...{ ringTimeoutMs: 3000, maxDurationMs: 2000, breakConnection: null, stopReading: null, restartCarrier: null },
      // One phone is there, and it answers.
      extensionFor: (phone) => (phone === 'ANSWERS' ? extensions.ANSWERS : null),
      speeches: { renderMs: slowRenderMs, playedCount: () => texts.fetched },
      recordings: { present: `${address}/silence.wav`, missing: `${address}/missing.wav` },
      async stop() {
        for (const callId of await fixture.driver.list()) await fixture.driver.hangup(callId, 'CANCEL')
        await fixture.driver.stop()
        recordings.close()
      },
    }
  }
}

const { ARI_URL } = process.env
if (ARI_URL) describeDriver(`asterisk at ${ARI_URL}`, makeReal(ARI_URL, process.env))

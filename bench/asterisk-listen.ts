/**
 * What a called side hears through a real Asterisk (ARI_URL, see asterisk-real.ts), held against what was asked for: two recordings of
 * different tones, one after the other, and a text that takes 3 s to be rendered and is stopped before.
 */
import { createServer } from 'node:http'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createAsterisk } from '../src/telephony/asterisk/asterisk.ts'
import { newsText } from '../test/telephony/news-text.ts'
import { asteriskOf } from './asterisk-real.ts'
import { pause } from './program.ts'
import { startSipAnswerer } from './sip-answerer.ts'
import { printRow } from './support.ts'

const samplesPerSecond = 8000
const { SIP_HOST = '127.0.0.2', SIP_PORT = '15070', ARI_HOST = '127.0.0.1' } = process.env
const tones: Readonly<Record<string, number>> = { '/low.wav': 440, '/high.wav': 1000, '/text.wav': 700 }
const toneSeconds = 1
/** A window of the spectrum, and what share of its power makes a tone that is there. */
const windowSamples = 400
const shareMin = 0.5
const loudMin = 500
const qualifiedWithinMs = 5000

const called = await startSipAnswerer(SIP_HOST, Number(SIP_PORT))
const server = createServer(({ url = '' }, response) => {
  const hertz = tones[url]
  response.statusCode = hertz === undefined ? 404 : 200
  response.end(hertz === undefined ? undefined : wavOf(hertz))
})
await new Promise<void>((resolve) => server.listen(0, resolve))
const at = (path: string) => `http://${ARI_HOST}:${(server.address() as { port: number }).port}${path}`

const effects = createEffects()
const heard: string[] = []
const driver = createAsterisk({
  ...asteriskOf(process.env),
  ...{ installationId: effects.id(), effects, log: silentLog },
  renderSpeech: () => pause(3000).then(() => at('/text.wav')),
})
await new Promise<void>((resolve) => {
  void driver.start({ news: (news) => heard.push(newsText(news)), connected: resolve, disconnected() {} })
})
// Where the trunk is qualified, Asterisk has to find out first that somebody is there.
await pause(qualifiedWithinMs)
const callId = effects.id()
const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const
await driver.originate({
  ...{ callId, to: address('1001'), from: address('+12025550100'), ringTimeoutMs: 10_000, maxDurationMs: 60_000 },
  ...{ tryCount: 1, variables: {} },
})
await until('ANSWERED')
await driver.perform(callId, { type: 'PLAY', playbackId: 'tones', urls: [at('/low.wav'), at('/high.wav')] })
await until('PLAYBACK_ENDED tones')
const spoken = driver.perform(callId, {
  ...{ type: 'SPEAK', playbackId: 'text' },
  speech: { text: 'never heard', language: null, gender: null },
})
await pause(1000)
await driver.perform(callId, { type: 'STOP_PLAYBACK', playbackId: 'text' })
await until('PLAYBACK_ENDED text')
await spoken
await pause(1000)
await driver.hangup(callId, 'NORMAL')
await until('HANGUP NORMAL US')

const stretches = stretchesOf(called.calls.find(({ number }) => number === '1001')?.heard() ?? new Int16Array())
for (const { hertz, seconds } of stretches)
  printRow(`heard ${hertz === 0 ? 'silence' : `${hertz} Hz`}, s`, seconds.toFixed(2))
const order = stretches.map(({ hertz }) => hertz).filter((hertz) => hertz !== 0)
const isRight = JSON.stringify(order) === JSON.stringify([tones['/low.wav'], tones['/high.wav']])
const isWhole = stretches
  .filter(({ hertz }) => hertz !== 0)
  .every(({ seconds }) => Math.abs(seconds - toneSeconds) < 0.15)
printRow('as it was asked for', isRight && isWhole ? 'yes' : 'NO')
if (!isRight || !isWhole) process.exitCode = 1
await driver.stop()
await called.close()
server.close()

async function until(line: string): Promise<void> {
  const giveUpAt = performance.now() + 30_000
  while (!heard.includes(line)) {
    if (performance.now() > giveUpAt) throw new Error(`never heard ${line}; heard ${heard.join(', ')}`)
    await pause(5)
  }
}

/** Mono, 8 kHz, 16 bits. */
function wavOf(hertz: number): Buffer {
  const samples = Buffer.alloc(2 * samplesPerSecond * toneSeconds)
  for (let i = 0; i < samples.length / 2; i++)
    samples.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * hertz * i) / samplesPerSecond)), 2 * i)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  for (const [offset, value] of [
    [16, 16],
    [24, samplesPerSecond],
    [28, 2 * samplesPerSecond],
    [40, samples.length],
  ] as const)
    header.writeUInt32LE(value, offset)
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    header.writeUInt16LE(value, offset)
  header.write('data', 36)
  return Buffer.concat([header, samples])
}

/** Which tone sounds for how long, window by window; 0 for none of them. */
function stretchesOf(samples: Int16Array): { readonly hertz: number; readonly seconds: number }[] {
  const stretches: { hertz: number; seconds: number }[] = []
  for (let start = 0; start + windowSamples <= samples.length; start += windowSamples) {
    const hertz = toneOf(samples.subarray(start, start + windowSamples))
    const last = stretches.at(-1)
    const seconds = windowSamples / samplesPerSecond
    if (last?.hertz === hertz) last.seconds += seconds
    else stretches.push({ hertz, seconds })
  }
  // A window that two tones share is of neither.
  return stretches.filter(({ hertz, seconds }) => hertz === 0 || seconds > 2 * (windowSamples / samplesPerSecond))
}

/** Goertzel, for each tone that may sound. */
function toneOf(window: Int16Array): number {
  const power = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length
  if (Math.sqrt(power) < loudMin) return 0
  for (const hertz of Object.values(tones)) {
    const factor = 2 * Math.cos((2 * Math.PI * hertz) / samplesPerSecond)
    let [one, two] = [0, 0]
    for (const sample of window) [one, two] = [sample + factor * one - two, one]
    const magnitude = (one * one + two * two - factor * one * two) / (window.length * window.length)
    if ((2 * magnitude) / power > shareMin) return hertz
  }
  return 0
}

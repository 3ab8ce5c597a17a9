/**
 * The driver of Asterisk against a fake one in another process: 200 calls a second for 30 s, each of which is answered and hung up, and
 * then 1000 that ring at once. What is lost, and what it costs.
 */
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createAsterisk } from '../src/telephony/asterisk/asterisk.ts'
import { password, username } from '../test/telephony/asterisk/fake-ari.ts'
import { messageOf, pause, startScript } from './program.ts'
import { printRow, quantile } from './support.ts'

const callsPerSecond = 200
const durationMs = 30_000
const ringingCount = 1000
const ringingForMs = 10_000
const stepMs = 50
/** Rings for 0.1 s, talks for 1.5 s, and hangs up. */
const talkingNumber = '1000'
const ringingNumber = '1180'
const endWithinMs = 15_000

const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const
const child = startScript('asterisk-switch.ts')
const url = await messageOf<string>(child)
const effects = createEffects()
const driver = createAsterisk({
  ...{ url, username, password, trunk: 'trunk', mode: 'context', installationId: 'bench', effects, log: silentLog },
  ...{ callsPerSecond: 0, callsMax: 0 },
})
const rang = new Set<string>()
const ended = new Map<string, string>()
let newsCount = 0
await new Promise<void>((resolve) => {
  void driver.start({
    news(news) {
      newsCount++
      if (news.type === 'RINGING') rang.add(news.callId)
      if (news.type === 'HANGUP') ended.set(news.callId, news.reason)
    },
    connected: resolve,
    disconnected: (detail) => console.error(detail),
  })
})

/** Begins to measure. The function that is returned says what it came to until then. */
function startMeter() {
  const cpuBefore = process.cpuUsage()
  const startedAtMs = effects.monotonic()
  let residentMax = 0
  return {
    look() {
      residentMax = Math.max(residentMax, process.memoryUsage.rss())
    },
    print() {
      const { user, system } = process.cpuUsage(cpuBefore)
      const seconds = (effects.monotonic() - startedAtMs) / 1000
      printRow('  CPU of the driver, % of a core', ((user + system) / 1e4 / seconds).toFixed(0))
      printRow('  memory of the process at its most, MiB', (residentMax / 1024 / 1024).toFixed(0))
    },
  }
}

/** So many calls to a number, that many a second. */
async function placeAll(prefix: string, number: string, count: number, look: () => void) {
  const answerMs: number[] = []
  let refusedCount = 0
  async function place(callId: string): Promise<void> {
    const startedAtMs = effects.monotonic()
    const { type } = await driver.originate({
      ...{ callId, to: address(number), from: address('+12025550100'), tryCount: 1, variables: {} },
      ...{ ringTimeoutMs: 120_000, maxDurationMs: 3_600_000 },
    })
    if (type !== 'ACCEPTED') refusedCount++
    answerMs.push(effects.monotonic() - startedAtMs)
  }
  const placing: Promise<void>[] = []
  const startedAtMs = effects.monotonic()
  while (placing.length < count) {
    const due = Math.min(count, ((effects.monotonic() - startedAtMs) * callsPerSecond) / 1000)
    while (placing.length < due) placing.push(place(`${prefix}-${placing.length}`))
    look()
    await pause(stepMs)
  }
  await Promise.all(placing)
  return { answerMs, refusedCount }
}

async function until(holds: () => boolean, look: () => void): Promise<void> {
  const giveUpAtMs = effects.monotonic() + endWithinMs
  while (!holds() && effects.monotonic() < giveUpAtMs) {
    look()
    await pause(stepMs)
  }
}

const countOf = (ids: Iterable<string>, prefix: string) => [...ids].filter((id) => id.startsWith(prefix)).length

async function talk(): Promise<void> {
  const { look, print } = startMeter()
  const count = (callsPerSecond * durationMs) / 1000
  const { answerMs, refusedCount } = await placeAll('talks', talkingNumber, count, look)
  await until(() => ended.size === count - refusedCount, look)
  printRow(`${callsPerSecond} calls a second for ${durationMs / 1000} s`, String(count))
  printRow('  not accepted', String(refusedCount))
  printRow('  lost: placed, and their end never told', String(count - refusedCount - ended.size))
  printRow('  ended otherwise than they did', String([...ended.values()].filter((of) => of !== 'NORMAL').length))
  printRow('  news', String(newsCount))
  const quantiles = [0.5, 0.99].map((share) => quantile(answerMs, share).toFixed(1))
  printRow('  answer to a request: p50, p99, ms', quantiles.join(', '))
  print()
}

async function ring(): Promise<void> {
  const { look, print } = startMeter()
  const { refusedCount } = await placeAll('rings', ringingNumber, ringingCount, look)
  const isRinging = () => countOf(rang, 'rings') === ringingCount - refusedCount
  await until(isRinging, look)
  const listed = (await driver.list()).length
  const meter = startMeter()
  meter.look()
  await pause(ringingForMs)
  printRow('calls that ring at once', String(ringingCount))
  printRow('  not accepted', String(refusedCount))
  printRow('  heard to ring, and listed', `${countOf(rang, 'rings')}, ${listed}`)
  printRow(`  while they ring, for ${ringingForMs / 1000} s`, '')
  meter.print()
  await Promise.all(Array.from({ length: ringingCount }, (_, i) => driver.hangup(`rings-${i}`, 'CANCEL')))
  await until(() => countOf(ended.keys(), 'rings') === ringingCount - refusedCount, look)
  const cancelled = [...ended].filter(([id, reason]) => id.startsWith('rings') && reason === 'CANCEL').length
  printRow('  lost: not told as cancelled', String(ringingCount - refusedCount - cancelled))
  printRow('  in all', '')
  print()
}

await talk()
await ring()
await driver.stop()
child.disconnect()

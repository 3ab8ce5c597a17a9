/** The driver of Asterisk at 200 calls a second for 30 s against a fake one in another process: what is lost, and what it costs. */
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createAsterisk } from '../src/telephony/asterisk/asterisk.ts'
import { password, username } from '../test/telephony/asterisk/fake-ari.ts'
import { messageOf, pause, startScript } from './program.ts'
import { printRow, quantile } from './support.ts'

const callsPerSecond = 200
const durationMs = 30_000
const groupEveryMs = 50
/** Rings for 0.1 s, talks for 1.5 s, and hangs up. */
const number = '1000'
const callsEndWithinMs = 15_000

const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const
const child = startScript('asterisk-switch.ts')
const url = await messageOf<string>(child)
const effects = createEffects()
const driver = createAsterisk({
  ...{ url, username, password, trunk: 'trunk', mode: 'context', installationId: 'bench', effects, log: silentLog },
  ...{ callsPerSecond: 0, callsMax: 0 },
})
const ended = new Map<string, string>()
let newsCount = 0
await new Promise<void>((resolve) => {
  void driver.start({
    news(news) {
      newsCount++
      if (news.type === 'HANGUP') ended.set(news.callId, news.reason)
    },
    connected: resolve,
    disconnected: (detail) => console.error(detail),
  })
})

const answers = new Map<string, string>()
const answerMs: number[] = []
let residentMax = 0
let placedCount = 0

async function place(callId: string): Promise<void> {
  const startedAt = effects.monotonic()
  const { type } = await driver.originate({
    ...{ callId, to: address(number), from: address('+12025550100'), ringTimeoutMs: 30_000, maxDurationMs: 3_600_000 },
    ...{ tryCount: 1, variables: {} },
  })
  answers.set(callId, type)
  answerMs.push(effects.monotonic() - startedAt)
}

const placing: Promise<void>[] = []
const cpuBefore = process.cpuUsage()
const startedAt = effects.monotonic()
while (effects.monotonic() - startedAt < durationMs) {
  const due = ((effects.monotonic() - startedAt) * callsPerSecond) / 1000
  for (; placedCount < due; placedCount++) placing.push(place(`call-${placedCount}`))
  residentMax = Math.max(residentMax, process.memoryUsage.rss())
  await pause(groupEveryMs)
}
await Promise.all(placing)
const giveUpAt = effects.monotonic() + callsEndWithinMs
while (ended.size < placedCount && effects.monotonic() < giveUpAt) await pause(groupEveryMs)
const seconds = (effects.monotonic() - startedAt) / 1000
const { user, system } = process.cpuUsage(cpuBefore)

const refusedCount = [...answers.values()].filter((type) => type !== 'ACCEPTED').length
const otherwiseCount = [...ended.values()].filter((reason) => reason !== 'NORMAL').length
printRow('calls placed', `${placedCount} in ${durationMs / 1000} s`)
printRow('calls not accepted', String(refusedCount))
printRow('calls lost: placed, and their end never told', String(placedCount - refusedCount - ended.size))
printRow('calls that ended otherwise than they did', String(otherwiseCount))
printRow('news', String(newsCount))
printRow(
  'answer to a request: p50, p99, ms',
  `${quantile(answerMs, 0.5).toFixed(1)}, ${quantile(answerMs, 0.99).toFixed(1)}`,
)
printRow('CPU of the driver, % of a core', ((user + system) / 1e4 / seconds).toFixed(0))
printRow('memory of the process at its most, MiB', (residentMax / 1024 / 1024).toFixed(0))
await driver.stop()
child.disconnect()

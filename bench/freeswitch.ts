/**
 * The FreeSWITCH driver at 200 calls a second for 30 s, against the fake event socket in a process of its own: every call is
 * rung, answered and hung up, and its news is counted. Events are padded to the size of a real switch's.
 */
import { fork } from 'node:child_process'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createFreeswitch } from '../src/telephony/freeswitch/freeswitch.ts'
import { createFakeEsl } from '../test/telephony/freeswitch/fake-esl.ts'
import { printRow, quantile } from './support.ts'

const callsPerSecond = Number(process.argv[2] ?? 200)
const seconds = Number(process.argv[3] ?? 30)

if (process.send === undefined) await drive()
else await serve()

/** The switch. */
async function serve(): Promise<void> {
  const padding = Object.fromEntries(Array.from({ length: 110 }, (_, i) => [`variable_padding_${i}`, 'x'.repeat(30)]))
  const { url } = await createFakeEsl({ effects: createEffects(), padding }).listen()
  process.send?.(url)
  process.on('disconnect', () => process.exit())
}

async function drive(): Promise<void> {
  const effects = createEffects()
  const fake = fork(process.argv[1] ?? '', { execArgv: ['--import', 'tsx'] })
  const url = await new Promise<string>((resolve) => fake.once('message', (told) => resolve(String(told))))
  const counts = { RINGING: 0, ANSWERED: 0, HANGUP: 0 }
  const reasons: Record<string, number> = {}
  const ended = new Set<string>()
  const installationId = effects.id()
  const driver = createFreeswitch({
    ...{ url, password: 'ClueCon', gateway: 'trunk', installationId, effects, log: silentLog },
    ...{ callsPerSecond: 0, callsMax: 0 },
  })
  let finish = () => {}
  const total = callsPerSecond * seconds
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  await new Promise<void>((resolve) => {
    void driver.start({
      connected: resolve,
      disconnected: (detail) => printRow('connection lost', detail),
      news(news) {
        if (news.type in counts) counts[news.type as keyof typeof counts]++
        if (news.type !== 'HANGUP') return
        ended.add(news.callId)
        reasons[news.reason] = (reasons[news.reason] ?? 0) + 1
        if (ended.size === total) finish()
      },
    })
  })

  const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const
  const answers: Record<string, number> = {}
  const answerMs: number[] = []
  let rssMax = 0
  async function place(): Promise<void> {
    const startedAt = performance.now()
    const { type } = await driver.originate({
      ...{ callId: effects.id(), to: address('+12025551000'), from: address('+12025550100') },
      ...{ ringTimeoutMs: 30_000, maxDurationMs: 3_600_000, tryCount: 1 },
      variables: { dialgraph_installation: installationId },
    })
    answerMs.push(performance.now() - startedAt)
    answers[type] = (answers[type] ?? 0) + 1
  }

  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  for (let placed = 0; placed < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * callsPerSecond) / 1000))
    for (; placed < due; placed++) void place()
    rssMax = Math.max(rssMax, process.memoryUsage.rss())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const late = setTimeout(finish, 30_000)
  await finished
  clearTimeout(late)
  const elapsedMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  printRow('calls', String(total))
  printRow('seconds', (elapsedMs / 1000).toFixed(1))
  printRow('answers to the requests', JSON.stringify(answers))
  printRow('news', JSON.stringify(counts))
  printRow('reasons', JSON.stringify(reasons))
  printRow('calls without an end', String(total - ended.size))
  printRow(
    'time to ACCEPTED, milliseconds, median and p99',
    [0.5, 0.99].map((of) => quantile(answerMs, of).toFixed(1)).join(', '),
  )
  printRow('CPU of the driver, percent of a core', ((user + system) / 10 / elapsedMs).toFixed(1))
  printRow('CPU of the driver per call, microseconds', ((user + system) / total).toFixed(0))
  printRow('memory of the process at most, MB', (rssMax / 1024 ** 2).toFixed(0))
  await driver.stop()
  fake.disconnect()
}

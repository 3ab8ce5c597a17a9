/**
 * 500 subscribers of 50 campaigns, ten each, while 200 transitions are committed in a second: how long after its commit each of
 * them has each transition, what that costs, and whether anybody lacks one. The whole program runs in this process, and the
 * subscribers in another, over as many sockets as they are, as people's browsers do, and over ten, as services do.
 * `npx tsx bench/subscribers.ts [seconds]`
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { App } from '../src/app/app.ts'
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { silentLog } from '../src/kernel/log.ts'
import { answeredNumber, configOf, messageOf, pause, sharedClockMs, startScript } from './program.ts'
import type { Received, SubscribersTask } from './subscribers-client.ts'
import { makeCampaign, must, printRow, quantile, temporaryFolder } from './support.ts'

const seconds = Number(process.argv[2] ?? 30)
const warmUpSeconds = 3
const campaignCount = 50
const subscribers = 500
/** Each makes three transitions: CREATED, ANSWERED, ENDED. */
const callsPerSecond = 67
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is in use, after a collection; what V8 keeps for later is in the second figure. */
function memoryMebibytes() {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: (heapUsed + external) / 1024 / 1024, resident: rss / 1024 / 1024 }
}

async function givenCampaigns(app: App): Promise<string[]> {
  const targets = Math.ceil((callsPerSecond * (seconds + warmUpSeconds) * 1.2) / campaignCount)
  const ids: string[] = []
  for (let i = 0; i < campaignCount; i++) {
    const { campaign } = await makeCampaign(app, { targets, numberOf: (j) => answeredNumber(i * targets + j) })
    ids.push(campaign.id)
  }
  return ids
}

/**
 * When each transition was committed, by position: the moment when the readers of the log are told, a few microtasks after
 * SQLite's COMMIT has returned. The clock is the kernel's monotonic one, the same for all processes.
 */
function noteCommits(app: App): number[] {
  const committedAtMs: number[] = []
  const { committed } = app.reader
  app.reader.committed = (position) => {
    const now = sharedClockMs()
    for (let i = app.reader.latestPosition() + 1; i <= position; i++) committedAtMs[i] = now
    committed(position)
  }
  return committedAtMs
}

/** Positions of a campaign's transitions after a cursor, by pages. */
async function readPositions(app: App, campaignId: string, after: string): Promise<number[]> {
  const first = 500
  const page = await app.transitions.campaigncallList(localViewer, { after, campaignId, first })
  const positions = page.map(({ position }) => position)
  if (page.length < first) return positions
  return [...positions, ...(await readPositions(app, campaignId, app.transitions.cursorOf(positions.at(-1) ?? 0)))]
}

/** Subscribers who did not receive exactly the log of their campaign after the cursor, in its order. */
async function countWronged(app: App, campaignIds: readonly string[], after: string, received: readonly Received[]) {
  const logs = await Promise.all(campaignIds.map((id) => readPositions(app, id, after)))
  return received.filter(({ positions }, i) => positions.join() !== logs[i % logs.length]?.join()).length
}

async function measure(sockets: number, fields: string) {
  const folder = temporaryFolder()
  // Ten times as fast as life, so that calls in flight are soon as many as they will be.
  const simulator = { speed: 10, seed: 1, answerRate: 0, url: null }
  const config = configOf(`${folder.path}/subscribers.sqlite`, {
    callsPerSecond,
    carrier: { driver: 'simulator', settings: simulator },
  })
  const { app, url, stop } = await startDialgraph(config, silentLog)
  const campaignIds = await givenCampaigns(app)
  const committedAtMs = noteCommits(app)
  const child = startScript('./subscribers-client.ts')
  const after = app.transitions.cursorOf(app.transitions.latestPosition())
  const emptyMemory = memoryMebibytes()
  const address = `${url.replace('http', 'ws')}/graphql`
  child.send({ url: address, after, campaignIds, sockets, subscribers, fields } satisfies SubscribersTask)
  await messageOf(child)
  for (const id of campaignIds) must(await app.campaigns.run(localViewer, id))
  await pause(warmUpSeconds * 1000)

  const warmMemory = memoryMebibytes()
  const first = app.transitions.latestPosition() + 1
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await pause(seconds * 1000)
  const tookSeconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const last = app.transitions.latestPosition()
  const fullMemory = memoryMebibytes()

  for (const id of campaignIds) must(await app.campaigns.stop(localViewer, id))
  // The calls in flight end within 0.7 s.
  await pause(2000)
  child.send('tell')
  const received = await messageOf<Received[]>(child)
  child.disconnect()
  const wronged = await countWronged(app, campaignIds, after, received)
  await stop()
  folder.remove()
  const latencies = received.flatMap(({ positions, atMs }) =>
    positions.flatMap((position, i) =>
      position >= first && position <= last ? [(atMs[i] ?? Number.NaN) - (committedAtMs[position] ?? Number.NaN)] : [],
    ),
  )
  return {
    latencies,
    wronged,
    transitionsPerSecond: (last - first + 1) / tookSeconds,
    deliveriesPerSecond: latencies.length / tookSeconds,
    cpuPercent: (user + system) / 1e4 / tookSeconds,
    takenMebibytes: warmMemory.used - emptyMemory.used,
    grownMebibytes: fullMemory.used - warmMemory.used,
    residentMebibytes: fullMemory.resident,
  }
}

const plain = 'event version at from to result hangupReason'
const nested = `${plain} agent { name } campaigncall { id status outdialTarget { name } }`
for (const [name, sockets, fields] of [
  ['500 sockets', subscribers, plain],
  ['10 sockets', 10, plain],
  ['500 sockets, the call and its target as well', subscribers, nested],
] as const) {
  const found = await measure(sockets, fields)
  const show = (...figures: number[]) => figures.map((figure) => figure.toFixed(0)).join(', ')
  const shares = [0.5, 0.9, 0.99, 1].map((share) => quantile(found.latencies, share).toFixed(1))
  printRow(`${name}: commit to client, ms: p50, p90, p99, most`, shares.join(', '))
  printRow('  transitions, deliveries a second', show(found.transitionsPerSecond, found.deliveriesPerSecond))
  printRow('  subscribers who lack, repeat or swap any', `${found.wronged} of ${subscribers}`)
  printRow('  CPU of the program, percent of a core', show(found.cpuPercent))
  const { takenMebibytes, grownMebibytes, residentMebibytes } = found
  printRow(
    '  memory they take, growth while measured, resident at last, MiB',
    show(takenMebibytes, grownMebibytes, residentMebibytes),
  )
}

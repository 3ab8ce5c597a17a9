/**
 * A log of 1 000 000 transitions is replayed: out of the use cases, over a WebSocket against a bare graphql-ws server that
 * yields objects which are ready, and what /health takes meanwhile. Clients are processes of their own.
 * `npx tsx bench/replay.ts [transitions] [events of a round]`
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Database from 'better-sqlite3'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { App } from '../src/app/app.ts'
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { silentLog } from '../src/kernel/log.ts'
import { configOf, messageOf, pause, startScript } from './program.ts'
import type { ReplayTask } from './replay-client.ts'
import { makeCampaign, median, openApp, plainNumber, printRow, quantile, temporaryFolder } from './support.ts'

const transitions = Number(process.argv[2] ?? 1_000_000)
const events = Math.min(transitions, Number(process.argv[3] ?? 300_000))
const campaignCount = 5
const rounds = 3
const fields = 'cursor event version at from to result hangupReason'

/** Calls that were answered and ended, one after the other over the campaigns, three transitions each. */
async function writeLog(file: string): Promise<void> {
  const { app, close } = await openApp(file)
  for (let i = 0; i < campaignCount; i++) await makeCampaign(app, { targets: 1, numberOf: plainNumber })
  await close()
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const id =
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || \
    substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
  const startedAt = Date.now() - 24 * 3600 * 1000
  const calls = Math.ceil(transitions / 3)
  // One target for each campaign, tried again and again: a log knows no targets.
  db.exec(`
    insert into campaigncall (customer_id, id, campaign_id, outplan_id, outdial_id, outdial_target_id, activeflow_id,
      action_list_id, reference_type, reference_id, source, destination, destination_index, try_count, attempt,
      dial_timeout_ms, status, result, hangup_reason, version, answered_at, ended_at, created_at, updated_at)
    with recursive call (i) as (select 0 union all select i + 1 from call where i + 1 < ${calls}),
      owner as (select row_number() over (order by campaign.position) - 1 as place, campaign.*, outplan.source,
        outdial_target.id as target_id from campaign
        join outplan on outplan.id = outplan_id join outdial_target on outdial_target.outdial_id = campaign.outdial_id)
    select customer_id, ${id}, id, outplan_id, outdial_id, target_id, ${id}, action_list_id, 'CALL', ${id}, source, source,
      0, 1, i, 30000, 'DONE', 'SUCCESS', 'NORMAL', 3, ${startedAt} + i, ${startedAt} + i, ${startedAt} + i, ${startedAt} + i
    from call join owner on place = i % ${campaignCount};
    insert into transition (customer_id, kind, at, campaign_id, campaigncall_id, event, version, from_status, to_status,
      result, hangup_reason, inferred)
    with step (version, event, from_status, to_status, result, reason) as (values
      (1, 'CREATED', null, 'DIALING', null, null), (2, 'ANSWERED', 'DIALING', 'PROGRESSING', null, null),
      (3, 'ENDED', 'PROGRESSING', 'DONE', 'SUCCESS', 'NORMAL'))
    select customer_id, 'CAMPAIGNCALL', created_at, campaign_id, id, step.event, step.version, from_status, to_status,
      step.result, step.reason, 0 from campaigncall join step order by campaigncall.position, step.version`)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Entries a second out of the use case that a subscription reads. */
async function readOut(app: App, campaignId: string | null, wanted: number): Promise<number> {
  const startedAt = performance.now()
  let count = 0
  for await (const _ of await app.transitions.campaigncalls(localViewer, { campaignId, after: beginning(app) })) {
    if (++count === wanted) break
  }
  return (count * 1000) / (performance.now() - startedAt)
}

/** The cursor of before the first transition. */
function beginning(app: App): string {
  return app.transitions.cursorOf(0)
}

/** A server with nothing but graphql-ws: the same fields, out of an async generator of objects that are ready. */
async function startBare(): Promise<{ url: string; close(): void }> {
  const schema = buildSchema(`
    enum Event { CREATED ANSWERED ENDED } enum Status { DIALING PROGRESSING DONE } enum Result { SUCCESS FAIL }
    enum Reason { NORMAL } scalar DateTime
    type Transition { cursor: String! event: Event! version: Int! at: DateTime! from: Status to: Status! result: Result
      hangupReason: Reason }
    type Query { none: Int } type Subscription { campaigncallTransitioned: Transition! }`)
  const at = new Date().toISOString()
  const ready = [
    { cursor: 'SUSWp4x0d4Q6WzEsMTIzNDU2XQ', event: 'CREATED', version: 1, at, from: null, to: 'DIALING' },
    { cursor: 'SUSWp4x0d4Q6WzEsMTIzNDU3XQ', event: 'ANSWERED', version: 2, at, from: 'DIALING', to: 'PROGRESSING' },
    {
      ...{ cursor: 'SUSWp4x0d4Q6WzEsMTIzNDU4XQ', event: 'ENDED', version: 3, at, from: 'PROGRESSING', to: 'DONE' },
      ...{ result: 'SUCCESS', hangupReason: 'NORMAL' },
    },
  ]
  async function* campaigncallTransitioned() {
    // It ends: with a generator that does not, such a server never sees that its client has gone.
    for (let i = 0; i < events; i++) yield { campaigncallTransitioned: ready[i % ready.length] }
  }
  const server = createServer()
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  useServer({ schema, roots: { subscription: { campaigncallTransitioned } } }, sockets)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, close: () => server.close() }
}

const folder = temporaryFolder()
const file = `${folder.path}/replay.sqlite`
const writtenAt = performance.now()
await writeLog(file)
printRow(`seconds to write ${transitions} transitions`, ((performance.now() - writtenAt) / 1000).toFixed(1))
const { app, url, stop } = await startDialgraph(configOf(file), silentLog)
const bare = await startBare()
const client = startScript('./replay-client.ts')
const health = startScript('./health-client.ts')
health.send(url)

/** What /health took since this was last called: p50, p99, most. */
async function healthTimes(): Promise<string> {
  health.send('tell')
  const times = await messageOf<number[]>(health)
  return [0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(1)).join(', ')
}

/** Events a second that arrive, and CPU microseconds of this process for each. */
async function replay(address: string, query: string, subscribers = 1) {
  const each = Math.floor(events / subscribers)
  const before = process.cpuUsage()
  client.send({ url: address, query, events: each, subscribers } satisfies ReplayTask)
  const tookMs = await messageOf<number>(client)
  const { user, system } = process.cpuUsage(before)
  return { rate: (each * subscribers * 1000) / tookMs, cpu: (user + system) / (each * subscribers) }
}

const [campaign] = (await app.campaigns.page(localViewer, { first: 1, orderBy: 'NAME_ASC' })).rows
await readOut(app, null, events)
const all = [await readOut(app, null, transitions), await readOut(app, null, transitions)]
printRow('out of the use case, transitions a second', median(all).toFixed(0))
const one = await readOut(app, campaign?.id ?? null, Math.floor(transitions / campaignCount))
printRow('  those of one campaign of five', one.toFixed(0))

await healthTimes()
await pause(3000)
printRow('/health with nothing else to do, ms: p50, p99, most', await healthTimes())
const subscribe = (selected: string) =>
  `subscription { campaigncallTransitioned(after: "${beginning(app)}") { ${selected} } }`
const ownAddress = `${url.replace('http', 'ws')}/graphql`
const bareQuery = `subscription { campaigncallTransitioned { ${fields} } }`
type Measured = Awaited<ReturnType<typeof replay>>
const own: Measured[] = []
const bares: Measured[] = []
const healthOfRounds: string[] = []
// In turns, so that a machine that is slow for a while is slow for both. The first round warms up.
for (let round = 0; round <= rounds; round++) {
  // The bare server answers nobody while it yields: that is not counted.
  await healthTimes()
  const measured = await replay(ownAddress, subscribe(fields))
  const times = await healthTimes()
  const measuredBare = await replay(bare.url, bareQuery)
  if (round === 0) continue
  own.push(measured)
  bares.push(measuredBare)
  healthOfRounds.push(times)
}
const show = (of: readonly Measured[]) =>
  `${median(of.map(({ rate }) => rate)).toFixed(0)}, ${median(of.map(({ cpu }) => cpu)).toFixed(1)}`
printRow(`over a WebSocket, events a second, CPU µs each (median of ${rounds})`, show(own))
printRow('a bare graphql-ws server', show(bares))
printRow('share of the bare rate', median(own.map(({ rate }, i) => rate / (bares[i]?.rate ?? Number.NaN))).toFixed(2))
printRow('/health meanwhile, ms: p50, p99, most', healthOfRounds.join('; '))
await healthTimes()
printRow('ten subscribers at once', show([await replay(ownAddress, subscribe(fields), 10)]))
printRow('/health meanwhile', await healthTimes())
printRow('with the call as well', show([await replay(ownAddress, subscribe(`${fields} campaigncall { id status }`))]))
printRow('/health meanwhile', await healthTimes())
client.disconnect()
health.disconnect()
bare.close()
await stop()
folder.remove()

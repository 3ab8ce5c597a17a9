/**
 * The nested query of the README: CPU of a request against a naive resolver (one query for each object, no loaders) and
 * against bare SQL and JSON, in the same process, in turns.
 */
import Database from 'better-sqlite3'
import { graphql } from 'graphql'
import { buildSchema } from 'graphql/utilities/index.js'
import { localViewer } from '../src/app/viewer.ts'
import { unlimitedCalls } from '../src/domain/call-rate.ts'
import { createOperations } from '../src/graphql/operation.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { makeCampaign, median, must, openApp, plainNumber, printRow, temporaryFolder } from './support.ts'

const campaigns = 20
const callsEach = 50
const rounds = 7
const requestsPerRound = 20
const folder = temporaryFolder()
const file = `${folder.path}/nested.sqlite`
let statements = 0
const { app, close } = await openApp(file, () => statements++)
for (let i = 0; i < campaigns; i++) {
  const { campaign } = await makeCampaign(app, { targets: callsEach, numberOf: (n) => plainNumber(i * callsEach + n) })
  must(await app.campaigns.run(localViewer, campaign.id))
}
const status = { state: 'RUNNING' as const, reason: null, carrierAvailable: true, allowance: unlimitedCalls }
const unlimited = Number.POSITIVE_INFINITY
const dial = { startsAllowed: unlimited, trunkRoom: unlimited, claimsMax: unlimited, servedIds: [] }
const request = { news: { items: [], complete: true }, carrierReports: true, adopted: 0, dial, status }
for (let claimed = 0; claimed < campaigns * callsEach; ) {
  claimed += (await app.ticks.run(() => request)).claim.claimed
}

const query = `query ($first: Int!, $calls: Int!) { campaigns(first: $first) { nodes { id name status campaigncalls(first: $calls) { nodes {
  id status hangupReason tryCount outdialTarget { id name status } agent { id name extension } } } } } }`
const variables = { first: campaigns, calls: callsEach }
const source = { app, viewer: localViewer, log: silentLog }

const operations = createOperations({ effects: createEffects() })

async function ours(): Promise<string> {
  const operation = operations.prepare({ query, variables }, source)
  if (Array.isArray(operation)) throw new Error(operation.map((error) => error.message).join('; '))
  const { result, dataText } = await operations.execute(operation)
  return dataText === null ? JSON.stringify(result) : `{"data":${dataText}}`
}

const db = new Database(file, { readonly: true })
const one = {
  campaigns: db.prepare(
    "select * from campaign where customer_id = 'default' and deleted_at is null order by position desc limit ?",
  ),
  calls: db.prepare(
    "select * from campaigncall where customer_id = 'default' and campaign_id = ? order by position desc limit ?",
  ),
  target: db.prepare("select * from outdial_target where customer_id = 'default' and id = ?"),
  agent: db.prepare("select * from agent where customer_id = 'default' and id = ?"),
}
type Row = Record<string, string | number | null>

/** What a first version looks like: graphql-js over a plain schema, a query of its own for every object. */
const naiveSchema = buildSchema(`
  type Query { campaigns(first: Int!): [Campaign!]! }
  type Campaign { id: ID! name: String! status: String! campaigncalls(first: Int!): [Campaigncall!]! }
  type Campaigncall { id: ID! status: String! hangupReason: String tryCount: Int! outdialTarget: Target! agent: Agent }
  type Target { id: ID! name: String! status: String! }
  type Agent { id: ID! name: String! extension: String! }`)
const naiveRoot = {
  campaigns: ({ first }: { first: number }) =>
    (one.campaigns.all(first) as Row[]).map((campaign) => ({
      ...campaign,
      campaigncalls: (args: { first: number }) =>
        (one.calls.all(campaign.id, args.first) as Row[]).map((call) => ({
          ...call,
          hangupReason: call.hangup_reason,
          tryCount: call.try_count,
          outdialTarget: () => one.target.get(call.outdial_target_id),
          agent: () => one.agent.get(call.agent_id) ?? null,
        })),
    })),
}
const naiveQuery = `query ($first: Int!, $calls: Int!) { campaigns(first: $first) { id name status campaigncalls(first: $calls) {
  id status hangupReason tryCount outdialTarget { id name status } agent { id name extension } } } }`

async function naive(): Promise<string> {
  const result = await graphql({
    schema: naiveSchema,
    source: naiveQuery,
    rootValue: naiveRoot,
    variableValues: variables,
  })
  if (result.errors) throw new Error(result.errors.join('; '))
  return JSON.stringify(result)
}

const targetsOf = db.prepare(
  "select id, name, status from outdial_target where customer_id = 'default' and id in (select value from json_each(?))",
)

async function bare(): Promise<string> {
  const rows = one.campaigns.all(campaigns) as Row[]
  const calls = rows.map((campaign) => one.calls.all(campaign.id, callsEach) as Row[])
  const targets = new Map(
    (targetsOf.all(JSON.stringify(calls.flat().map((call) => call.outdial_target_id))) as Row[]).map((of) => [
      of.id,
      of,
    ]),
  )
  return JSON.stringify(
    rows.map(({ id, name, status }, i) => ({
      ...{ id, name, status },
      campaigncalls: calls[i]?.map((call) => ({
        ...{ id: call.id, status: call.status, hangupReason: call.hangup_reason, tryCount: call.try_count },
        outdialTarget: targets.get(call.outdial_target_id),
        agent: null,
      })),
    })),
  )
}

/** CPU milliseconds a request. */
async function cpu(work: () => Promise<string>): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < requestsPerRound; i++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / requestsPerRound
}

statements = 0
const answer = await ours()
printRow(`SQL statements for ${campaigns} campaigns with ${callsEach} calls each`, String(statements))
printRow('answer, KiB', (answer.length / 1024).toFixed(0))
const times: Record<'ours' | 'naive' | 'bare', number[]> = { ours: [], naive: [], bare: [] }
for (let round = 0; round <= rounds; round++) {
  for (const [name, work] of Object.entries({ ours, naive, bare }) as [
    'ours' | 'naive' | 'bare',
    () => Promise<string>,
  ][]) {
    const time = await cpu(work)
    if (round > 0) times[name].push(time)
  }
}
printRow('CPU of a request, milliseconds (median)', median(times.ours).toFixed(2))
printRow(
  'a naive resolver, one query for each object',
  `${median(times.naive).toFixed(2)}, ours / naive ${(median(times.ours) / median(times.naive)).toFixed(2)}`,
)
printRow(
  'bare SQL and JSON',
  `${median(times.bare).toFixed(2)}, ours / bare ${(median(times.ours) / median(times.bare)).toFixed(2)}`,
)
db.close()
await close()
folder.remove()

/**
 * What operations cost, whether they are let, and how long they hold the event loop, over 1 000 000 calls (or as many as
 * the first argument says): what clients ask for every day, attacks, and every filter where it finds nothing. The longest
 * hold is the least of three runs: on a machine that is busy with other things too, each run shows more than there is.
 */
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { getIntrospectionQuery } from 'graphql'
import { createApp } from '../src/app/app.ts'
import { localViewer } from '../src/app/viewer.ts'
import { createOperations } from '../src/graphql/operation.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createStore } from '../src/store/sqlite/store.ts'
import { makeCampaign, must, plainNumber, temporaryFolder } from './support.ts'

const callCount = Number(process.argv[2] ?? 1_000_000)
const campaignCount = 500
const callsEach = callCount / campaignCount
const attemptsEach = 5
const runs = 3
const folder = temporaryFolder()
const file = `${folder.path}/query-cost.sqlite`
const effects = createEffects()
const options = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }

/** Campaigns by the use cases, their targets and calls by SQL: a million of them would take an hour otherwise. */
async function fill(): Promise<void> {
  const store = createStore({ file, create: true, synchronous: 'OFF' }, effects)
  const app = await createApp(store, effects, silentLog, options)
  const queue = must(
    await app.queues.create(localViewer, {
      ...{ name: 'Queue', detail: '', strategy: 'LONGEST_IDLE', waitTimeoutMs: 20_000, agentRingMs: 15_000 },
    }),
  )
  const agentIds: string[] = []
  for (let i = 0; i < 20; i++) {
    const agent = { name: `Agent ${i}`, detail: '', extension: `${i}`, wrapUpMs: 0 }
    agentIds.push(must(await app.agents.create(localViewer, agent)).id)
  }
  must(await app.queues.setAgents(localViewer, queue.id, agentIds))
  for (let i = 0; i < campaignCount; i++) {
    await makeCampaign(app, { targets: 0, numberOf: plainNumber, queueId: queue.id })
  }
  await store.close()
  const client = new Database(file)
  client.pragma('synchronous = OFF')
  const numbers = (count: number) =>
    `with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${count})`
  const id = (kind: number, i: string) => `printf('0000000${kind}-0000-4000-8000-%012d', ${i})`
  const targets = callCount / attemptsEach
  const text = 'x'.repeat(2000)
  client.exec(`begin;
    ${numbers(targets)} insert into outdial_target (position, customer_id, id, outdial_id, name, detail, data, status, attempt, last_attempt_at, created_at, updated_at)
      select i + 1, 'default', ${id(1, 'i')}, o.id, 'Target ' || i, '', '${text}', 'DONE', ${attemptsEach}, 1, 1, 1
      from n join outdial o on o.position = 1 + i % ${campaignCount};
    ${numbers(targets)} insert into destination (customer_id, target_position, "index", type, target, target_name, name, detail, try_count)
      select 'default', i + 1, 0, 'TEL', '+4477' || printf('%08d', i), '', '', '', ${attemptsEach} from n;
    ${numbers(callCount)} insert into campaigncall (position, customer_id, id, campaign_id, outplan_id, outdial_id, outdial_target_id, queue_id, activeflow_id, action_list_id,
        reference_type, reference_id, source, destination, destination_index, try_count, attempt, dial_timeout_ms, status, result, hangup_reason, version, ended_at, created_at, updated_at)
      select i + 1, 'default', ${id(2, 'i')}, c.id, c.outplan_id, c.outdial_id, ${id(1, `i % ${targets}`)}, c.queue_id, ${id(3, 'i')}, c.action_list_id,
        'CALL', ${id(4, 'i')}, '{"type":"TEL","target":"+12025550100","targetName":"","name":"","detail":""}',
        '{"type":"TEL","target":"+4477' || printf('%08d', i % ${targets}) || '","targetName":"","name":"","detail":""}',
        0, 1 + i / ${targets}, 1 + i / ${targets}, 30000, 'DONE', 'FAIL', 'NO_ANSWER', 2, 1, 1, 1
      from n join campaign c on c.position = 1 + i % ${campaignCount};
    commit;`)
  client.pragma('wal_checkpoint(TRUNCATE)')
  client.close()
}

const aliases = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ')
const doubling = (levels: number) =>
  `{ campaigns { nodes { ...f0 } } } ${Array.from({ length: levels }, (_, i) => `fragment f${i} on Campaign { nextCampaign { ...f${i + 1} } twin: nextCampaign { ...f${i + 1} } }`).join(' ')} fragment f${levels} on Campaign { id }`
const nested = (levels: number) =>
  `{ campaigns(first: 1) { nodes { ${'nextCampaign { '.repeat(levels - 3)} id ${'}'.repeat(levels - 3)} } } }`
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const readmeNested = /"query": "(\{\s+campaigns\(first: 10\)[\s\S]*?)"\n\}/.exec(readme)?.[1] ?? ''
const example = readFileSync(new URL('../examples/queries/3-campaigns.graphql', import.meta.url), 'utf8')
const introspection = {
  ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
  ...{ inputValueDeprecation: true, oneOf: true },
}
const everyField = (type: string) =>
  ({
    call: 'id referenceType referenceId status result hangupReason destinationIndex tryCount answeredAt endedAt createdAt updatedAt source { type target } destination { type target }',
    campaign: 'id type name detail status pacing serviceLevel ratio concurrentCallsMax endHandle createdAt updatedAt',
  })[type] ?? ''

type Query = readonly [name: string, query: string, variables?: Readonly<Record<string, unknown>>]

const everyDay = (ids: { readonly outdial: string; readonly calls: readonly string[] }): Query[] => [
  ['introspection of GraphiQL', getIntrospectionQuery({ schemaDescription: true, inputValueDeprecation: true })],
  ['introspection with every option', getIntrospectionQuery(introspection)],
  ['the first of the README', '{ latestCursor campaigns { totalCount } }'],
  ['the nested one of the README, 10 × 5', readmeNested],
  ['the README asks why', '{ campaigns { nodes { name dialing { blockedBy message nextAttemptAt } } } }'],
  ['the first tab of GraphiQL', example],
  [
    'nested, 20 × 50 with target and agent',
    '{ campaigns(first: 20) { nodes { id name campaigncalls(first: 50) { nodes { id status outdialTarget { id name } agent { id name } } } } } }',
  ],
  [
    'a board, 20 × 50',
    `{ campaigns(first: 20) { nodes { id name status stats { targetsTotal callsDialing answerRate hangupReasons { reason count } }
      dialing { blockedBy message } queue { name agents { id name status } }
      campaigncalls(first: 50) { nodes { id status outdialTarget { name destinations { address { target } } } agent { name } } } } } }`,
  ],
  [
    'the same by edges, with transitions',
    `{ campaigns(first: 20) { edges { cursor node { id name status stats { callsDialing } queue { name agents { name status } }
      campaigncalls(first: 50) { edges { cursor node { id status outdialTarget { name } transitions { at event } agent { name } } } pageInfo { endCursor } } } } } }`,
  ],
  [
    'a page of 500 targets',
    `{ outdial(id: "${ids.outdial}") { targets(first: 500) { totalCount nodes { id name status destinations { index address { target } tryCount } } } } }`,
  ],
  ['500 calls, every field', `{ campaigncalls(first: 500) { nodes { ${everyField('call')} } } }`],
  [
    '500 campaigns, every field',
    `{ campaigns(first: 500) { nodes { ${everyField('campaign')} actions { id type option } } } }`,
  ],
  ['500 calls by their ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: ids.calls }],
  [
    '500 transitions with their calls',
    '{ campaigncallTransitions(first: 500) { at event campaigncall { id status } } }',
  ],
  ['queues and their agents', '{ queues { nodes { name availableAgents waitingCalls agents { name status } } } }'],
]

const worst = (ids: { readonly outdial: string }): Query[] => [
  ['the most leaves that pass, 500 × 389', `{ campaigns(first: 500) { nodes { ${aliases(389, 'name')} } } }`],
  ['the most calls that pass, 36 × 500', `{ ${aliases(36, 'campaigncalls(first: 500) { nodes { id } }')} }`],
  [
    'the most relations that pass, 16 × 500',
    `{ ${aliases(16, 'campaigncalls(first: 500) { nodes { outdialTarget { id } outplan { id } } }')} }`,
  ],
  ['the most counts that pass, 199', `{ ${aliases(199, 'campaigncalls { totalCount }')} }`],
  ['why 500 campaigns do not dial', '{ campaigns(first: 500) { nodes { dialing { message } stats { success } } } }'],
  ['the latest 500 of 36 campaigns', '{ campaigns(first: 36) { nodes { transitions(last: 500) { at } } } }'],
  [
    'pages of which nothing is shown, 130 × 500',
    `{ ${aliases(130, 'campaigncalls(first: 500) { pageInfo { hasNextPage } }')} }`,
  ],
  [
    'the same 2000 characters, 500 × 300',
    `{ outdial(id: "${ids.outdial}") { targets(first: 500) { nodes { ${aliases(300, 'data')} } } } }`,
  ],
]

const attacks: Query[] = [
  ['500 × 500 calls', '{ campaigns(first: 500) { nodes { id campaigncalls(first: 500) { nodes { id } } } } }'],
  ['1000 aliases of a page of 500', `{ ${aliases(1000, 'campaigncalls(first: 500) { nodes { id } }')} }`],
  ['140 aliases of a page of 500', `{ ${aliases(140, 'campaigncalls(first: 500) { nodes { id } }')} }`],
  ['26 fragments that double', doubling(26)],
  ['8 fragments that double', doubling(8)],
  [
    'agents of queues of agents of queues',
    '{ queues(first: 500) { nodes { agents { queues { agents { name } } } } } }',
  ],
  ['650 aliases of a leaf × 500', `{ campaigns(first: 500) { nodes { ${aliases(650, 'name')} } } }`],
  [
    'introspection by 11 aliases',
    `{ __schema { ${aliases(3, 'types { ...T }')} } } fragment T on __Type { ${aliases(4, 'fields { ...F }')} } fragment F on __Field { type { ${aliases(4, 'fields { name }')} } }`,
  ],
  ['13 levels', nested(13)],
  ['11 mutations', `mutation { ${aliases(11, 'engineResume { userErrors { code } }')} }`],
  ['1000 unknown directives', `{ latestCursor ${'@no '.repeat(990)} }`],
  [
    'fields that repeat, to slow validation down',
    `{ campaigns(first: 1) { nodes { ${'queue { id } '.repeat(480)} } } }`,
  ],
]

const nobody = '00000000-0000-4000-8000-000000000000'
const filters: Query[] = [
  ...[
    ...['status: [DIALING]', 'status: [DIALING, PROGRESSING]', 'result: SUCCESS', 'hangupReason: [BUSY]'],
    ...['campaignId', 'outdialId', 'queueId', 'outdialTargetId', 'agentId'].map((name) => `${name}: "${nobody}"`),
    ...['createdAfter: "2030-01-01T00:00:00Z"', 'createdBefore: "1960-01-01T00:00:00Z"'],
  ].flatMap((filter): Query[] => [
    [`calls, ${filter}`, `{ campaigncalls(filter: { ${filter} }) { nodes { id } } }`],
    [
      `calls oldest first, ${filter}`,
      `{ campaigncalls(orderBy: CREATED_AT_ASC, filter: { ${filter} }) { nodes { id } } }`,
    ],
  ]),
  ['how many calls', '{ campaigncalls { totalCount } }'],
  ['how many calls with a result', '{ campaigncalls(filter: { result: SUCCESS }) { totalCount } }'],
  ['campaigns by a part of the name', '{ campaigns(filter: { nameContains: "nobody" }) { nodes { id } } }'],
  ['campaigns by name', '{ campaigns(orderBy: NAME_DESC, filter: { status: [RUN] }) { nodes { id } } }'],
  ['lists by a part of the name', '{ outdials(filter: { nameContains: "nobody" }) { nodes { id } totalCount } }'],
  ['agents of a queue', `{ agents(filter: { queueId: "${nobody}", status: [BUSY] }) { nodes { id } totalCount } }`],
]

await fill()
const store = createStore({ file, create: false, readingThreads: true }, effects)
const app = await createApp(store, effects, silentLog, options)
const operations = createOperations({ effects })
const source = { app, viewer: localViewer, log: silentLog }

/** CPU time of the process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * The longest that the event loop was held between two of its rounds, until it is stopped: by the clock, and by the CPU
 * time that was used meanwhile, which other programs of the machine do not prolong as much.
 */
function watchLoop(): () => { readonly ms: number; readonly cpuMs: number } {
  const longest = { ms: 0, cpuMs: 0 }
  let last = { ms: performance.now(), cpuMs: cpuMs() }
  let watching = true
  const look = () => {
    const now = { ms: performance.now(), cpuMs: cpuMs() }
    longest.ms = Math.max(longest.ms, now.ms - last.ms)
    longest.cpuMs = Math.max(longest.cpuMs, now.cpuMs - last.cpuMs)
    last = now
    if (watching) setImmediate(look)
  }
  setImmediate(look)
  return () => {
    watching = false
    return longest
  }
}

async function ask(query: string, variables?: Readonly<Record<string, unknown>>) {
  const prepared = operations.prepare({ query, variables }, source)
  if (Array.isArray(prepared)) return { cost: null, error: prepared[0] }
  const { result, dataText, cost } = await operations.execute(prepared)
  // Makes the text as a transport does.
  if (dataText === null) JSON.stringify(result)
  return { cost, error: result.errors?.[0] }
}

async function measure([name, query, variables]: Query): Promise<number> {
  const cpus: number[] = []
  const holds: { readonly ms: number; readonly cpuMs: number }[] = []
  let answer: Awaited<ReturnType<typeof ask>> = { cost: null, error: undefined }
  for (let run = 0; run < runs; run++) {
    const stop = watchLoop()
    await effects.yieldToLoop()
    const before = cpuMs()
    answer = await ask(query, variables)
    cpus.push(cpuMs() - before)
    await effects.yieldToLoop()
    await effects.yieldToLoop()
    holds.push(stop())
  }
  const { cost, error } = answer
  const told = error?.extensions as { code?: string; cost?: number } | undefined
  const verdict = error === undefined ? 'passes' : `${told?.code ?? error.message}`
  const hold = Math.min(...holds.map((of) => of.cpuMs))
  const figures = [Math.min(...cpus), Math.min(...holds.map((of) => of.ms)), hold]
  const row = [name.padEnd(58), String(cost ?? told?.cost ?? '').padStart(8), verdict.padEnd(26)]
  console.log([...row, ...figures.map((ms) => ms.toFixed(1).padStart(8))].join(' '))
  return error === undefined || cost !== null ? hold : 0
}

async function table(title: string, queries: readonly Query[]): Promise<number> {
  console.log(`\n${[title.padEnd(58), '    cost', 'verdict'.padEnd(26), '  CPU ms', ' hold ms', 'hold CPU'].join(' ')}`)
  let longest = 0
  for (const query of queries) longest = Math.max(longest, await measure(query))
  return longest
}

const [firstCampaign] = (await app.campaigns.page(localViewer, { first: 1, orderBy: 'CREATED_AT_ASC' })).rows
const { rows } = await app.campaigncalls.page(localViewer, { first: 500, orderBy: 'CREATED_AT_ASC' })
const ids = { outdial: firstCampaign?.outdialId ?? '', calls: rows.map(({ id }) => id) }
console.log(`${callCount} calls of ${campaignCount} campaigns, ${callsEach} each`)
await measure(['(to warm up)', '{ campaigns(first: 20) { nodes { campaigncalls { nodes { id } } } } }'])
await table('every day', everyDay(ids))
const worstHold = await table('the worst that passes', worst(ids))
await table('attacks', attacks)
const filterHold = await table('filters that find nothing, and counts', filters)
console.log(`\nlongest hold of the event loop by the worst that passes: ${worstHold.toFixed(1)} ms of CPU`)
console.log(
  `longest hold by a filter that finds nothing, or a count: ${filterHold.toFixed(1)} ms of CPU, that of the threads included`,
)
await store.close()
folder.remove()

/**
 * The nested query over HTTP against other GraphQL servers on the same file, each in a process of its own, in turns:
 * CPU of the whole process for a request, answers compared for equality. Install the others first:
 *
 *     npm ci --prefix bench/peers && npm run build && npx tsx bench/peers.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import Database from 'better-sqlite3'
import { localViewer } from '../src/app/viewer.ts'
import { unlimitedCalls } from '../src/domain/call-rate.ts'
import type { CallNews } from '../src/domain/carrier.ts'
import { makeCampaign, median, must, openApp, plainNumber, temporaryFolder } from './support.ts'

const campaignCount = 20
const callsEach = 60
const rounds = Number(process.argv[2] ?? 9)
const kinds = ['mercurius-jit', 'yoga-loaders', 'yoga-naive', 'apollo', 'graphql-http', 'bare'] as const

const nested = `query ($first: Int!, $calls: Int!) { campaigns(first: $first) { nodes { id name status
  campaigncalls(first: $calls) { nodes { id status hangupReason tryCount
    outdialTarget { id name status } agent { id name extension } } } } } }`
const tasks = [
  { name: 'nested 20 × 50', requests: 20, body: { query: nested, variables: { first: 20, calls: 50 } } },
  { name: 'nested 10 × 20', requests: 60, body: { query: nested, variables: { first: 10, calls: 20 } } },
  { name: '{ __typename }', requests: 600, body: { query: '{ __typename }' } },
]

/** Campaigns whose calls have every field that the query selects: half of them DONE, and each with an agent. */
async function fill(file: string): Promise<void> {
  const { app, effects, close } = await openApp(file)
  const agents: string[] = []
  for (let i = 0; i < 20; i++) {
    const input = { name: `Agent ${i}`, detail: '', extension: String(100 + i), wrapUpMs: 0 }
    agents.push(must(await app.agents.create(localViewer, input)).id)
  }
  for (let i = 0; i < campaignCount; i++) {
    const numberOf = (n: number) => plainNumber(i * callsEach + n)
    const { campaign } = await makeCampaign(app, { targets: callsEach, numberOf })
    must(await app.campaigns.run(localViewer, campaign.id))
  }
  const status = { state: 'RUNNING' as const, reason: null, carrierAvailable: true, allowance: unlimitedCalls }
  const unlimited = Number.POSITIVE_INFINITY
  const dial = { startsAllowed: unlimited, trunkRoom: unlimited, claimsMax: unlimited, servedIds: [] }
  const rest = { carrierReports: true, adopted: 0, status }
  for (let claimed = 0; claimed < campaignCount * callsEach; ) {
    const { commands, claim } = await app.ticks.run(() => ({ ...rest, dial, news: { items: [], complete: true } }))
    claimed += claim.claimed
    const ids = commands.flatMap((of) => (of.type === 'ORIGINATE' ? [of.request.callId] : []))
    for (const [type, callIds] of [
      ['ANSWERED', ids] as const,
      ['HANGUP', ids.filter((_, i) => i % 2 === 0)] as const,
    ]) {
      const end = type === 'HANGUP' ? { reason: 'NORMAL', by: 'THEM', detail: '' } : {}
      const items = callIds.map((callId) => ({
        type: 'NEWS' as const,
        news: { type, callId, at: effects.now(), ...end } as CallNews,
      }))
      await app.ticks.run(() => ({ ...rest, dial: null, news: { items, complete: true } }))
    }
  }
  await close()
  const db = new Database(file)
  db.prepare("update outdial_target set name = 'Person ' || position").run()
  const setAgent = db.prepare('update campaigncall set agent_id = ? where position % 20 = ?')
  for (const [i, id] of agents.entries()) setAgent.run(id, i)
  db.close()
}

interface Server {
  readonly name: string
  readonly process: ChildProcess
  readonly port: number
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
}

async function portOf(child: ChildProcess, pattern: RegExp): Promise<number> {
  let printed = ''
  for await (const chunk of child.stdout ?? []) {
    printed += String(chunk)
    const found = pattern.exec(printed)
    if (found) {
      child.stdout?.resume()
      return Number(found[1])
    }
  }
  throw new Error(`it ended without a port: ${printed}`)
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

function post(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const asked = request({ port, path: '/graphql', method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    asked.on('error', reject)
    asked.end(text)
  })
}

/** CPU of a process and its threads so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Four clients at once, as many requests as make the clock of the kernel (10 ms) fine enough. */
async function measure({ process: { pid = 0 }, port }: Server, text: string, requests: number) {
  const before = cpuMs(pid)
  const startedAt = performance.now()
  let left = requests
  const client = async () => {
    while (left-- > 0) await post(port, text)
  }
  await Promise.all(Array.from({ length: 4 }, client))
  return { cpu: (cpuMs(pid) - before) / requests, perSecond: (requests / (performance.now() - startedAt)) * 1000 }
}

const folder = temporaryFolder()
const file = `${folder.path}/peers.sqlite`
await fill(file)
const product = start([`${import.meta.dirname}/../bin/dialgraph.js`, 'serve', '--no-engine'], {
  DIALGRAPH_DATABASE: file,
  DIALGRAPH_PORT: '0',
})
const servers: Server[] = [
  { name: 'dialgraph', process: product, port: await portOf(product, /http:\/\/[^:\s"]+:(\d+)/) },
]
for (const kind of kinds) {
  const child = start([`${import.meta.dirname}/peers/server.mjs`, kind, file])
  servers.push({ name: kind, process: child, port: await portOf(child, /^(\d+)/) })
}

for (const { name, requests, body } of tasks) {
  const text = JSON.stringify(body)
  const expected = JSON.parse(await post(servers[0]?.port ?? 0, text)).data
  const results = new Map(servers.map((server) => [server, { cpu: [] as number[], perSecond: [] as number[] }]))
  for (const server of servers) {
    const answer = await post(server.port, text)
    if (!isDeepStrictEqual(JSON.parse(answer).data, expected))
      throw new Error(`${server.name} answers ${answer.slice(0, 400)}`)
  }
  for (let round = 0; round <= rounds; round++) {
    for (const [server, { cpu, perSecond }] of results) {
      const measured = await measure(server, text, requests)
      // The first round warms up.
      if (round > 0) cpu.push(measured.cpu) && perSecond.push(measured.perSecond)
    }
  }
  console.log(`\n${name}${' '.repeat(Math.max(1, 28 - name.length))}ms of CPU   requests/s   dialgraph ÷ it`)
  const own = [...results.values()][0]?.cpu ?? []
  for (const [server, { cpu, perSecond }] of results) {
    const ratio = median(own.map((value, i) => value / (cpu[i] ?? Number.NaN)))
    const columns = [
      median(cpu).toFixed(2).padStart(9),
      median(perSecond).toFixed(0).padStart(12),
      ratio.toFixed(2).padStart(16),
    ]
    console.log(`  ${server.name.padEnd(26)}${columns.join('')}`)
  }
}
for (const server of servers) server.process.kill('SIGTERM')
agent.destroy()
folder.remove()

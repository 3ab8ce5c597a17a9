/**
 * The program is killed with 1000 calls in flight, over a list of 1 000 000, and started again 5 s later: how long it takes
 * from its start until it holds the lock and a new term, is ready, knows what became of the calls, and dials anew. The carrier
 * is a process of its own and lives on. Runs what `npm run build` made. `npx tsx bench/restart.ts [targets] [calls]`
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { localViewer } from '../src/app/viewer.ts'
import { pause } from './program.ts'
import { makeCampaign, must, openApp, printRow, temporaryFolder } from './support.ts'

const targets = Number(process.argv[2] ?? 1_000_000)
const calls = Number(process.argv[3] ?? 1000)
const rounds = 3
const outageMs = 5000
const lookEveryMs = 2
const folder = temporaryFolder()

/** Half are answered and never end; three of ten ring on; two of ten end while nobody listens. */
function numberOf(i: number): string {
  const dd = i % 10 < 5 ? '95' : i % 10 < 8 ? '60' : '00'
  return `+1${200 + (i % 700)}55501${dd}`
}

async function prepare(file: string): Promise<void> {
  const { app, close } = await openApp(file)
  const { campaign } = await makeCampaign(app, { targets, numberOf })
  while (await app.ticks.reevaluate());
  must(await app.campaigns.run(localViewer, campaign.id))
  await close()
}

interface Program {
  readonly child: ChildProcess
  readonly startedAt: number
  /** Settles with the address that it says it listens on. */
  readonly url: Promise<string>
}

/** `dialgraph` with these arguments, as an operator starts it. */
function start(args: readonly string[], environment: Record<string, string> = {}): Program {
  const startedAt = Date.now()
  const child = spawn(process.execPath, ['bin/dialgraph.js', ...args], {
    env: { ...process.env, DIALGRAPH_LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  return { child, startedAt, url: once(lines, 'line').then(([line]) => String(line).replace('listening on ', '')) }
}

async function kill({ child }: Program): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

interface Asked {
  readonly at: number
  readonly what: string
  readonly callId?: string
}

/** What the carrier was asked so far. */
function readRequests(file: string): Asked[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line))
}

const placed = (requests: readonly Asked[]) => requests.filter(({ what }) => what === 'ORIGINATE')

/** Milliseconds from the start of a program until something holds, looked at again and again. */
async function untilMs({ startedAt }: Program, holds: () => boolean | Promise<boolean>): Promise<number> {
  while (!(await holds())) {
    if (Date.now() - startedAt > 60_000) throw new Error('what is waited for to hold within a minute')
    await pause(lookEveryMs)
  }
  return Date.now() - startedAt
}

function openReader(file: string) {
  const db = new Database(file, { readonly: true })
  return {
    term: db.prepare('select term from installation').pluck(),
    state: db.prepare('select state from engine').pluck(),
    unknown: db.prepare("select count(*) from campaigncall where hangup_reason = 'UNKNOWN'").pluck(),
    inFlight: db.prepare("select count(*) from campaigncall where status <> 'DONE'").pluck(),
    close: () => db.close(),
  }
}

async function measure(file: string, round: number) {
  const requestsFile = `${folder.path}/requests-${round}.jsonl`
  const carrier = start(['simulator', '--port', '0', '--log', requestsFile])
  const environment = {
    DIALGRAPH_SIMULATOR_URL: (await carrier.url).replace('http', 'ws'),
    ...{ DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0', DIALGRAPH_CALLS_PER_SECOND: '0' },
  }
  const before = start(['serve'], { ...environment, DIALGRAPH_CONCURRENT_CALLS_MAX: `${calls}` })
  await untilMs(before, () => placed(readRequests(requestsFile)).length === calls)
  await pause(3000)
  await kill(before)
  await pause(outageMs)

  const reader = openReader(file)
  const term = Number(reader.term.get())
  const inFlight = Number(reader.inFlight.get())
  const known = readRequests(requestsFile).length
  // With room for more, so that a new call is placed as soon as one may be.
  const after = start(['serve'], { ...environment, DIALGRAPH_CONCURRENT_CALLS_MAX: `${2 * calls}` })
  const ready = after.url.then((url) => untilMs(after, async () => (await fetch(`${url}/ready`)).ok))
  const termMs = await untilMs(after, () => Number(reader.term.get()) > term)
  const runningMs = await untilMs(after, () => reader.state.get() === 'RUNNING')
  const dialed = () => placed(readRequests(requestsFile).slice(known))
  await untilMs(after, () => dialed().length > 0)
  const requests = readRequests(requestsFile)
  const lookups = requests.slice(known).filter(({ what }) => what === 'LOOKUP')
  const times = {
    inFlight,
    termMs,
    readyMs: await ready,
    runningMs,
    lookups: lookups.length,
    lastLookupMs: Math.max(...lookups.map(({ at }) => at)) - after.startedAt,
    dialMs: (dialed()[0]?.at ?? Number.NaN) - after.startedAt,
    twice: placed(requests).length - new Set(placed(requests).map(({ callId }) => callId)).size,
    unknown: Number(reader.unknown.get()),
  }
  reader.close()
  await kill(after)
  await kill(carrier)
  return times
}

const prepared = `${folder.path}/prepared.sqlite`
await prepare(prepared)
printRow('targets, calls in flight, rounds', `${targets}, ${calls}, ${rounds}`)
type Measured = Awaited<ReturnType<typeof measure>>
const measured: Measured[] = []
for (let round = 0; round < rounds; round++) {
  const file = `${folder.path}/round-${round}.sqlite`
  copyFileSync(prepared, file)
  measured.push(await measure(file, round))
}
const names: Readonly<Record<keyof Measured, string>> = {
  inFlight: 'calls in flight when it was started again',
  termMs: 'from its start to lock and term, ms',
  readyMs: 'to /ready, ms',
  lookups: 'look-ups',
  lastLookupMs: 'to the last look-up, ms',
  runningMs: 'to RUNNING, ms',
  dialMs: 'to the first new call, ms',
  twice: 'calls that were asked for twice',
  unknown: 'calls that ended UNKNOWN',
}
for (const [key, name] of Object.entries(names))
  printRow(name, measured.map((of) => of[key as keyof Measured]).join(', '))
folder.remove()

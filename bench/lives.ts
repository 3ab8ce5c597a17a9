import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { ask, createFollower, type Follower, runCampaign, untilCampaign } from '../test/process/api.ts'
import { type Child, startChild } from '../test/process/children.ts'
import { countSteps, judge, look, requestsOf } from '../test/process/evidence.ts'
import { prepareCampaign } from '../test/process/list.ts'
import { printRow, quantile } from './support.ts'

const program = fileURLToPath(new URL('../bin/dialgraph.js', import.meta.url))
const start = (args: readonly string[], environment: Record<string, string>) =>
  startChild(process.execPath, [program, ...args], { DIALGRAPH_LOG_LEVEL: 'error', ...environment })

/** A life of the program, and how long after its start, in milliseconds, it had come how far. */
export interface Life {
  readonly child: Child
  readonly url: Promise<string | null>
  /** Settles when its subscribers are on their way, and the campaign runs. */
  readonly attended: Promise<void>
  readonly lockMs: Promise<number | null>
  readonly termMs: Promise<number | null>
  readonly readyMs: Promise<number | null>
  readonly runningMs: Promise<number | null>
}

/**
 * One campaign over many lives of the built program: 100 to 300 calls in flight at a carrier in a process of its own, up to
 * 150 new ones a second, and three subscribers who come back in each life with their cursors.
 */
export async function createLives(folder: string, targets: number) {
  const file = `${folder}/lives.sqlite`
  const log = `${folder}/requests.jsonl`
  const carrier = start(['simulator', '--port', '0', '--log', log], { DIALGRAPH_SIMULATOR_SPEED: '5' })
  const id = await prepareCampaign(file, { targets, dialTimeoutMs: 8000, endHandle: 'CONTINUE' })
  const environment = {
    ...{ DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0', DIALGRAPH_SIMULATOR_URL: await carrier.told('listening on ') },
    ...{ DIALGRAPH_CALLS_PER_SECOND: '150', DIALGRAPH_CONCURRENT_CALLS_MAX: '300' },
    DIALGRAPH_CALL_DURATION_MAX_MS: '4000',
  }
  let followers: readonly Follower[] = []
  let unfollowed: readonly Promise<void>[] = []
  let term = 0

  /** Not before the subscribers are there does anything happen that they have to be told. */
  async function attend(url: string): Promise<void> {
    const isFirst = followers.length === 0
    if (isFirst) {
      const { latestCursor } = await ask(url, '{ latestCursor }')
      followers = [1, 2, 3].map(() => createFollower(latestCursor))
    }
    await Promise.all(unfollowed)
    const following = followers.map((follower) => follower.follow(url))
    unfollowed = following.map(({ ended }) => ended)
    await Promise.all(following.map(({ connected }) => connected))
    if (isFirst) await runCampaign(url, id)
  }

  const engine = () => read<{ term: number; state: string }>('select term, state from installation, engine')
  function read<Row>(sql: string): Row {
    const db = new Database(file, { readonly: true })
    try {
      return db.prepare(sql).get() as Row
    } finally {
      db.close()
    }
  }

  return {
    file,
    environment,
    start,
    live(): Life {
      const startedAt = performance.now()
      const child = start(['serve'], environment)
      const before = term
      let isOver = false
      child.ended.then(() => {
        isOver = true
      })
      /** How long it took until that was true; null where the program ended before. */
      async function when(isTrue: () => boolean | Promise<boolean>): Promise<number | null> {
        while (!isOver) {
          if (await Promise.resolve(isTrue()).catch(() => false)) return performance.now() - startedAt
          await pause(3)
        }
        return null
      }
      const url = child.told('listening on ').catch(() => null)
      const attended = url.then((of) => (of === null ? undefined : attend(of)))
      // Nothing else may hold the file open while it is recovered.
      const lockMs = when(() => readHolder(file).includes(String(child.pid)))
      const termMs = lockMs.then(() => when(() => engine().term > before))
      termMs.then((ms) => {
        if (ms !== null) term = engine().term
      })
      const readyMs = url.then((of) => when(async () => of !== null && (await fetch(`${of}/ready`)).status === 200))
      const runningMs = termMs.then(() => when(() => engine().state === 'RUNNING'))
      return { child, url, attended, lockMs, termMs, readyMs, runningMs }
    },
    /** What was DIALING and not asked for when the program ended: at most so many calls may be UNKNOWN for it. */
    unasked(): number {
      const { ids } = read<{ ids: string }>(
        `select json_group_array(reference_id) ids from campaigncall where status = 'DIALING'`,
      )
      const asked = readFileSync(log, 'utf8')
      return (JSON.parse(ids) as string[]).filter((of) => !asked.includes(of)).length
    },
    /** Lets the calls in flight end, and returns all that is wrong. Ends everything. */
    async end() {
      const { child, url, attended } = this.live()
      const address = (await url) ?? ''
      await attended
      const stop = 'mutation ($id: ID!) { campaignStop(id: $id) { userErrors { message } } }'
      const { latestCursor: after } = await ask(address, '{ latestCursor }')
      await ask(address, stop, { id })
      await untilCampaign(address, { id, status: 'STOP', after })
      const toldAtLeast = countSteps(file)
      await Promise.all(followers.map((follower) => follower.until(toldAtLeast)))
      child.signal('SIGTERM')
      await child.ended
      await Promise.all(unfollowed)
      carrier.signal('SIGTERM')
      await carrier.ended
      const snapshot = look(file, { deep: true })
      const requests = requestsOf(log, snapshot.installationId)
      const received = followers.map((follower) => follower.received)
      const findings = judge({ snapshot, requests, received, toldAtLeast })
      const unknown = snapshot.calls.filter((call) => call.hangup_reason === 'UNKNOWN').length
      return { snapshot, requests, findings, unknown }
    },
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(`${file}-engine.holder`, 'utf8')
  } catch {
    return ''
  }
}

/** Prints what came of it, and sets the exit code: 1 when anything is wrong. */
export function report({
  snapshot,
  requests,
  findings,
  unknown,
}: Awaited<ReturnType<Awaited<ReturnType<typeof createLives>>['end']>>): void {
  printRow('calls', String(snapshot.calls.length))
  printRow('requests for calls', String(requests.filter(({ what }) => what === 'ORIGINATE').length))
  printRow('transitions, each told to three subscribers', String(snapshot.steps.length))
  printRow('calls doubled, transitions lost, repeated or out of order', String(findings.length))
  for (const finding of findings.slice(0, 20)) printRow('', finding)
  printRow('calls that ended UNKNOWN', String(unknown))
  if (findings.length > 0) process.exitCode = 1
}

/** Prints median and worst of what was measured, of those that came so far. */
export async function printTimes(name: string, times: readonly Promise<number | null>[]): Promise<void> {
  const values = (await Promise.all(times)).filter((ms) => ms !== null)
  const print = (share: number) => quantile(values, share).toFixed(0)
  printRow(`${name}, ms: median, p99, longest of ${values.length}`, `${print(0.5)}  ${print(0.99)}  ${print(1)}`)
}

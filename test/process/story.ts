import { ask, createFollower, type Follower, runCampaign, untilCampaign } from './api.ts'
import type { Child, Environment } from './children.ts'
import type { Crash } from './crashing.ts'
import { type CallRow, countSteps, judge, look, requestsOf, type Snapshot, unansweredAt } from './evidence.ts'
import { type ListOptions, prepareCampaign } from './list.ts'
import type { Stage } from './stage.ts'

/** The simulated carrier in a process of its own. */
export interface Carrier {
  readonly child: Child
  readonly url: string
  /** File with all that it was asked. */
  readonly log: string
}

/** A carrier whose time goes by so many times as fast. One that comes after another takes its place: its port and its log. */
export async function startCarrier(stage: Stage, speed: number, before?: Carrier): Promise<Carrier> {
  const log = before?.log ?? stage.path('requests.jsonl')
  const port = before === undefined ? '0' : new URL(before.url).port
  const environment = { DIALGRAPH_SIMULATOR_SPEED: String(speed), DIALGRAPH_LOG_LEVEL: 'warn' }
  const child = stage.program(['simulator', '--port', port, '--log', log], environment)
  return { child, log, url: await child.told('listening on ') }
}

/** Variables of a program over that database, on a free port. */
export function environmentOf(file: string, carrier: Carrier): Environment {
  return {
    ...{ DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0', DIALGRAPH_SIMULATOR_URL: carrier.url },
    ...{ DIALGRAPH_CALLS_PER_SECOND: '60', DIALGRAPH_CONCURRENT_CALLS_MAX: '300' },
    // Some of those who are called never hang up.
    DIALGRAPH_CALL_DURATION_MAX_MS: '2000',
  }
}

export interface Killed {
  readonly crash: Crash
  /** What it left on the disk. */
  readonly snapshot: Snapshot
  /** Calls that may end UNKNOWN for it. */
  readonly unanswered: number
}

/**
 * A campaign over a database of its own, which many lives of the program may dial, and a subscriber who is there from its
 * beginning and goes on from its cursor in each life. `settings` are variables of the program.
 */
export async function createStory(
  stage: Stage,
  carrier: Carrier,
  list: ListOptions,
  settings: Environment = {},
  file = stage.path(),
) {
  const campaignId = await prepareCampaign(file, list)
  const environment: Environment = { ...environmentOf(file, carrier), ...settings }
  let begin = ''
  let follower: Follower | null = null
  let unfollowed = Promise.resolve()

  /** Not before the subscriber is there does anything happen that it has to be told. */
  async function attend(url: string): Promise<void> {
    const isFirst = follower === null
    if (isFirst) begin = (await ask(url, '{ latestCursor }')).latestCursor
    follower ??= createFollower(begin)
    await unfollowed
    const { connected, ended } = follower.follow(url)
    unfollowed = ended
    await connected
    if (isFirst) await runCampaign(url, campaignId)
  }

  const untilStopped = (url: string) => untilCampaign(url, { id: campaignId, status: 'STOP', after: begin })
  const received = () => follower?.received ?? []

  /** Attends a life that is to kill itself at a point. Rejects where it does not, and never settles otherwise. */
  async function attendUntilTooFar(child: Child, url: string, point: string): Promise<never> {
    try {
      await attend(url)
    } catch (error) {
      // Killed before it could answer; or else what it said of its death has been read by now.
      await child.ended
      throw error
    }
    const isOver = untilStopped(url).then(() => true)
    if (await isOver.catch(() => false)) throw new Error(`the campaign ended before ${point}`)
    return new Promise(() => {})
  }

  async function untilAllTold(): Promise<number> {
    const count = countSteps(file)
    await follower?.until(count)
    return count
  }

  async function live(start: (environment: Environment) => Child = (own) => stage.program(['serve'], own)) {
    const child = start(environment)
    const url = await child.told('listening on ')
    await attend(url)
    return { child, url }
  }

  return {
    file,
    environment,
    /** Steps of calls, as the subscriber was told them. */
    told: received,
    /** Settles when the subscriber has been told of such an event, later than so many other steps. */
    async untilTold(event: string, after = 0): Promise<void> {
      await follower?.untilSome((step) => step.event === event, after)
    },
    /** Settles when the subscriber has been told everything up to now. Returns how much that is. */
    untilAllTold,
    /** A life of the program, with the subscriber in it, and the campaign running. */
    live,
    /** A life that ends with a signal of the program to itself. */
    async liveUntil(point: string): Promise<Killed> {
      const child = stage.entry('crashing', [], { ...environment, DIALGRAPH_CRASH_AT: point })
      // It may not come so far as to listen.
      const url = await child.told('listening on ').catch(() => null)
      const tooFar = url === null ? [] : [attendUntilTooFar(child, url, point)]
      const crash = JSON.parse(await Promise.race([child.told('crash '), ...tooFar])) as Crash
      await child.ended
      await unfollowed
      const snapshot = look(file)
      const requests = requestsOf(carrier.log, snapshot.installationId)
      return { crash, snapshot, unanswered: unansweredAt(snapshot, crash.unansweredIds, requests) }
    },
    /**
     * A life that is asked to end in the middle of its calls. Returns what was in flight then. Throws unless it ends as it
     * should within 10 s.
     */
    async liveUntilAskedToEnd(): Promise<readonly CallRow[]> {
      const toldBefore = received().length
      const { child } = await live()
      // Some of so many are answered and never hang up.
      let left = 20
      await follower?.untilSome(({ event }) => event === 'CREATED' && --left === 0, toldBefore)
      const askedAt = performance.now()
      child.signal('SIGTERM')
      const exitCode = await child.ended
      const tookMs = Math.round(performance.now() - askedAt)
      if (exitCode !== 0 || tookMs > 10_000) throw new Error(`it ended with ${exitCode} after ${tookMs} ms`)
      await unfollowed
      return look(file).calls.filter((call) => call.status !== 'DONE')
    },
    /** Lets a life go on until the campaign has ended, asks it to end, and holds all that happened against what is promised. */
    async end({ child, url }: { readonly child: Child; readonly url: string }) {
      await untilStopped(url)
      const toldAtLeast = await untilAllTold()
      child.signal('SIGTERM')
      const exitCode = await child.ended
      await unfollowed
      const snapshot = look(file, { deep: true })
      const requests = requestsOf(carrier.log, snapshot.installationId)
      const findings = judge({ snapshot, requests, received: [received()], toldAtLeast })
      const unknown = snapshot.calls.filter((call) => call.hangup_reason === 'UNKNOWN')
      return { snapshot, requests, findings, unknown, exitCode }
    },
  }
}

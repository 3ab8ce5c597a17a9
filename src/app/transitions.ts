import type {
  AgentTransition,
  CampaigncallTransition,
  CampaignTransition,
  LogEntry,
  LogFilter,
  TransitionKind,
} from '../domain/transition.ts'
import { fingerprint } from '../kernel/cursor.ts'
import { RequestError } from '../kernel/errors.ts'
import { sleep } from '../kernel/sleep.ts'
import { limits } from '../limits.ts'
import type { Transitions } from './api.ts'
import type { AppContext } from './context.ts'
import { reportCampaigns } from './dialing.ts'
import { cursorExpired } from './log-reader.ts'
import { checkPageSize } from './paging.ts'
import type { TransitionArguments } from './requests.ts'
import type { Viewer } from './viewer.ts'

/** Cursors of all kinds of transitions are one sequence, and belong to one database. */
const cursorScope = 'log'

/** The log as lists and streams. */
export function createTransitions(
  context: AppContext,
  statsOf: (viewer: Viewer, id: string) => Promise<unknown>,
): Transitions {
  const { store, seal, reader } = context

  const positionOf = (cursor: string | null | undefined): number | null =>
    cursor == null ? null : Number(seal.open(cursorScope, cursor)[0])
  const filterOf = (viewer: Viewer, kind: TransitionKind, ids: Partial<LogFilter>): LogFilter => ({
    customerId: viewer.customerId,
    kind,
    ...ids,
  })

  async function list<Entry extends LogEntry>(
    viewer: Viewer,
    kind: Entry['kind'],
    { after, campaignId, first }: TransitionArguments & { first: number },
  ): Promise<Entry[]> {
    const size = checkPageSize('first', first)
    const filter = filterOf(viewer, kind, { campaignId })
    const entries = await store.read.transitions.matchingAfter(filter, positionOf(after), size)
    if (entries === null) throw cursorExpired()
    return entries as Entry[]
  }

  async function requireCampaign(viewer: Viewer, id: string | null | undefined): Promise<void> {
    if (id == null || (await store.read.campaigns.byId(viewer.customerId, id)) !== null) return
    throw new RequestError('BAD_USER_INPUT', 'There is no such campaign.')
  }

  /** Without a cursor the stream starts at the moment of the call, whatever is awaited after that. */
  async function stream<Entry extends LogEntry>(filter: LogFilter, after: string | null | undefined) {
    const position = positionOf(after)
    const followed = reader.follow<Entry>(filter, position ?? reader.latestPosition())
    // The tail in memory may hold entries that are pruned from the file: an expired cursor is refused nevertheless, as
    // in lists.
    if (position !== null && position < (await store.read.installations.get()).prunedThrough) throw cursorExpired()
    return followed
  }

  return {
    latestPosition: () => reader.latestPosition(),
    cursorOf: (position) => seal.seal(cursorScope, [position]),
    campaigncallList: (viewer, args) => list<CampaigncallTransition>(viewer, 'CAMPAIGNCALL', args),
    campaignList: (viewer, args) => list<CampaignTransition>(viewer, 'CAMPAIGN', args),
    async latestOfCampaigns(viewer, campaignIds, last) {
      const size = checkPageSize('last', last)
      return store.read.transitions.latestOfCampaigns(viewer.customerId, campaignIds, size)
    },
    async campaigncalls(viewer, { after, campaignId }) {
      const followed = await stream<CampaigncallTransition>(
        filterOf(viewer, 'CAMPAIGNCALL', { campaignId: lower(campaignId) }),
        after,
      )
      await requireCampaign(viewer, campaignId)
      return followed
    },
    async campaigns(viewer, { after, campaignId }) {
      const followed = await stream<CampaignTransition>(
        filterOf(viewer, 'CAMPAIGN', { campaignId: lower(campaignId) }),
        after,
      )
      await requireCampaign(viewer, campaignId)
      return followed
    },
    async agents(viewer, { after, queueId }) {
      const followed = await stream<AgentTransition>(filterOf(viewer, 'AGENT', { queueId: lower(queueId) }), after)
      if (queueId != null && (await store.read.queues.byId(viewer.customerId, queueId)) === null) {
        throw new RequestError('BAD_USER_INPUT', 'There is no such queue.')
      }
      return followed
    },
    async campaignChanges(viewer, id, maxPerSecond) {
      const { eventsPerSecondMin: min, eventsPerSecondMax: max } = limits
      if (!Number.isInteger(maxPerSecond) || maxPerSecond < min || maxPerSecond > max) {
        throw new RequestError('BAD_USER_INPUT', `maxPerSecond is a whole number from ${min} to ${max}.`)
      }
      await requireCampaign(viewer, id)
      return watchCampaign(context, viewer, id, maxPerSecond, statsOf)
    },
  }
}

function lower(id: string | null | undefined): string | null {
  return id?.toLowerCase() ?? null
}

/** Reads a campaign after each change, at most `maxPerSecond` times a second, and yields when it is different. */
function watchCampaign(
  context: AppContext,
  viewer: Viewer,
  id: string,
  maxPerSecond: number,
  statsOf: (viewer: Viewer, id: string) => Promise<unknown>,
): AsyncIterableIterator<string> {
  const { store, effects } = context
  // The rate of events to a client is limited in real time.
  const machine = effects.machine ?? effects
  const { wakeup } = context.reader
  const ending = new AbortController()
  const pauseMs = 1000 / maxPerSecond
  let shown: string | null = null
  let notBefore = Number.NEGATIVE_INFINITY
  const done = { value: undefined, done: true } as const

  async function look() {
    const campaign = await store.read.campaigns.byId(viewer.customerId, id)
    const [dialing] = campaign === null ? [] : await reportCampaigns(context, [campaign])
    const print = fingerprint({ campaign, dialing, stats: await statsOf(viewer, id) })
    return { print, nextAttemptAt: dialing?.nextAttemptAt ?? null }
  }

  /** Waits for a change, or until time alone changes the report: a target becomes due. */
  async function untilChanged(ticket: number, nextAttemptAt: number | null): Promise<void> {
    const over = new AbortController()
    const either = AbortSignal.any([ending.signal, over.signal])
    const changed = wakeup.changed(ticket, either)
    const due = nextAttemptAt === null ? [] : [sleep(effects, Math.max(1, nextAttemptAt - effects.now()), either)]
    await Promise.race([changed, ...due])
    over.abort()
  }

  return {
    async next() {
      while (!ending.signal.aborted) {
        // The pause counts from the last event; otherwise a slow reader would get every change.
        const earlyMs = notBefore - machine.monotonic()
        if (earlyMs > 0) {
          await sleep(machine, earlyMs, ending.signal)
          continue
        }
        const ticket = wakeup.ticket()
        const seen = await look()
        if (seen.print !== shown && !ending.signal.aborted) {
          shown = seen.print
          notBefore = machine.monotonic() + pauseMs
          return { value: id, done: false }
        }
        await untilChanged(ticket, seen.nextAttemptAt)
      }
      return done
    },
    async return() {
      ending.abort()
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

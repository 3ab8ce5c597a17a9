import type { LogEntry, LogFilter } from '../domain/transition.ts'
import { matchesFilter } from '../domain/transition.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { RequestError } from '../kernel/errors.ts'
import { createWakeup, type Wakeup } from '../kernel/wakeup.ts'
import { limits } from '../limits.ts'
import type { Store } from '../store/contract/store.ts'

/** Reads the log for all followers in this process. */
export interface LogReader {
  /** Rings when there is a new entry, and when the engine's status changes. */
  readonly wakeup: Wakeup
  /** Position of the newest entry known to be committed. */
  latestPosition(): number
  /** To be called after each commit that appended to the log. */
  committed(position: number): void
  /** Polls for commits of other processes until `stop`: their commits do not ring the bell of this one. */
  watchOthers(): void
  stop(): void
  /**
   * Matching entries after a position, oldest first, and the position up to which the log was searched. Throws
   * CURSOR_EXPIRED if some of them have been pruned; without a filter, for readers inside this process, pruned entries
   * are skipped.
   */
  read(
    filter: LogFilter | null,
    after: number,
  ): Promise<{ readonly entries: readonly LogEntry[]; readonly through: number }>
  /**
   * Every matching entry after a position: the existing ones, then new ones. return() ends it at once. next() throws
   * CURSOR_EXPIRED once pruning has overtaken it.
   */
  follow<Entry extends LogEntry>(filter: LogFilter, after: number): AsyncIterableIterator<Entry>
}

/** Some entries after the cursor have been pruned; continuing would skip them silently (docs/rules.md#log). */
export function cursorExpired(): RequestError {
  return new RequestError(
    'CURSOR_EXPIRED',
    'Some entries after this cursor are no longer kept. Read the current state again, and continue from latestCursor.',
  )
}

/**
 * Live followers share one read of the log for each wake-up, and a tail of its last entries in memory. A follower that
 * is further behind reads SQL, so that a slow one costs the others nothing and loses nothing.
 */
export function createLogReader(store: Store, effects: Effects, startPosition: number): LogReader {
  const wakeup = createWakeup()
  let latest = startPosition
  let tail: LogEntry[] = []
  /** The tail holds every entry after `tailStart` up to `tailEnd`. */
  let tailStart = startPosition
  let tailEnd = startPosition
  let looking: Promise<void> | null = null

  function beginTail(position: number): void {
    tail = []
    tailStart = position
    tailEnd = position
  }

  async function look(): Promise<void> {
    // Entries committed while nobody followed are not read: only the end of the log is worth keeping in memory.
    if (latest - tailEnd > limits.logTailEntriesMax) beginTail(latest - limits.logTailEntriesMax)
    while (tailEnd < latest) {
      const known = latest
      const entries = await store.read.transitions.after(tailEnd, limits.logTailEntriesMax)
      if (entries === null) {
        beginTail((await store.read.installations.get()).prunedThrough)
        continue
      }
      tail = tail.concat(entries)
      tailEnd = entries.at(-1)?.position ?? known
      if (tail.length > limits.logTailEntriesMax) {
        const dropped = tail.length - limits.logTailEntriesMax
        tailStart = tail[dropped - 1]?.position ?? tailStart
        tail = tail.slice(dropped)
      }
    }
  }

  /** Index in the tail of the first entry after a position. */
  function placeAfter(position: number): number {
    let low = 0
    let high = tail.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((tail[middle]?.position ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  async function read(filter: LogFilter | null, after: number) {
    if (after >= tailStart) {
      looking ??= look().finally(() => {
        looking = null
      })
      await looking
      if (after >= tailStart) {
        const entries = tail.slice(placeAfter(after))
        return {
          entries: filter === null ? entries : entries.filter((entry) => matchesFilter(entry, filter)),
          through: Math.max(after, tailEnd),
        }
      }
    }
    return readFile(filter, after)
  }

  async function readFile(filter: LogFilter | null, after: number) {
    const size = limits.logRowsAtOnce
    // The entries of one queue have no index of their own: those of all queues are scanned, in batches.
    const until = filter?.queueId == null ? latest : Math.min(latest, after + limits.logSpanMax)
    const entries = await (filter === null
      ? store.read.transitions.after(after, size)
      : store.read.transitions.matchingAfter(filter, after, size, until))
    await effects.yieldToLoop()
    if (entries === null) {
      if (filter !== null) throw cursorExpired()
      return { entries: [], through: (await store.read.installations.get()).prunedThrough }
    }
    const last = entries.at(-1)?.position ?? after
    return { entries, through: entries.length < size ? Math.max(until, last) : last }
  }

  function follow<Entry extends LogEntry>(filter: LogFilter, after: number): AsyncIterableIterator<Entry> {
    const ending = new AbortController()
    let place = after
    let ready: readonly LogEntry[] = []
    let next = 0
    const done = { value: undefined, done: true } as const
    return {
      async next() {
        while (!ending.signal.aborted) {
          const entry = ready[next++]
          if (entry !== undefined) return { value: entry as Entry, done: false }
          const ticket = wakeup.ticket()
          const found = await read(filter, place)
          place = found.through
          ready = found.entries
          next = 0
          if (ready.length === 0 && place >= latest) await wakeup.changed(ticket, ending.signal)
        }
        return done
      },
      async return() {
        ending.abort()
        ready = []
        return done
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  let cancelWatch: Cancel = () => {}
  let stopped = false

  async function watch(): Promise<void> {
    // A poll that fails ends nothing: the next one follows soon.
    const found = await store.read.transitions.latestPosition().catch(() => latest)
    if (stopped) return
    if (found > latest) committed(found)
    cancelWatch = effects.timer(limits.otherProcessesLookMs, () => void watch(), { background: true })
  }

  function committed(position: number): void {
    latest = Math.max(latest, position)
    wakeup.ring()
  }

  return {
    wakeup,
    watchOthers: () => void watch(),
    stop() {
      stopped = true
      cancelWatch()
    },
    latestPosition: () => latest,
    committed,
    read,
    follow,
  }
}

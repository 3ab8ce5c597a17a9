import type Database from 'better-sqlite3'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { StorageFailure } from '../../kernel/errors.ts'
import type { Guard } from './guard.ts'
import { frameHeaderBytes, type Place, type WalState, watchPlace } from './place.ts'

/** Interval of checkpoints while something is written. */
const intervalMs = 1000
/** WAL size at which a checkpoint runs at once, as in SQLite's own default: 4 MiB. */
const framesAtOnce = 1000
/** WAL size at which our read-only tools release their snapshot, so that a checkpoint can reset the WAL. */
export const walBytesBeforeReadersRelease = 24 * 1024 * 1024
/**
 * WAL size at which no transaction begins until the WAL was truncated. A transaction adds 6 MiB (1000 targets with five
 * numbers each, in a list of a million), and less than 28 with the longest allowed texts, so the WAL stays under 64
 * MiB.
 */
const walBytesBeforeWait = 32 * 1024 * 1024

export interface Checkpoints {
  /**
   * To be called before each transaction. Throws a StorageFailure if the WAL is so long that it has to be truncated
   * first, and a reader prevents that.
   */
  makeRoom(): void
  /**
   * To be called just before each commit, which would hide that the WAL was truncated. Throws a StorageFailure if
   * another program may have destroyed what was committed before.
   */
  committing(): void
  /** To be called just after each commit, before anything relies on it. Throws if another program has destroyed it. */
  committed(): void
  /**
   * To be called after a rollback, of which that may be the cause, and before the database is closed, which runs a
   * checkpoint. Throws if another program has destroyed what was committed.
   */
  lookAgain(): void
  stop(): void
}

export interface CheckpointOptions {
  readonly file: string
  readonly writer: Database.Database
  readonly guard: Guard
  readonly effects: Effects
  /** Runs a function as soon as no transaction is open. */
  readonly betweenTransactions: (run: () => void) => void
}

/**
 * Runs checkpoints, which copy the WAL into the file so that it can be reset. SQLite would do so automatically at a
 * commit, but it then discards the error of a failing disk: the next attempt may succeed although the data is lost, and
 * the WAL with it.
 */
export function createCheckpoints({
  file,
  writer,
  guard,
  effects,
  betweenTransactions,
}: CheckpointOptions): Checkpoints {
  const frameBytes = (writer.pragma('page_size', { simple: true }) as number) + frameHeaderBytes
  const prepare = (mode: string) => writer.prepare<[], WalState>(`pragma wal_checkpoint(${mode})`)
  const [look, copy, cut] = [prepare('NOOP'), prepare('PASSIVE'), prepare('TRUNCATE')]
  const place = watchPlace(file, writer)
  /** The state of the WAL before the open transaction. */
  let before: WalState | undefined
  let cancel: Cancel | null = null

  function tooLong(state: WalState | undefined): boolean {
    return (state?.log ?? 0) * frameBytes >= walBytesBeforeWait
  }

  /** A failed checkpoint can be repeated later; the guard reports a failing disk. */
  function attempt<Result>(run: () => Result): Result | null {
    try {
      return run()
    } catch {
      return null
    }
  }

  /**
   * Checks a WAL that seems too short: if another process has reset and truncated it meanwhile, SQLite reports that by
   * now.
   */
  function findLoss(lookAt: Place['look']): StorageFailure | null {
    return lookAt(look.get()) && lookAt(look.get())
  }

  function assertInPlace(lookAt: Place['look']): void {
    const loss = attempt(() => findLoss(lookAt))
    if (loss !== null) throw guard.give(loss)
  }

  function lookAround(): void {
    cancel = null
    attempt(() => {
      // Before anything is copied from a truncated WAL, which would damage the file too.
      assertInPlace(place.lookAround)
      copy.get()
    })
  }

  // A page that cannot be read any more is not damage if another program has truncated the WAL.
  guard.explainBy(() => findLoss(place.look))
  return {
    makeRoom() {
      // Other processes write too, so this is read each time; it takes some 2 µs.
      before = look.get()
      if (!tooLong(before)) return
      assertInPlace(place.look)
      before = cut.get()
      if (!tooLong(before)) return
      throw new StorageFailure(
        'another program has been reading the database for so long that its -wal cannot be truncated',
      )
    },
    committing() {
      // Within a transaction SQLite does not report the state of the WAL.
      const loss = place.look(before)
      if (loss !== null) throw new StorageFailure(loss.message)
    },
    lookAgain: () => assertInPlace(place.look),
    committed() {
      assertInPlace(place.lookAtWal)
      attempt(() => {
        const state = look.get()
        if (state && state.log - state.checkpointed >= framesAtOnce) copy.get()
      })
      cancel ??= effects.timer(intervalMs, () => betweenTransactions(lookAround), { background: true })
    },
    stop() {
      cancel?.()
    },
  }
}

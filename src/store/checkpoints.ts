import type Database from 'better-sqlite3'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { StorageFailure } from '../kernel/errors.ts'
import type { Guard } from './guard.ts'
import { frameHeaderBytes, type Place, type WalState, watchPlace } from './place.ts'

/** How often the -wal is copied into the file while something is written. */
const intervalMs = 1000
/** What may wait in the -wal before it is copied at once, as SQLite's own default has it: 4 MiB. */
const framesAtOnce = 1000
/** WAL size at which our read-only tools release their snapshot, so that a checkpoint can reset the WAL. */
export const walBytesBeforeReadersLetGo = 24 * 1024 * 1024
/**
 * Where no transaction begins until the -wal was cut. One adds 6 MiB (1000 targets with five numbers each, in a list of a
 * million), and less than 28 with texts as long as they may be: so it stays under 64 MiB.
 */
const walBytesBeforeWait = 32 * 1024 * 1024

export interface Checkpoints {
  /**
   * To be called before each transaction. Throws a StorageFailure where the -wal has become so long that it has to be cut
   * first, and a reader does not let it.
   */
  makeRoom(): void
  /**
   * To be called just before each commit, which would hide that the -wal was cut. Throws a StorageFailure where another program
   * may have taken away what was committed before.
   */
  committing(): void
  /** To be called just after each commit, before anything rests on it. Throws where another program has taken it away. */
  committed(): void
  /**
   * To be called once a transaction was undone, which that may be the reason of, and before the database is closed, which copies
   * the -wal. Throws where another program has taken away what was committed.
   */
  lookAgain(): void
  stop(): void
}

export interface CheckpointOptions {
  readonly file: string
  readonly writer: Database.Database
  readonly guard: Guard
  readonly effects: Effects
  /** Runs something as soon as no transaction is open. */
  readonly betweenTransactions: (run: () => void) => void
}

/**
 * Copies the -wal into the file, so that it can be begun anew. SQLite would do it by itself at a commit, but then throws
 * away the error of a disk that fails there: the next try may succeed although the data is gone, and the -wal with it.
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
  /** How the -wal stood before the transaction that is open. */
  let before: WalState | undefined
  let cancel: Cancel | null = null

  function tooLong(state: WalState | undefined): boolean {
    return (state?.log ?? 0) * frameBytes >= walBytesBeforeWait
  }

  /** What fails here can be done later as well; of a disk that fails the guard has told. */
  function attempt<Result>(run: () => Result): Result | null {
    try {
      return run()
    } catch {
      return null
    }
  }

  /** Of a -wal that seems too short, another process may have begun it anew meanwhile, and cut it: it says so by now. */
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
      // Before anything is copied out of a -wal that was cut, which would spoil the file as well.
      assertInPlace(place.lookAround)
      copy.get()
    })
  }

  // A page that cannot be read any more is no damage where another program has cut it off.
  guard.explainBy(() => findLoss(place.look))
  return {
    makeRoom() {
      // Other processes write as well, so this looks anew each time; it takes some 2 µs.
      before = look.get()
      if (!tooLong(before)) return
      assertInPlace(place.look)
      before = cut.get()
      if (!tooLong(before)) return
      throw new StorageFailure('another program reads the database for so long that its -wal cannot be cut')
    },
    committing() {
      // Within a transaction SQLite does not say how the -wal stands now.
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

import { statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { StorageFailure } from '../kernel/errors.ts'
import type { Guard } from './guard.ts'

/** How often the -wal is copied into the file while something is written. */
const intervalMs = 1000
/** What may wait in the -wal before it is copied at once, as SQLite's own default has it: 4 MiB. */
const framesAtOnce = 1000
/** Where programs of ours that only read let go, so that the -wal can be begun anew. */
export const walBytesBeforeReadersLetGo = 24 * 1024 * 1024
/**
 * Where no transaction begins until the -wal was cut. One adds 6 MiB (1000 targets with five numbers each, in a list of a
 * million), and less than 28 with texts as long as they may be: so it stays under 64 MiB.
 */
const walBytesBeforeWait = 32 * 1024 * 1024

export interface Checkpoints {
  /** Throws a StorageFailure where the -wal has become so long that it has to be cut first, and a reader does not let it. */
  makeRoom(): void
  /** To be told of every commit. */
  committed(): void
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
  const isInPlace = watchPlace([file, `${file}-wal`])
  let cancel: Cancel | null = null

  function tooLong(state: WalState | undefined): boolean {
    return (state?.log ?? 0) * frameBytes >= walBytesBeforeWait
  }

  /** What fails here can be done later as well; of a disk that fails the guard has told. */
  function attempt(run: () => void): void {
    try {
      run()
    } catch {}
  }

  function lookAround(): void {
    cancel = null
    if (isInPlace()) {
      attempt(() => copy.get())
      return
    }
    const text = `The database ${file} was moved, replaced or removed while it was in use: what is committed now would be lost.`
    guard.give(new StorageFailure(text, { kind: 'BROKEN' }))
  }

  return {
    makeRoom() {
      // Other processes write as well, so this looks anew each time; it takes some 2 µs.
      if (!tooLong(look.get()) || !tooLong(cut.get())) return
      throw new StorageFailure('another program reads the database for so long that its -wal cannot be cut')
    },
    committed() {
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

/** As SQLite answers: frames in the -wal, and how many of them are in the file already. */
interface WalState {
  readonly busy: number
  readonly log: number
  readonly checkpointed: number
}

/** SQLite's, before each page in the -wal. */
const frameHeaderBytes = 24

/** Whether these names still stand for the files that they stand for now. */
function watchPlace(paths: readonly string[]): () => boolean {
  const inodesOf = () => paths.map((path) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino).join()
  const before = inodesOf()
  return () => inodesOf() === before
}

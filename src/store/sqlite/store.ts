import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import { StorageFailure } from '../../kernel/errors.ts'
import { limits } from '../../limits.ts'
import type { Scope } from '../contract/scope.ts'
import type { Changes, Store, Transaction } from '../contract/store.ts'
import { checkInBackground } from './background-check.ts'
import { assertWithin, createApply } from './changes.ts'
import { createCheckpoints } from './checkpoints.ts'
import { type DatabaseOptions, openDatabase, statementHook } from './database.ts'
import { asStorageError } from './guard.ts'
import { createHighWaterMark } from './high-water-mark.ts'
import { createReadingThreads } from './reading-threads.ts'
import { readInThreads } from './slow-read.ts'
import { createTables } from './tables.ts'

const insideTransaction = new AsyncLocalStorage<true>()
const marked = <Result>(run: () => Result) => insideTransaction.run(true, run)
const unmarked = <Result>(run: () => Result) => run()

export interface StoreOptions extends DatabaseOptions {
  /**
   * Whether reads that may have to scan a whole table run in threads. Otherwise they hold the event loop, as in tests
   * and commands, where nobody else needs it.
   */
  readonly readingThreads?: boolean
  /**
   * Whether a transaction inside a transaction is refused at once. Otherwise it waits for itself until both time out.
   * To know costs some 6 % of the CPU of a tick, so that tests ask for it and the program does not.
   */
  readonly refuseNested?: boolean
}

export function createStore(options: StoreOptions, effects: Effects): Store {
  const database = openDatabase(options)
  const threads = options.readingThreads ? createReadingThreads({ ...database, effects }) : null
  if (threads !== null) readInThreads(database.read, threads)
  const inside = options.refuseNested ? marked : unmarked
  const written = createTables(database.write)
  const apply = createApply(written)
  const hook = statementHook(database.write)
  const statement = (sql: string) => {
    const prepared = database.writer.prepare(sql)
    return () => {
      hook?.(sql)
      prepared.run()
    }
  }
  const begin = statement('BEGIN IMMEDIATE')
  const commit = statement('COMMIT')
  const beginSavepoint = statement('SAVEPOINT nested')
  const release = statement('RELEASE nested')
  const rollbackSavepoint = database.writer.prepare('ROLLBACK TO nested')
  const rollback = database.writer.prepare('ROLLBACK')
  const checkpoints = createCheckpoints({
    ...database,
    effects,
    betweenTransactions: (run) => enqueue(async () => run()),
  })
  const check = options.onBroken && !database.isChecked ? checkInBackground({ ...options, ...database, effects }) : null
  const mark = createHighWaterMark(database.file, effects)
  const waiting: (() => Promise<void>)[] = []
  let running: Promise<void> | null = null
  let closed = false

  async function beginPatiently(): Promise<void> {
    const until = effects.monotonic() + limits.transactionMaxMs
    for (;;) {
      try {
        checkpoints.makeRoom()
        return begin()
      } catch (error) {
        const failure = asStorageError(error)
        if (!mayPass(failure) || effects.monotonic() >= until) throw failure
        await effects.yieldToLoop()
      }
    }
  }

  function openTransaction(scope: Scope) {
    const state = { open: true }
    const tx = {
      async apply(changes: Changes) {
        assertWithin(scope, changes)
        return apply(changes)
      },
      async savepoint<Result>(run: () => Promise<Result>): Promise<Result> {
        beginSavepoint()
        try {
          const result = await run()
          assert(state.open, 'a savepoint to end before its transaction')
          release()
          return result
        } catch (error) {
          // After a full disk SQLite may have rolled back everything, and after the end the open savepoint is another
          // transaction's.
          if (state.open && database.writer.inTransaction) {
            rollbackSavepoint.run()
            release()
          }
          throw asStorageError(error)
        }
      },
    }
    const sealed = new Proxy(tx, {
      get(own, name) {
        assert(state.open, 'a transaction to be used before its end')
        // A full disk makes SQLite roll back the whole transaction: a later write would be committed on its own.
        if (!database.writer.inTransaction) throw new StorageFailure('the database rolled the transaction back')
        return Reflect.get(name in own ? own : written, name)
      },
    })
    return { state, tx: sealed as Transaction }
  }

  async function runOne<Result>(scope: Scope, run: (tx: Transaction) => Promise<Result>): Promise<Result> {
    await beginPatiently()
    const { state, tx } = openTransaction(scope)
    let expire: () => void = () => {}
    const expired = new Promise<never>((_, reject) => {
      expire = effects.timer(limits.transactionMaxMs, () => {
        state.open = false
        reject(new Error(`a transaction was still open after ${limits.transactionMaxMs} ms`))
      })
    })
    try {
      const result = await Promise.race([inside(() => run(tx)), expired])
      state.open = false
      checkpoints.committing()
      commit()
      checkpoints.committed()
      return result
    } catch (error) {
      state.open = false
      if (database.writer.inTransaction) rollback.run()
      checkpoints.lookAgain()
      throw asStorageError(error)
    } finally {
      expire()
    }
  }

  function enqueue(work: () => Promise<void>): void {
    waiting.push(work)
    running ??= serve()
  }

  /** Runs the waiting transactions, yielding to the event loop in between. */
  async function serve(): Promise<void> {
    let heldSince = effects.monotonic()
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await next()
      if (waiting.length > 0 && effects.monotonic() - heldSince > limits.holdLoopMaxMs) {
        await effects.yieldToLoop()
        heldSince = effects.monotonic()
      }
    }
    running = null
  }

  return {
    read: createTables(database.read),
    mark,
    transact<Result>(scope: Scope, run: (tx: Transaction) => Promise<Result>): Promise<Result> {
      assert(insideTransaction.getStore() === undefined, 'no transaction inside a transaction')
      assert(!closed, 'a store that is open')
      return new Promise<Result>((resolve, reject) => enqueue(() => runOne(scope, run).then(resolve, reject)))
    },
    async close() {
      if (closed) return
      closed = true
      check?.stop()
      checkpoints.stop()
      await threads?.stop()
      await running
      // The last commits have set the timer again.
      checkpoints.stop()
      mark.close()
      try {
        checkpoints.lookAgain()
      } finally {
        database.close()
      }
    },
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof StorageFailure && (error.kind === 'BUSY' || error.kind === 'FAILED')
}

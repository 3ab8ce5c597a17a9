import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { RequestError } from '../../kernel/errors.ts'
import { limits } from '../../limits.ts'
import type { Guard } from './guard.ts'

/** Runs reads that may have to scan whole tables, off the event loop. */
export interface ReadingThreads {
  /**
   * All rows of a statement, each as its values. Rejects with TIMED_OUT after 2 s, or after waiting 10 s for a thread.
   * The statement has to contain the condition `stillWanted`, or it continues after that.
   */
  all(sql: string, values: readonly unknown[]): Promise<unknown[][]>
  stop(): Promise<void>
}

/**
 * Nothing outside can interrupt SQLite here, and a thread ends only when it returns to JavaScript. So each statement
 * does so itself every few thousand rows, by calling a function that has no result.
 */
export const stillWantedFunction = 'still_wanted'

/** Runs from this text, since a thread cannot load the sources that the program may run from. */
const script = `
const { parentPort, workerData } = require('node:worker_threads')
const client = new (require(workerData.module))(workerData.file, { readonly: true, fileMustExist: true, timeout: 1000 })
client.pragma('cache_size = -8192')
client.pragma('temp_store = MEMORY')
client.function('${stillWantedFunction}', { deterministic: false }, () => 1)
const statements = new Map()
function statementOf(sql) {
  let statement = statements.get(sql)
  if (statement === undefined) {
    statement = client.prepare(sql).raw()
    statements.set(sql, statement)
  }
  return statement
}
parentPort.on('message', ({ sql, values }) => {
  try {
    parentPort.postMessage({ rows: statementOf(sql).all(values) })
  } catch ({ code, message }) {
    parentPort.postMessage({ error: { code: String(code), message: String(message) } })
  }
})
`

const sqliteModule = createRequire(import.meta.url).resolve('better-sqlite3')

interface Failed {
  readonly code: string
  readonly message: string
}

type Reply = { readonly rows: unknown[][] } | { readonly error: Failed }

interface Job {
  readonly sql: string
  readonly values: readonly unknown[]
  readonly resolve: (rows: unknown[][]) => void
  readonly reject: (error: unknown) => void
  cancelWait: Cancel
}

interface Thread {
  readonly worker: Worker
  job: Job | null
  cancel: Cancel
}

export interface ReadingThreadsOptions {
  readonly file: string
  readonly guard: Guard
  readonly effects: Pick<Effects, 'timer'>
}

/** Threads are started when first needed, and replaced after one had to be ended. */
export function createReadingThreads({ file, guard, effects }: ReadingThreadsOptions): ReadingThreads {
  const threads = new Set<Thread>()
  const ending = new Set<Promise<unknown>>()
  let waiting: Job[] = []
  let stopped = false

  function serve(): void {
    while (waiting.length > 0) {
      const thread = [...threads].find(({ job }) => job === null) ?? startThread()
      if (thread === null) return
      const job = waiting.shift()
      if (job === undefined) return
      job.cancelWait()
      begin(thread, job)
    }
  }

  function startThread(): Thread | null {
    if (threads.size >= limits.readingThreadsMax) return null
    const worker = new Worker(script, { eval: true, workerData: { module: sqliteModule, file }, execArgv: [] })
    const thread: Thread = { worker, job: null, cancel: () => {} }
    worker.unref()
    worker.on('message', (reply: Reply) => finish(thread, (job) => settle(job, reply)))
    // The thread could not even start: SQLite opens a file at its first use.
    worker.on('error', (error) => end(thread, isOfSqlite(error) ? failureOf(error) : error))
    threads.add(thread)
    return thread
  }

  function begin(thread: Thread, job: Job): void {
    thread.job = job
    thread.cancel = effects.timer(limits.readingWithinMs, () => {
      const text = `A list or a count had to look at too many rows, and was aborted after ${limits.readingWithinMs} ms. Filter by less, or by a campaign.`
      end(thread, new RequestError('TIMED_OUT', text))
    })
    // While it works the program waits for it, as for a request.
    thread.worker.ref()
    thread.worker.postMessage({ sql: job.sql, values: job.values })
  }

  function finish(thread: Thread, settleJob: (job: Job) => void): void {
    const { job } = thread
    thread.cancel()
    thread.job = null
    thread.worker.unref()
    if (job !== null) settleJob(job)
    serve()
  }

  function settle(job: Job, reply: Reply): void {
    if ('rows' in reply) job.resolve(reply.rows)
    else job.reject(failureOf(reply.error))
  }

  /** A failure that a thread reports counts as one of this thread. */
  function failureOf({ code, message }: Failed): unknown {
    try {
      return guard.run(() => {
        throw new Database.SqliteError(message, code)
      })
    } catch (error) {
      return error
    }
  }

  function end(thread: Thread, error: unknown): void {
    threads.delete(thread)
    finish(thread, ({ reject }) => reject(error))
    // Otherwise the process could end, with the exit code of a stuck thread, before it knows that the thread has ended.
    thread.worker.ref()
    const ended = thread.worker.terminate().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  return {
    all(sql, values) {
      return new Promise((resolve, reject) => {
        const job: Job = { sql, values, resolve, reject, cancelWait: () => {} }
        if (stopped) {
          reject(new Error('the store is closed'))
          return
        }
        job.cancelWait = effects.timer(limits.operationWithinMs, () => {
          waiting = waiting.filter((other) => other !== job)
          reject(new RequestError('TIMED_OUT', 'Other lists and counts took too long. Try again later.'))
        })
        waiting.push(job)
        serve()
      })
    },
    async stop() {
      stopped = true
      const left = waiting
      waiting = []
      for (const { cancelWait, reject } of left) {
        cancelWait()
        reject(new Error('the store is closed'))
      }
      for (const thread of threads) end(thread, new Error('the store is closed'))
      await Promise.all(ending)
    },
  }
}

function isOfSqlite(error: Error): error is Error & Failed {
  return 'code' in error && String(error.code).startsWith('SQLITE_')
}

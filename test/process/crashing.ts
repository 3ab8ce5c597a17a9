/**
 * `serve`, but where DIALGRAPH_CRASH_AT names a point, the process sends itself a signal there: `<point>:<nth>:<signal>`, the
 * last two being 1 and SIGKILL when they are left out. All of it hangs on the seams of startDialgraph: the program that is
 * built for use has no such points.
 */
import { writeSync } from 'node:fs'
import { createCommandLog, heedSignals, print } from '../../src/cli/terminal.ts'
import { readConfig } from '../../src/config.ts'
import { type StartOptions, startDialgraph } from '../../src/dialgraph.ts'
import type { CallNews, Driver } from '../../src/telephony/driver.ts'

type CrashPoint =
  /** A call is committed, and the carrier has not been asked. */
  | 'COMMITTED'
  /** The request for a call has left, and is not answered. */
  | 'SENT'
  /** The request was accepted, which nobody but the driver knows. */
  | 'ACCEPTED'
  /** The transition of an answer, or of an end, is about to be committed. */
  | 'ANSWERED'
  | 'ENDED'
  /** A statement of the migrations is about to be run. */
  | 'MIGRATING'
  /** The carrier is about to be asked what became of a call. */
  | 'RECOVERING'
  /** The engine's own row is about to be committed: at its take-over, at a change, at a sign of life. */
  | 'REPORTING'

/** What the process says of itself before it gets the signal. */
export interface Crash {
  readonly point: CrashPoint
  /** The carrier's id of the call that it happened to, if it did to one. */
  readonly callId: string | null
  /** Requests for calls whose answers had not come. */
  readonly unansweredIds: readonly string[]
}

type Reach = (point: CrashPoint, callId?: string | null) => void

function createCrash(text: string): StartOptions {
  const [wanted = '', nth = '1', signal = 'SIGKILL'] = text.split(':')
  const unanswered = new Set<string>()
  let left = Number(nth)
  const reach: Reach = (point, callId = null) => {
    if (point !== wanted || --left !== 0) return
    const crash: Crash = { point, callId, unansweredIds: [...unanswered] }
    writeSync(1, `crash ${JSON.stringify(crash)}\n`)
    // Of a signal to itself that it cannot catch, a process sees nothing: this does not return.
    process.kill(process.pid, signal)
  }
  const heard = createHeard()
  return {
    onStatement: watchStatements(heard, reach),
    throughDriver: (driver) => watchDriver(driver, { heard, unanswered, reach }),
  }
}

/** News that the engine has been told of and that is not committed yet, by the point that it leads to. */
function createHeard() {
  const ended = new Set<string>()
  const answered = new Set<string>()
  const waiting = new Map<CrashPoint, string>()
  return {
    waiting,
    /** News that comes twice, or an answer after the end, leads to no transition. */
    take({ type, callId }: CallNews): void {
      if (type === 'HANGUP' && !ended.has(callId)) {
        ended.add(callId)
        waiting.set('ENDED', callId)
      }
      if (type === 'ANSWERED' && !ended.has(callId) && !answered.has(callId)) {
        answered.add(callId)
        waiting.set('ANSWERED', callId)
      }
    },
  }
}

type EventResult = ReturnType<typeof createHeard>

function watchStatements(heard: EventResult, reach: Reach): (sql: string) => void {
  let written: string[] = []
  /** What had been heard as the transaction began: a tick records all of it. */
  let begunWith = new Map<CrashPoint, string>()
  let callsCommitted = false
  const writes = (start: string) => written.some((sql) => sql.startsWith(start))
  return (sql) => {
    if (callsCommitted) {
      callsCommitted = false
      reach('COMMITTED')
    }
    if (/^create /i.test(sql.trimStart())) reach('MIGRATING')
    else if (sql === 'BEGIN IMMEDIATE') {
      written = []
      begunWith = new Map(heard.waiting)
    } else if (sql === 'COMMIT') {
      if (writes('update "engine" set "state"')) reach('REPORTING')
      if (writes('update "campaigncall"')) {
        for (const [point, callId] of begunWith) {
          if (heard.waiting.get(point) === callId) heard.waiting.delete(point)
          reach(point, callId)
        }
      }
      callsCommitted = writes('insert into "campaigncall"')
    } else if (!sql.startsWith('select')) written.push(sql)
  }
}

interface Watched {
  readonly heard: EventResult
  readonly unanswered: Set<string>
  readonly reach: Reach
}

function watchDriver(driver: Driver, { heard, unanswered, reach }: Watched): Driver {
  return {
    ...driver,
    start: (listener) =>
      driver.start({
        ...listener,
        news(news) {
          heard.take(news)
          listener.news(news)
        },
      }),
    async originate(request) {
      const { callId } = request
      unanswered.add(callId)
      const asked = driver.originate(request)
      reach('SENT', callId)
      const answer = await asked
      unanswered.delete(callId)
      if (answer.type === 'ACCEPTED') reach('ACCEPTED', callId)
      return answer
    },
    lookup(callId) {
      reach('RECOVERING', callId)
      return driver.lookup(callId)
    },
  }
}

const { DIALGRAPH_CRASH_AT: point = '', ...environment } = process.env
const base = readConfig(environment)
const config = { ...base, database: { ...base.database, mayCreate: true } }
const { signalled } = heedSignals()
const dialgraph = await startDialgraph(config, createCommandLog(config.logLevel), createCrash(point))
print(`listening on ${dialgraph.url}`)
await signalled
await dialgraph.stop()

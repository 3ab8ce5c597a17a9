import type { HangupReason } from '../domain/campaigncall.ts'
import type { Effects } from '../kernel/effects.ts'
import { readFirst } from '../kernel/read-first.ts'
import type { CallNews, Driver, LookupAnswer, OriginateRequest } from '../telephony/driver.ts'

export interface TestCallOptions {
  readonly driver: Driver
  readonly effects: Effects
  readonly request: OriginateRequest
  /** How long it lasts after the answer before it is hung up from here. */
  readonly talkMs: number
  /** Told of each step, with the status that the call has then. */
  step(status: 'DIALING' | 'PROGRESSING' | 'DONE', what: string): void
}

type TestCallResult =
  | { readonly type: 'ENDED'; readonly reason: HangupReason; readonly answered: boolean }
  | { readonly type: 'NOT_PLACED'; readonly why: string }

export interface TestCall {
  /** Settles when the call is over and the driver is stopped. */
  run(): Promise<TestCallResult>
  /** Ends the call before its time. */
  hangUp(): void
}

/** How long the carrier may take to be there, and to tell of an end that was asked for. */
const connectWithinMs = 10_000
const finalNewsMs = 10_000

/** One call straight through a driver: without a campaign, a list or a database. */
export function createTestCall({ driver, request, talkMs, step, ...options }: TestCallOptions): TestCall {
  const effects = readFirst(options.effects)
  const { callId, ringTimeoutMs } = request
  let status: 'DIALING' | 'PROGRESSING' = 'DIALING'
  let asked = false
  let isOver = false
  let cancelTimer = () => {}
  let settle: (result: TestCallResult) => void = () => {}
  const result = new Promise<TestCallResult>((resolve) => {
    settle = resolve
  })

  function end(reason: HangupReason, detail: string): void {
    if (isOver) return
    isOver = true
    const success = reason === 'NORMAL' ? 'SUCCESS' : 'FAIL'
    step('DONE', `${success}, ${reason}${detail === '' ? '' : ` (${detail})`}`)
    settle({ type: 'ENDED', reason, answered: status === 'PROGRESSING' })
  }

  function answered(): void {
    if (status === 'PROGRESSING') return
    status = 'PROGRESSING'
    step(status, 'answered')
    if (asked) return
    cancelTimer()
    cancelTimer = effects.timer(talkMs, () => hangUp('NORMAL'))
  }

  /** Switches tell it more than once. */
  const progress = new Set<string>()
  function progressed(type: 'RINGING' | 'EARLY_MEDIA'): void {
    if (status !== 'DIALING' || progress.has(type)) return
    progress.add(type)
    step(status, type === 'RINGING' ? 'ringing' : 'early media')
  }

  function hear(news: CallNews): void {
    if (news.callId !== callId) return
    if (news.type === 'RINGING' || news.type === 'EARLY_MEDIA') progressed(news.type)
    else if (news.type === 'ANSWERED') answered()
    else if (news.type === 'DIGIT') step(status, `digit ${news.digit}`)
    else if (news.type === 'HANGUP') end(news.reason, news.detail)
  }

  function hangUp(reason: HangupReason): void {
    if (asked || isOver) return
    asked = true
    cancelTimer()
    step(status, 'hanging up')
    driver
      .hangup(callId, reason)
      .catch((error: Error) => !isOver && step(status, `could not be hung up: ${error.message}`))
    cancelTimer = effects.timer(finalNewsMs, () => end('UNKNOWN', 'no final news'))
  }

  /** What was told while the connection was lost is lost. */
  async function lookUp(): Promise<void> {
    const found = await driver.lookup(callId).catch((): LookupAnswer => ({ type: 'CANNOT_TELL' }))
    if (found.type === 'ENDED') end(found.reason, 'known by a look-up')
    else if (found.type === 'LIVE' && found.state === 'ANSWERED') answered()
    else if (found.type === 'NOT_SEEN' || found.type === 'CANNOT_TELL') end('UNKNOWN', 'the carrier does not know it')
  }

  async function place(): Promise<void> {
    step('DIALING', `${request.to.target} through ${driver.name}`)
    cancelTimer = effects.timer(ringTimeoutMs, () => hangUp('NO_ANSWER'))
    const answer = await driver.originate(request).catch(() => ({ type: 'INDETERMINATE' }) as const)
    if (answer.type === 'REJECTED') {
      isOver = true
      settle({ type: 'NOT_PLACED', why: `${driver.name} refuses it, ${answer.reason}` })
    } else if (answer.type === 'NOT_SENT') {
      isOver = true
      settle({ type: 'NOT_PLACED', why: answer.detail })
    } else if (answer.type === 'INDETERMINATE') await lookUp()
  }

  let isPlaced = false
  function connected(): void {
    if (isPlaced) void lookUp()
    else {
      isPlaced = true
      cancelTimer()
      void place()
    }
  }

  return {
    async run() {
      const notThere = (why: string) => settle({ type: 'NOT_PLACED', why })
      cancelTimer = effects.timer(connectWithinMs, () => notThere(`no answer from ${driver.name}`))
      await driver.start({
        news: hear,
        connected,
        disconnected(detail) {
          if (isPlaced) step(status, `connection lost: ${detail}`)
          else notThere(`${driver.name} is out of reach: ${detail}`)
        },
      })
      const over = await result
      cancelTimer()
      // It may ring, or come about, all the same: nobody is here to talk to whoever answers.
      if (over.type === 'ENDED' && over.reason === 'UNKNOWN') await driver.hangup(callId, 'CANCEL').catch(() => {})
      await driver.stop()
      return over
    },
    hangUp() {
      if (isPlaced) hangUp(status === 'DIALING' ? 'CANCEL' : 'NORMAL')
      else settle({ type: 'NOT_PLACED', why: 'asked to end first' })
    },
  }
}

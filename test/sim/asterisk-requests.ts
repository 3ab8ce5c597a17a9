import { limits } from '../../src/limits.ts'
import type { WireRequest } from '../../src/telephony/asterisk/http.ts'
import { parseRequest, type RestRequest } from '../telephony/asterisk/fake-rest.ts'
import type { Owner } from './outside.ts'
import type { SwitchStage } from './switch-outside.ts'

const requestLateMaxMs = 8000

/** A request as it leaves, and what it asks for. */
type Asked =
  | { readonly type: 'ORIGINATE'; readonly callId: string; readonly number: string }
  | { readonly type: 'CHANGE' | 'QUESTION'; readonly callId: string }

/** An answer of the switch, or of whoever stands before it. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly page?: string
  readonly retryAfter?: string
}

/** What is said instead of placing a call: the first ones prove that it was not, the others prove nothing. */
const refusals: readonly Answer[] = [
  { status: 500, body: { error: 'Allocation failed' } },
  { status: 503, body: { message: 'Asterisk not booted' } },
  { status: 429, retryAfter: '2' },
  { status: 404, page: '<html>' },
  { status: 403, body: { message: 'Write access denied' } },
]
const vagueAnswers: readonly Answer[] = [
  { status: 500, body: { message: 'Internal error' } },
  { status: 409, body: { message: 'Channel with given unique ID already exists' } },
  { status: 200, page: '<html>' },
  { status: 502, page: '<html>' },
]

export interface RequestsOptions {
  /** Whether anybody takes a request. */
  isReachable(): boolean
  /** What the switch does when a request has arrived, and answers; null where it ends instead. */
  carryOut(request: RestRequest): Answer | null
}

/** The way of requests to an Asterisk and of its answers back. Each goes by itself: they overtake each other. */
export function createRequests(stage: SwitchStage, { isReachable, carryOut }: RequestsOptions) {
  const { effects, chance, truth, figures, rates, latencyMs } = stage

  function sendRequest({ mortal, number }: Owner, request: WireRequest): () => void {
    const { method, path, text } = request
    const parsed = parseRequest(method, path, text ?? '')
    const read = readRequest(parsed)
    // A leg is asked for in the same way as a call.
    const isLeg = read.type === 'ORIGINATE' && !truth.isOurs(read.callId)
    const asked: Asked = isLeg ? { type: 'CHANGE', callId: read.callId } : read
    let isCut = false
    const cut = () => {
      isCut = true
    }
    const say = (run: () => void) => {
      mortal.hear(() => {
        if (!isCut) run()
      })
    }
    const isChange = asked.type !== 'QUESTION'
    if (!mortal.alive || (isChange && !mortal.passes('REQUEST'))) return cut
    if (!isReachable()) {
      queueMicrotask(() => say(() => request.failed('connect ECONNREFUSED')))
      return cut
    }
    request.sent()
    if (asked.type === 'ORIGINATE') truth.asked(asked.callId, asked.number, number)
    carry(parsed, asked, (answer) =>
      say(() => {
        if (answer === null) request.failed('read ECONNRESET')
        else request.answered(onTheWire(answer))
      }),
    )
    if (isChange) mortal.passes('REQUEST')
    return cut
  }

  /** Takes a request to the switch and its answer back; null where the connection breaks instead. */
  function carry(parsed: RestRequest, asked: Asked, answered: (answer: Answer | null) => void): void {
    const [before, after] = sharesLost(asked)
    const { rejected, requestLate } = rates()
    const isOriginate = asked.type === 'ORIGINATE'
    if (chance.happens(before)) {
      loseAnswer(asked, answered)
      return
    }
    if (isOriginate && chance.happens(rejected)) {
      const isVague = chance.happens(0.3)
      if (isVague) truth.trouble(asked.callId)
      // A gateway in between may say what it will when the switch has done it.
      if (isVague && chance.happens(0.3)) later(latencyMs(), () => carryOut(parsed))
      later(latencyMs(), () => answered(chance.pick(isVague ? vagueAnswers : refusals)))
      return
    }
    const isLate = isOriginate && chance.happens(requestLate)
    if (isLate) truth.trouble(asked.callId)
    later(isLate ? chance.whole(200, requestLateMaxMs) : latencyMs(), () => {
      const answer = carryOut(parsed)
      if (chance.happens(after)) loseAnswer(asked, answered)
      else later(latencyMs(), () => answered(answer))
    })
  }

  /** How often a request is lost on its way, and how often it is carried out and its answer is lost. */
  function sharesLost({ type }: Asked): readonly [before: number, after: number] {
    const { requestLost, answerLost, commandLost, lookupFailed } = rates()
    if (type === 'ORIGINATE') return [requestLost, answerLost]
    return type === 'CHANGE' ? [commandLost / 2, commandLost / 2] : [0, lookupFailed]
  }

  /** The connection breaks, or nothing is heard any more, or the answer is no answer. */
  function loseAnswer(asked: Asked, answered: (answer: Answer | null) => void): void {
    figures.answersLost++
    if (asked.callId === '') truth.stalls(limits.listAnswerMs)
    else truth.trouble(asked.callId)
    const how = chance.pick(['BREAKS', 'SILENT', 'VAGUE'])
    if (how === 'BREAKS') later(latencyMs(), () => answered(null))
    if (how === 'VAGUE') later(latencyMs(), () => answered({ status: 500, page: '<html>' }))
  }

  function later(delayMs: number, run: () => void): void {
    if (delayMs > 0) effects.timer(delayMs, run)
    else queueMicrotask(run)
  }

  return { send: sendRequest }
}

function onTheWire({ status, body, page, retryAfter }: Answer) {
  return { status, text: page ?? (body === undefined ? '' : JSON.stringify(body)), retryAfter }
}

function readRequest({ method, path, body }: RestRequest): Asked {
  const [noun, about = ''] = path
  if (method === 'GET') return { type: 'QUESTION', callId: about }
  const [, number] = /^PJSIP\/(.+)@/.exec(String(body.endpoint)) ?? []
  if (noun !== 'channels' || method !== 'POST' || path.length > 1 || number === undefined)
    return { type: noun === 'applications' ? 'QUESTION' : 'CHANGE', callId: about }
  return { type: 'ORIGINATE', callId: String(body.channelId), number }
}

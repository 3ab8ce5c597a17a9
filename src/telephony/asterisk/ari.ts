import type { z } from 'zod'
import type { Log } from '../../kernel/log.ts'
import type { Http, HttpAnswer, HttpRequest } from './http.ts'
import { answers } from './messages.ts'
import { wordsOf } from './placing.ts'

type Answers = { readonly [Kind in keyof typeof answers]: z.infer<(typeof answers)[Kind]> }

/** Asterisk's interface, as the parts of the driver use it. */
export interface AriClient {
  /** Rejects with NotSent or AnswerLost; every status is an answer. */
  ask(request: HttpRequest): Promise<HttpAnswer>
  /** What is at that path; null where Asterisk says that it is not there. Rejects for every other answer. */
  get<Kind extends keyof Answers>(
    kind: Kind,
    path: readonly string[],
    options?: Pick<HttpRequest, 'query' | 'withinMs'>,
  ): Promise<Answers[Kind] | null>
  /** Changes something. Rejects unless Asterisk says that it is done. */
  change(request: HttpRequest): Promise<unknown>
  /** Ends something: one that is gone already is as good. Rejects for every other answer. */
  remove(path: readonly string[]): Promise<void>
  /** Requests for new calls that wait for a connection. */
  readonly newCallsWaiting: number
  /** Requests for new calls that would be sent at once. */
  readonly newCallsRoom: number
  /** As `remove`, but a failure is logged only. `what` completes "Asterisk could not …". */
  tryToRemove(what: string, path: readonly string[]): Promise<void>
}

/** Puts words to what Asterisk answers. A 404 with a page is no word of the interface: Asterisk starts, or is elsewhere. */
export function createAriClient(http: Http, log: Log): AriClient {
  const unexpected = ({ method, path }: HttpRequest, { status, body }: HttpAnswer) =>
    new Error(`${method} /${path.join('/')} was answered ${`${status} ${wordsOf(body)}`.trimEnd()}`)
  const isThere = ({ status, body }: HttpAnswer) => !(status === 404 && body !== undefined)

  async function remove(path: readonly string[]): Promise<void> {
    const request: HttpRequest = { method: 'DELETE', path }
    const answer = await http.ask(request)
    if (answer.status !== 204 && isThere(answer)) throw unexpected(request, answer)
  }

  return {
    ask: http.ask,
    get newCallsRoom() {
      return http.newCallsRoom
    },
    get newCallsWaiting() {
      return http.newCallsWaiting
    },
    async get(kind, path, options) {
      const request: HttpRequest = { method: 'GET', path, ...options }
      const answer = await http.ask(request)
      if (!isThere(answer)) return null
      const result = answers[kind].safeParse(answer.body)
      if (answer.status !== 200 || !result.success) throw unexpected(request, answer)
      return result.data as Answers[typeof kind]
    },
    async change(request) {
      const answer = await http.ask(request)
      if (answer.status < 200 || answer.status > 299) throw unexpected(request, answer)
      return answer.body
    },
    remove,
    tryToRemove: (what, path) =>
      remove(path).catch((error: unknown) => log.warn({ error, path }, `Asterisk could not ${what}`)),
  }
}

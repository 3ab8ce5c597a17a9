import { createTape } from '../simulator/remote-support.ts'
import { answerRest, type RestRequest } from './fake-rest.ts'
import { createFakeSwitch, type FakeSwitch, type FakeSwitchOptions } from './fake-switch.ts'

/** What becomes of a request instead of what should. `carriedOut`: what it asks for happens all the same. */
export type Trouble =
  | {
      readonly type: 'ANSWER'
      readonly status: number
      readonly body?: unknown
      readonly page?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly carriedOut?: boolean
      /** The answer goes out no earlier. */
      readonly after?: Promise<unknown>
    }
  | { readonly type: 'RESET' | 'SILENCE' | 'CUT_ANSWER'; readonly carriedOut?: boolean }

/** What goes back over the wire, or happens to it instead. */
export type Reaction =
  | {
      readonly type: 'ANSWER'
      readonly status: number
      readonly body?: unknown
      readonly page?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly type: 'RESET' | 'SILENCE' }
  | { readonly type: 'CUT_ANSWER'; readonly body: unknown }

/** A client that listens to events, however it is connected. */
export interface EventClient {
  send(text: string): void
  /** Reads nothing any more, and answers no ping. */
  pause(): void
  /** The connection breaks. */
  terminate(): void
}

export const username = 'dialer'
export const password = 'a secret of the test'
const readers = ['readonly']

/** What Asterisk's web server says while nothing stands behind it. */
export const notFoundPage =
  '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\r\n<html><head>\r\n<title>404 Not Found</title>\r\n</head></html>\r\n'

export type Phase = 'UP' | 'PAGES' | 'NOT_BOOTED' | 'DOWN'
/** What an Asterisk answers and tells, whatever wire that goes over, and how it can be made to misbehave. */
export function createFakeDesk(options: FakeSwitchOptions) {
  const requests = createTape<RestRequest>()
  const clients = createTape<EventClient>()
  const troubles: { readonly matches: (request: RestRequest) => boolean; readonly trouble: Trouble }[] = []
  const lost = new Set<string>()
  let phase: Phase = 'UP'
  let of: FakeSwitch = createFakeSwitch(options)
  let silent = false
  /** How many requests for the connection for events are left unanswered. */
  let unanswered = 0
  let greetings = 0

  /** What is said before anything is looked at; null where the request is looked at. */
  function refusalOf(method: string, authorization: string | undefined): Reaction | null {
    if (phase === 'PAGES') return { type: 'ANSWER', status: 404, page: notFoundPage }
    if (phase !== 'UP') return { type: 'ANSWER', status: 503, body: { message: 'Asterisk not booted' } }
    const who = whoOf(authorization)
    if (who === null) return { type: 'ANSWER', status: 401, body: { message: 'Authentication required' } }
    if (method !== 'GET' && readers.includes(who))
      return { type: 'ANSWER', status: 403, body: { message: 'Write access denied' } }
    return null
  }

  async function reactWith(trouble: Trouble, request: RestRequest): Promise<Reaction> {
    const { body } = trouble.carriedOut ? answerRest(of, request) : { body: {} }
    if (trouble.type === 'CUT_ANSWER') return { type: 'CUT_ANSWER', body }
    if (trouble.type !== 'ANSWER') return { type: trouble.type }
    await trouble.after
    return trouble
  }

  return {
    ...{ requests, clients },
    /** The switch of now: another one after a restart. */
    get of() {
      return of
    },
    get phase() {
      return phase
    },
    async react(request: RestRequest, authorization: string | undefined): Promise<Reaction> {
      requests.push(request)
      const at = troubles.findIndex(({ matches }) => matches(request))
      const [planned] = at < 0 ? [] : troubles.splice(at, 1)
      if (planned !== undefined) return reactWith(planned.trouble, request)
      return refusalOf(request.method, authorization) ?? { type: 'ANSWER', ...answerRest(of, request) }
    },
    /** A client asks for a connection: the status that refuses it, null where there will be no answer, or 101. */
    greet(query: URLSearchParams, authorization: string | undefined): number | null {
      greetings++
      const refusal = refusalOf('GET', authorization)
      if (refusal?.type === 'ANSWER') return refusal.status
      if (query.get('app') === null) return 400
      if (unanswered === 0) return 101
      unanswered--
      return null
    },
    /** A client is connected. Returns how it goes. */
    join(query: URLSearchParams, client: EventClient): () => void {
      clients.push(client)
      return of.connect(query.get('app') ?? '', {
        subscribeAll: query.get('subscribeAll') === 'true',
        send(event) {
          if (!silent && !lost.has(String(event.type))) client.send(JSON.stringify(event))
        },
      })
    },
    /** The requests that matter to a test: those to that noun with that method. */
    asked: (method: string, noun: string) =>
      requests.entries.filter((request) => request.method === method && request.path[0] === noun),
    /** Makes trouble of the next request that matches. */
    trouble(matches: (request: RestRequest) => boolean, trouble: Trouble) {
      troubles.push({ matches, trouble })
    },
    /** The next so many requests for the connection for events are taken and never answered. */
    leaveUnanswered(count: number) {
      unanswered = count
    },
    /** How often the connection for events was asked for. */
    greetings: () => greetings,
    /** Events of that type never arrive. */
    lose: (type: string) => lost.add(type),
    /** Sends whatever it is to whoever has connected last. */
    sendText: (text: string) => clients.entries.at(-1)?.send(text),
    /** Neither events nor signs of life come out any more, and the connection stays. */
    fallSilent() {
      silent = true
      clients.entries.at(-1)?.pause()
    },
    /** Tells again what happens, and nothing of what has happened meanwhile. */
    speakAgain() {
      silent = false
    },
    breakConnections() {
      for (const client of clients.entries) client.terminate()
    },
    setPhase(next: Phase) {
      phase = next
    },
    /** As at SIGKILL. */
    die() {
      of.die()
      phase = 'DOWN'
    },
    boot(into: Phase = 'UP') {
      phase = into
      of = createFakeSwitch(options)
    },
  }
}

function whoOf(authorization: string | undefined): string | null {
  const [name = '', secret] = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64')
    .toString()
    .split(':')
  return secret === password && [username, ...readers].includes(name) ? name : null
}

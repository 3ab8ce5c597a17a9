import type { HangupReason } from '../../src/domain/campaigncall.ts'
import { type MediaCommand, mediaVerbs } from '../../src/domain/media.ts'
import type { Effects } from '../../src/kernel/effects.ts'
import type {
  CallNews,
  Driver,
  DriverListener,
  LookupAnswer,
  OriginateAnswer,
  OriginateRequest,
} from '../../src/telephony/driver.ts'

/** What a driver was asked, in the order it was asked. */
export type Asked =
  | { readonly what: 'ORIGINATE'; readonly callId: string; readonly at: number }
  | { readonly what: 'LOOKUP'; readonly callId: string; readonly at: number }
  | { readonly what: 'HANGUP'; readonly callId: string; readonly at: number; readonly reason: HangupReason }
  | { readonly what: 'CONNECT' | 'WITHDRAW'; readonly callId: string; readonly at: number; readonly agentId: string }
  | {
      readonly what: 'PLAY' | 'TONE' | 'STOP_PLAYBACK'
      readonly callId: string
      readonly at: number
      readonly playbackId: string
    }
  | { readonly what: 'RECEIVE_DIGITS' | 'DETECT_MACHINE'; readonly callId: string; readonly at: number }
  | { readonly what: 'SEND_DIGITS'; readonly callId: string; readonly at: number; readonly digits: string }
  | {
      readonly what: 'START_RECORDING' | 'STOP_RECORDING'
      readonly callId: string
      readonly at: number
      readonly recordingId: string
    }
  | { readonly what: 'DIAL' | 'HANG_UP_LEG'; readonly callId: string; readonly at: number; readonly legId: string }

/** What of a command the tests look at. */
function detailsOf(command: MediaCommand) {
  if ('playbackId' in command) return { playbackId: command.playbackId }
  if ('recordingId' in command) return { recordingId: command.recordingId }
  if ('digits' in command) return { digits: command.digits }
  if ('leg' in command) return { legId: command.leg.legId }
  return 'legId' in command ? { legId: command.legId } : {}
}

type Untimed<News> = News extends CallNews ? Omit<News, 'callId' | 'at'> : never
type News = Untimed<CallNews>

/**
 * A carrier that does nothing by itself: the test says what it answers, and what becomes of each call. It accepts every
 * request and knows nothing of any call unless it is told otherwise.
 */
export function createScriptedDriver(effects: Pick<Effects, 'now'>) {
  let listener: DriverListener = { news() {}, connected() {}, disconnected() {} }
  let liveIds: readonly string[] = []
  let isConnected = true
  let answer: (request: OriginateRequest) => OriginateAnswer | Promise<OriginateAnswer> = () => ({ type: 'ACCEPTED' })
  let lookup: (callId: string) => LookupAnswer | Promise<LookupAnswer> = () => ({ type: 'CANNOT_TELL' })
  let heardAtStart: readonly CallNews[] = []
  const requests: OriginateRequest[] = []
  const asked: Asked[] = []
  const note = <Entry extends Asked>(entry: Omit<Entry, 'at'>) => asked.push({ ...entry, at: effects.now() } as Entry)

  const driver: Driver = {
    name: 'scripted',
    async start(heard) {
      listener = heard
      for (const news of heardAtStart) heard.news(news)
      if (isConnected) heard.connected()
      else heard.disconnected('the test says so')
    },
    async stop() {},
    async originate(request) {
      requests.push(request)
      note({ what: 'ORIGINATE', callId: request.callId })
      return answer(request)
    },
    async lookup(callId) {
      note({ what: 'LOOKUP', callId })
      return lookup(callId)
    },
    list: async () => liveIds,
    capabilities: new Set(mediaVerbs),
    async perform(callId, command) {
      note({ what: command.type === 'SPEAK' ? 'PLAY' : command.type, callId, ...detailsOf(command) } as Asked)
    },
    async connect(callId, { agentId }) {
      note({ what: 'CONNECT', callId, agentId } as Asked)
    },
    async withdraw(callId, agentId) {
      note({ what: 'WITHDRAW', callId, agentId } as Asked)
    },
    async hangup(callId, reason) {
      note({ what: 'HANGUP', callId, reason } as Asked)
    },
    epoch: async () => 'scripted',
    health: async () => ({ ok: true, detail: 'scripted' }),
  }

  return {
    driver,
    /** Requests for calls, oldest first. */
    requests,
    asked,
    /** What was asked, without ids and times: ['ORIGINATE', 'HANGUP NO_ANSWER']. */
    words: () => asked.map((of) => (of.what === 'HANGUP' ? `HANGUP ${of.reason}` : of.what)),
    answerWith(next: typeof answer) {
      answer = next
    },
    lookupWith(next: typeof lookup) {
      lookup = next
    },
    /** News that is delivered as soon as somebody listens. */
    tellAtStart(callId: string | undefined, ...news: readonly News[]) {
      heardAtStart = news.map((of) => ({ ...of, callId, at: effects.now() }) as CallNews)
    },
    /** Delivers news of a call, now; several pieces arrive in one go. */
    tell(callId: string | undefined, ...news: readonly News[]) {
      for (const of of news) listener.news({ ...of, callId, at: effects.now() } as CallNews)
    },
    /** The same, said to have happened at another moment. */
    tellAt(at: number, callId: string | undefined, ...news: readonly News[]) {
      for (const of of news) listener.news({ ...of, callId, at } as CallNews)
    },
    /** Ids of the calls that the carrier says are live and ours. */
    listWith(ids: readonly string[]) {
      liveIds = ids
    },
    /** Takes the carrier out of reach, now or before it was started. */
    disconnect() {
      isConnected = false
      listener.disconnected('the test says so')
    },
    connect() {
      isConnected = true
      listener.connected()
    },
    /** The carrier's id of the n-th call, from 0. */
    callId: (index: number) => requests[index]?.callId,
  }
}

export type ScriptedDriver = ReturnType<typeof createScriptedDriver>

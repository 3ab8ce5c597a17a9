import type { HangupReason } from '../../domain/campaigncall.ts'
import type { SpeechText } from '../../domain/media.ts'
import { assert, present } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { readFirst } from '../../kernel/read-first.ts'
import { limits } from '../../limits.ts'
import type { Driver, DriverListener, DriverRoom, LookupAnswer, OriginateAnswer, OriginateRequest } from '../driver.ts'
import { answerOfEnded } from '../kit/call-history.ts'
import { createCallLimiter } from '../kit/call-limiter.ts'
import { outcomeOfFailedRequest } from '../kit/request-errors.ts'
import { createAgents } from './agents.ts'
import { createAriClient } from './ari.ts'
import { type Call, createCalls } from './calls.ts'
import { basicAuthorization, createHttp, encodeQuery, NoConnectionFree, type OpenHttp } from './http.ts'
import { createLegs } from './legs.ts'
import { createLink } from './link.ts'
import { createMachines } from './machines.ts'
import { createMedia, mediaVerbsOf } from './media.ts'
import { type AriEvent, type Channel, type ChannelEvent, channelOf, decodeEvent, heardEvents } from './messages.ts'
import { answerOf, type Mode, placingOf } from './placing.ts'
import { createPlaybacks } from './playbacks.ts'
import { createReconciler, endOnItsWayMs } from './reconcile.ts'
import { createRecordings } from './recordings.ts'
import { isAgentEndpoint, isName } from './settings.ts'
import type { OpenSocket } from './socket.ts'
import { createSwitchEnd } from './switch-end.ts'

export interface AsteriskOptions {
  /** Of the REST interface, for example http://127.0.0.1:8088/ari. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** The PJSIP endpoint that calls go out by. */
  readonly trunk: string
  /** `context` needs a few lines in the dialplan (docs/asterisk.md), and keeps answered calls while the connection is down. */
  readonly mode: Mode
  /** How an agent's phone is called: {extension} stands for its extension. */
  readonly agentEndpoint?: string
  /**
   * Only calls of this installation are reported and listed; other installations may use the same Asterisk, with other
   * applications.
   */
  readonly installationId: string
  readonly effects: Effects
  readonly log: Log
  /** The application that Asterisk hands answered calls to. Only one client can have it. */
  readonly app?: string
  /** Of the dialplan, for mode context. */
  readonly context?: string
  /** What the trunk takes; 0 for no limit. */
  readonly callsPerSecond?: number | undefined
  readonly callsMax?: number | undefined
  /** Makes a recording of a speech that Asterisk can fetch by the URL it settles with. Without it nothing is said. */
  readonly renderSpeech?: (speech: SpeechText) => Promise<string>
  /**
   * True for a client that needs only the events of calls that it places itself, in mode app: Asterisk sends those to the
   * application without a subscription.
   */
  readonly ownCallsOnly?: boolean
  /** Interval between heartbeats, in ms. After two without an answer Asterisk counts as unreachable. */
  readonly heartbeatMs?: number
  /** Instead of connections over the network to `url`. */
  readonly openHttp?: OpenHttp
  readonly openSocket?: OpenSocket
}

/** How long an Asterisk that is not shutting down may take to answer. */
const goesOnWithinMs = 1000
/** Somewhat earlier than the engine stops waiting, so that what is provably not placed is said in time. */
const originateWithinMs = limits.originateAnswerMs - 200
/** So that a request that gets a connection at the last moment still has time for its answer: without one, nobody knows. */
const originateWaitsMs = 500
/** Other requests give their connections back as well: it is asked again after that time. */
const connectionsAgainInMs = 50
/** Pause between two complaints that there was no connection. */
const complainEveryMs = 10_000

/**
 * The driver of an Asterisk with its REST interface (docs/asterisk.md). `stop` ends the connection and leaves the calls to
 * Asterisk. While it is not connected nothing is placed; all other requests are made nevertheless, and reject where they fail.
 * Throws if the trunk, application or endpoint name is not valid.
 */
export function createAsterisk(options: AsteriskOptions): Driver {
  const { url, username, password, trunk, installationId, log, renderSpeech } = options
  const { mode, agentEndpoint = 'PJSIP/{extension}', app = 'dialgraph', context = 'dialgraph-answer' } = options
  const { callsPerSecond = 10, callsMax = 100, heartbeatMs = 2000, ownCallsOnly = false } = options
  const effects = readFirst(options.effects)
  assert(isName(trunk), 'a trunk that is the name of a PJSIP endpoint')
  assert(isName(app), 'an application that is a name')
  assert(isAgentEndpoint(agentEndpoint), 'an endpoint of agents with a place for the extension')

  const http = createHttp({ url, username, password, effects, openHttp: options.openHttp })
  const ari = createAriClient(http, log)
  const callLimiter = createCallLimiter({ effects, callsPerSecond, callsMax })
  const isOnTrunk = ({ name }: Channel) => name.slice(0, name.lastIndexOf('-')) === `PJSIP/${trunk}`
  let listener: DriverListener = { news() {}, connected() {}, disconnected() {} }
  let complainAtMs = 0
  const tell: DriverListener['news'] = (news) => listener.news(news)

  const switchEnd = createSwitchEnd({ effects, goesOn: doesAsteriskGoOn })
  const calls = createCalls({
    ...{ effects, isOnTrunk, tell, switchEnd },
    hangUp: (call, reason) => void hangUpByOurselves(call, reason),
    ending(call) {
      for (const part of [playbacks, recordings, machines, agents, legs]) part.callEnds(call)
    },
  })
  const playbacks = createPlaybacks({ ari, calls, effects, tell })
  const agents = createAgents({
    ...{ ari, calls, effects, log, app, endpoint: agentEndpoint, tell, switchEnd },
    hangUp: (call) => void hangUpByOurselves(call, 'NORMAL'),
  })
  const machines = createMachines({ ari, calls, effects, context, tell })
  const recordings = createRecordings({
    ...{ ari, calls, effects, log, url: http.url, app, tell },
    ...{ beep: playbacks.beep, stopBeep: playbacks.stop },
  })
  const legs = createLegs({
    ...{ ari, calls, effects, log, app, trunk, tell },
    mayDial: () => link.isConnected && passLimiter() === null,
  })
  const auxiliaryChannels = [agents, recordings, legs]
  const reconciler = createReconciler({
    ...{ ari, calls, auxiliaryChannels, effects, installationId, isOnTrunk },
    seen: machines.see,
  })
  const link = createLink({
    ...{ url: http.url, socketUrl: socketUrlOf(http.url, app), effects, log, heartbeatMs, prepare },
    ...{ authorization: basicAuthorization(username, password), openSocket: options.openSocket },
    onMessage: receive,
    look: () => reconciler.compare({ telling: true }),
    isFree: async () => (await ari.get('application', ['applications', app])) === null,
    startedAt,
    lost: switchEnd.connectionLost,
    connected: () => listener.connected(),
    disconnected: (detail) => listener.disconnected(detail),
  })

  async function doesAsteriskGoOn(): Promise<boolean> {
    const { status } = await ari.ask({ method: 'GET', path: ['asterisk', 'ping'], withinMs: goesOnWithinMs })
    return status === 200
  }

  async function startedAt(): Promise<string> {
    const { status, system } = present(await ari.get('info', ['asterisk', 'info']), 'what is always there')
    return `${system?.entity_id ?? ''} ${status.startup_time}`.trimStart()
  }

  function receive(text: string): void {
    const decoded = decodeEvent(text)
    if (!decoded.ok) log.warn({ complaint: decoded.complaint }, 'Asterisk sent a bad event; it is passed over')
    else if (decoded.event !== null) hear(decoded.event)
  }

  function hear(event: AriEvent): void {
    if (event.type === 'ApplicationReplaced') link.replaced()
    else if (event.type === 'PlaybackStarted' || event.type === 'PlaybackFinished') playbacks.hear(event)
    else if (event.type === 'RecordingFinished' || event.type === 'RecordingFailed') recordings.hearEnd(event)
    else hearOfChannel(event)
  }

  function hearOfChannel(event: ChannelEvent): void {
    const owner = auxiliaryChannels.find((of) => of.owns(channelOf(event).id)) ?? calls
    owner.hear(event)
    if (owner === calls && event.type === 'StasisStart') machines.hear(event)
  }

  /**
   * Subscribes to the events of every channel here and not in the address of the connection (subscribeAll): that would add
   * the events of every device, and an Asterisk that sends device events can hang permanently when the connection ends.
   */
  async function prepare(): Promise<void> {
    const path = ['applications', app]
    const allowed = heardEvents.map((type) => ({ type }))
    await ari.change({ method: 'PUT', path: [...path, 'eventFilter'], body: { allowed } })
    for (const eventSource of ownCallsOnly ? calls.all().map(({ id }) => `channel:${id}`) : ['channel:'])
      await ari.change({ method: 'POST', path: [...path, 'subscription'], query: { eventSource } })
    await reconciler.compare({ telling: false })
    await agents.tidy()
    await legs.tidy()
    await playbacks.findEnded()
  }

  /** Further legs take room on the trunk as calls do. Null, or after how many ms there may be some. */
  function passLimiter(): number | null {
    return callLimiter.pass(calls.size + legs.size)
  }

  async function hangUp(callId: string, reason: HangupReason): Promise<void> {
    const call = calls.get(callId)
    if (call !== undefined) call.asked ??= reason
    if (call?.isSent === false) calls.withdraw(call, reason)
    else await ari.remove(['channels', callId])
  }

  function hangUpByOurselves(call: Call, reason: HangupReason): Promise<void> {
    return hangUp(call.id, reason).catch((error: unknown) =>
      log.warn({ error, callId: call.id, reason }, 'Asterisk could not end a call'),
    )
  }

  /** Exactly one request leaves for it, and no other follows, whatever its outcome (docs/rules.md#request-once). */
  async function originate(request: OriginateRequest): Promise<OriginateAnswer> {
    const { callId } = request
    if (!link.isConnected) return { type: 'REJECTED', reason: 'FAILED' }
    const placing = placingOf(request, { trunk, mode, app, context, installationId })
    if (placing.type === 'REFUSE') return { type: 'REJECTED', reason: placing.reason }
    if (calls.get(callId) !== undefined) return { type: 'INDETERMINATE' }
    if (passLimiter() !== null) return { type: 'NOT_SENT', detail: 'the limits of the trunk are reached' }

    const call = calls.begin(request)
    const answer = await send(call, placing.body)
    if (answer.type === 'ACCEPTED') calls.confirm(call)
    if (answer.type !== 'REJECTED' && answer.type !== 'NOT_SENT') return answer
    // Whatever was answered: a call of which there is news was placed.
    if (call.exists) return { type: 'INDETERMINATE' }
    calls.drop(call)
    return answer
  }

  async function send(call: Call, body: unknown): Promise<OriginateAnswer> {
    try {
      const answer = await ari.ask({
        ...{ method: 'POST', path: ['channels'], body, isNewCall: true },
        ...{ withinMs: originateWithinMs, waitsMs: originateWaitsMs },
        beforeSending() {
          call.isSent = call.asked === null
          return call.isSent
        },
      })
      return answerOf(answer, call.id)
    } catch (error) {
      // It was withdrawn, and has been told as ended.
      if (call.asked !== null && !call.isSent) return { type: 'INDETERMINATE' }
      if (error instanceof NoConnectionFree) return noConnection()
      log.warn({ error, callId: call.id }, 'a request for a call failed on its way')
      return outcomeOfFailedRequest(error)
    }
  }

  /** Asterisk answers more slowly than calls are placed. */
  function noConnection(): OriginateAnswer {
    const detail = `no connection to Asterisk was free within ${originateWaitsMs} ms`
    const nowMs = effects.monotonic()
    if (nowMs >= complainAtMs) {
      complainAtMs = nowMs + complainEveryMs
      const waiting = ari.newCallsWaiting
      log.warn({ waiting }, `${detail}; calls are placed later`)
    }
    return { type: 'NOT_SENT', detail }
  }

  function room(): DriverRoom {
    const ofTrunk = callLimiter.room(calls.size + legs.size)
    if (ofTrunk.calls === 0) return ofTrunk
    return { calls: Math.min(ofTrunk.calls, ari.newCallsRoom), againInMs: connectionsAgainInMs }
  }

  /** Asterisk has no record of calls that have ended, so that it is our memory that answers for them. */
  async function lookup(callId: string): Promise<LookupAnswer> {
    const known = calls.record(callId)
    if (known !== undefined) return answerOfEnded(known)
    const channel = await ari.get('channel', ['channels', callId])
    if (channel !== null) return { type: 'LIVE', state: channel.state === 'Up' ? 'ANSWERED' : 'RINGING' }
    // It may have ended this very moment.
    const call = calls.get(callId)
    const withinMs = call?.isOver ? limits.originateAnswerMs : endOnItsWayMs
    const ended = call?.exists ? await calls.endOf(callId, withinMs) : null
    return ended === null ? { type: 'CANNOT_TELL' } : answerOfEnded(ended)
  }

  return {
    name: 'asterisk',
    async start(heard) {
      listener = heard
      link.start()
    },
    async stop() {
      calls.clear()
      switchEnd.clear()
      await link.stop()
      http.close()
    },
    originate,
    room,
    lookup,
    list: () => reconciler.list(),
    capabilities: mediaVerbsOf(mode),
    perform: createMedia({ ari, calls, playbacks, machines, recordings, legs, renderSpeech }),
    connect: agents.connect,
    withdraw: agents.withdraw,
    hangup: hangUp,
    epoch: startedAt,
    health: async () => ({ ok: link.isConnected, detail: link.describe() }),
  }
}

function socketUrlOf(interfaceUrl: string, app: string): string {
  return `${interfaceUrl.replace(/^http/, 'ws')}/events?${encodeQuery({ app })}`
}

import { assert } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { readFirst } from '../../kernel/read-first.ts'
import type { CallNews, Driver, DriverListener } from '../driver.ts'
import { createCallLimiter } from '../kit/call-limiter.ts'
import { createAgents } from './agents.ts'
import { type Call, createCalls } from './calls.ts'
import { type FetchScheme, isAgentEndpoint, isGateway, isLocalPath, killCommand } from './commands.ts'
import { createDigits } from './digits.ts'
import type { SwitchEvent } from './event.ts'
import { createJobs } from './jobs.ts'
import { createLegs } from './legs.ts'
import { createLink } from './link.ts'
import { createLookups } from './lookups.ts'
import { createMedia, mediaVerbs } from './media.ts'
import { createPhones } from './phones.ts'
import { createPlacing } from './placing.ts'
import { createPlaybacks, type RenderSpeech } from './playbacks.ts'
import { createReconciler } from './reconcile.ts'
import { createRecordings } from './recordings.ts'
import { type OpenWire, parseSwitchUrl, tcpWires } from './wire.ts'

export interface FreeswitchOptions {
  /** The event socket, `esl://host:8021`. */
  readonly url: string
  /** Of event_socket.conf. It is sent as it is, over a connection that is not encrypted. */
  readonly password: string
  /** The gateway that calls go out through. */
  readonly gateway: string
  /** How an agent's phone is called; `{extension}` stands for the agent's. */
  readonly agentEndpoint?: string
  /** Calls carry it, and only those that do are ours. */
  readonly installationId: string
  readonly effects: Effects
  readonly log: Log
  /** Makes a recording of a speech. Without it every TALK fails. */
  readonly renderSpeech?: RenderSpeech
  /** How the switch fetches what it plays from a URL: `http` where a module of it plays `http://` directly. */
  readonly fetchScheme?: FetchScheme
  /** A folder of the switch, which it may write to; null for the switch's own (`recordings_dir`). */
  readonly recordingsFolder?: string | null
  /** Most calls that are placed in a second; 0 for no limit. */
  readonly callsPerSecond?: number | undefined
  /** Most calls that live at once, agents' phones and further legs not counted; 0 for no limit. */
  readonly callsMax?: number | undefined
  /** Interval between heartbeats, in ms. After two without an answer the switch counts as unreachable. */
  readonly heartbeatMs?: number
  /** Instead of TCP connections to `url`. */
  readonly openWire?: OpenWire
}

const agentEndpointDefault = 'user/{extension}'
/** What the switch takes without being tuned (docs/rules.md#trunk-limits). */
const callsPerSecondDefault = 10
const callsMaxDefault = 100
const heartbeatDefaultMs = 5000

/**
 * The driver of a FreeSWITCH, by its event socket. While not connected, and when the connection is lost, every method but
 * `originate` rejects. `stop` leaves the calls to the switch.
 */
export function createFreeswitch(options: FreeswitchOptions): Driver {
  const { url, password, gateway, installationId, log, agentEndpoint = agentEndpointDefault } = options
  const { recordingsFolder = null } = options
  const effects = readFirst(options.effects)
  const address = parseSwitchUrl(url)
  assert(address !== null, 'the address of an event socket, for example esl://127.0.0.1:8021')
  assert(!/[\r\n\0]/.test(password), 'a password of one line')
  assert(isGateway(gateway), 'the name of a gateway')
  assert(isAgentEndpoint(agentEndpoint), 'a dial string with {extension} in it')
  assert(recordingsFolder === null || isLocalPath(recordingsFolder), 'the path of a folder')
  let listener: DriverListener | null = null
  const tell = (news: CallNews) => listener?.news(news)

  const link = createLink({
    ...{ name: `${address.host}:${address.port}`, password, effects, log },
    openWire: options.openWire ?? tcpWires(address),
    heartbeatMs: options.heartbeatMs ?? heartbeatDefaultMs,
    onEvent: hear,
    settle: () => reconciler.settle(),
    onConnected: () => listener?.connected(),
    onLost: () => calls.loseAnswers(),
    onOutOfReach: (detail) => listener?.disconnected(detail),
  })
  const jobs = createJobs(effects)
  const playbacks = createPlaybacks({
    ...{ effects, log, link, tell, renderSpeech: options.renderSpeech ?? null },
    fetchScheme: options.fetchScheme ?? 'http_cache',
  })
  const calls = createCalls({
    ...{ effects, link, tell },
    onEnding: (call) => phones.withdrawUnsent(call),
    onEnd(call) {
      recordings.end(call)
      playbacks.end(call)
      phones.endCall(call)
      legs.endCall(call)
    },
  })
  const recordings = createRecordings({ folder: recordingsFolder, effects, log, link, calls, playbacks, tell })
  const digits = createDigits({ effects, log, link, calls, tell })
  const phones = createPhones({ effects, log, link, jobs })
  const agents = createAgents({ endpoint: agentEndpoint, effects, calls, phones, tell })
  const legs = createLegs({ gateway, effects, link, phones, tell })
  const reconciler = createReconciler({ installationId, log, link, calls, phones, legs, playbacks, recordings })
  const callLimiter = createCallLimiter({
    effects,
    callsPerSecond: options.callsPerSecond ?? callsPerSecondDefault,
    callsMax: options.callsMax ?? callsMaxDefault,
  })
  const originate = createPlacing({ gateway, effects, log, link, calls, jobs, callLimiter, onParked: goOn })
  const lookUp = createLookups({ link, calls, recognise: reconciler.recognise, onParked: goOn })

  function goOn(call: Call): void {
    call.parked = true
    playbacks.goOn(call)
  }

  function hear(event: SwitchEvent): void {
    if (event.name === 'BACKGROUND_JOB') {
      jobs.hear(event)
      return
    }
    const phone = phones.find(event.uuid)
    const call = phone === undefined ? (calls.find(event.uuid) ?? reconciler.recognise(event.uuid, event)) : undefined
    if (phone !== undefined) phones.hear(phone, event)
    else if (call !== undefined) hearOfCall(call, event)
    else if (calls.hasEnded(event.uuid)) passOn(event)
  }

  function hearOfCall(call: Call, event: SwitchEvent): void {
    switch (event.name) {
      case 'CHANNEL_CREATE':
        calls.see(call)
        break
      case 'CHANNEL_PROGRESS':
        call.rang = true
        calls.see(call)
        break
      case 'CHANNEL_PROGRESS_MEDIA':
        calls.see(call)
        break
      case 'CHANNEL_ANSWER':
        calls.seeAnswer(call)
        break
      case 'CHANNEL_PARK':
        call.bridged = false
        legs.callParked(call)
        goOn(call)
        break
      case 'CHANNEL_BRIDGE':
        call.bridged = true
        phones.hearBridge(event)
        break
      case 'PLAYBACK_START':
      case 'PLAYBACK_STOP':
      case 'CHANNEL_EXECUTE_COMPLETE':
        playbacks.hear(call, event)
        break
      case 'RECORD_STOP':
        recordings.hear(call, event)
        break
      case 'DTMF':
        digits.hear(call, event)
        break
      case 'CHANNEL_HANGUP_COMPLETE':
        calls.close(call, event)
        break
      case 'CHANNEL_DESTROY':
        // One that no gateway was found for is destroyed without having been begun.
        if (call.phase === 'REQUESTED' && event.header('Channel-State') === 'CS_NONE') call.neverBegan = true
        else calls.close(call, event)
        break
      default:
    }
    passOn(event)
  }

  /** What is news is passed on as it comes: twice, or after the end. */
  function passOn(event: SwitchEvent): void {
    const of = { callId: event.uuid, at: effects.now() }
    switch (event.name) {
      case 'CHANNEL_PROGRESS':
        tell({ type: 'RINGING', ...of })
        break
      case 'CHANNEL_PROGRESS_MEDIA':
        tell({ type: 'EARLY_MEDIA', ...of })
        break
      case 'CHANNEL_ANSWER':
        tell({ type: 'ANSWERED', ...of })
        break
      default:
    }
  }

  const perform = createMedia({ calls, playbacks, digits, recordings, legs })

  function assertReady(): void {
    if (!link.ready) throw new NotSent(link.describe())
  }

  return {
    name: 'freeswitch',
    async start(heard) {
      listener = heard
      link.start()
    },
    async stop() {
      // What is on its way is still told.
      await link.stop()
      listener = null
      calls.clear()
      phones.clear()
      legs.clear()
      playbacks.clear()
      recordings.clear()
      jobs.clear()
    },
    originate,
    room: () => callLimiter.room(calls.size),
    async lookup(callId) {
      assertReady()
      return lookUp(callId)
    },
    async list() {
      assertReady()
      return reconciler.list()
    },
    capabilities: mediaVerbs,
    async perform(callId, command) {
      assertReady()
      await perform(callId, command)
    },
    async connect(callId, agent) {
      assertReady()
      agents.connect(calls.find(callId), callId, agent)
    },
    async withdraw(callId, agentId) {
      assertReady()
      agents.withdraw(callId, agentId)
    },
    async hangup(callId, reason) {
      assertReady()
      const call = calls.find(callId)
      if (call !== undefined) await calls.end(call, reason)
      else await link.api(killCommand(callId, reason))
    },
    async epoch() {
      assertReady()
      return link.coreUuid ?? ''
    },
    health: async () => ({ ok: link.ready, detail: link.describe() }),
  }
}

import type { Effects } from '../../../src/kernel/effects.ts'
import { createApplications, unbegun } from './fake-applications.ts'
import { describeChannel, type FakeChannel, type Fields, listChannel, newChannel, reportOf } from './fake-channel.ts'
import {
  type Answer,
  deadTrunkScript,
  q850,
  type Refusal,
  scriptOf as recordedScriptOf,
  type Script,
} from './fake-scripts.ts'

/** Why the switch refuses every originate before a channel is made, in one and the same word. */
export type Refusing = 'PAUSED' | 'FULL' | 'THROTTLED' | 'MISREAD'

/** An originate as the switch reads it. */
export interface OriginateRequest {
  readonly uuid: string | null
  /** Null for a phone of the switch's own (`user/…`). */
  readonly gateway: string | null
  readonly number: string
  readonly variables: ReadonlyMap<string, string>
}

export interface FakeSwitchOptions {
  readonly effects: Pick<Effects, 'timer' | 'now' | 'id'>
  readonly gateways: readonly string[]
  readonly tell: (event: Fields) => void
  /** What is called by that number or extension does. */
  readonly scriptOf?: (number: string) => Script
}

export type FakeSwitch = ReturnType<typeof createFakeSwitch>

/** How long the switch takes to begin a job, and longer where nothing listens at the trunk. */
const jobMs = 2
const deadTrunkMs = 30
/** How long a channel that was killed takes to notice: it looks every 20 ms. */
const noticeMs = 21

/** A switch without sound: channels that go through their scripts, and tell of it as FreeSWITCH 1.11 does. */
export function createFakeSwitch(options: FakeSwitchOptions) {
  const { effects, gateways, tell, scriptOf = recordedScriptOf } = options
  const channels = new Map<string, FakeChannel>()
  const coreUuid = effects.id()
  let refusing: Refusing | null = null
  let sequence = 0
  let alive = true
  const applications = createApplications({
    ...{ tellOf, setState, later, hangUp },
    nowMs: effects.now,
    park: parkAfterBridge,
  })

  function emit(fields: Fields): void {
    if (!alive) return
    const stamps = { 'Event-Date-Timestamp': String(effects.now() * 1000), 'Core-UUID': coreUuid }
    tell({ ...fields, ...stamps, 'Event-Sequence': String(++sequence) })
  }

  function tellOf(channel: FakeChannel, name: string, extra?: Fields): void {
    emit(describeChannel(channel, name, extra))
  }

  function setState(channel: FakeChannel, state: string): void {
    channel.state = state
    tellOf(channel, 'CHANNEL_STATE')
  }

  function setCallState(channel: FakeChannel, callState: FakeChannel['callState']): void {
    channel.callState = callState
    tellOf(channel, 'CHANNEL_CALLSTATE')
  }

  function later(channel: FakeChannel, afterMs: number, run: () => void): () => void {
    const cancel = effects.timer(afterMs, () => {
      if (alive && channel.hangupCause === null) run()
    })
    channel.cancels.push(cancel)
    return cancel
  }

  function endJob(jobId: string, body: string): void {
    const event = { 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': jobId, 'Job-Command': 'originate' }
    emit({ ...event, _body: `${body}\n` })
  }

  function begin(channel: FakeChannel, script: Script): void {
    channels.set(channel.uuid, channel)
    tellOf(channel, 'CHANNEL_OUTGOING')
    setState(channel, 'INIT')
    tellOf(channel, 'CHANNEL_CREATE')
    tellOf(channel, 'CHANNEL_ORIGINATE')
    setState(channel, 'ROUTING')
    setState(channel, 'CONSUME_MEDIA')
    const { ringsAfterMs, mediaAfterMs, outcome } = script
    if (ringsAfterMs !== undefined) later(channel, ringsAfterMs, () => ring(channel, script.redirected === true))
    if (mediaAfterMs !== undefined) later(channel, mediaAfterMs, () => beginMedia(channel))
    if (outcome?.type === 'ANSWER') later(channel, outcome.afterMs, () => answer(channel, outcome))
    if (outcome?.type === 'REFUSE') later(channel, outcome.afterMs, () => refuse(channel, outcome))
    // Whole seconds of the clock: up to one early.
    const timeoutSeconds = Number(channel.variables.get('originate_timeout') ?? 60)
    later(channel, timeoutSeconds * 1000 - 512, () => {
      if (channel.answeredAtMs === null) hangUp(channel, 'NO_ANSWER', 0)
    })
  }

  function ring(channel: FakeChannel, redirected: boolean): void {
    if (redirected) channel.known.sip_hangup_disposition = 'recv_refuse'
    tellOf(channel, 'CHANNEL_PROGRESS')
    setCallState(channel, 'RINGING')
  }

  function beginMedia(channel: FakeChannel): void {
    channel.answerState = 'early'
    channel.known.endpoint_disposition = 'EARLY MEDIA'
    tellOf(channel, 'CHANNEL_PROGRESS_MEDIA')
    setCallState(channel, 'EARLY')
    if (channel.variables.get('ignore_early_media') !== 'true') park(channel)
  }

  function answer(channel: FakeChannel, { byeAfterMs, byeCause, digits }: Answer): void {
    channel.answerState = 'answered'
    channel.answeredAtMs = effects.now()
    tellOf(channel, 'CHANNEL_ANSWER')
    const [, seconds] = /^sched_hangup \+(\d+)/.exec(channel.variables.get('execute_on_answer') ?? '') ?? []
    if (seconds !== undefined) scheduleOnAnswer(channel, Number(seconds))
    setCallState(channel, 'ACTIVE')
    if (channel.parked) channel.known.endpoint_disposition = 'ANSWER'
    else park(channel)
    if (byeAfterMs !== undefined) later(channel, byeAfterMs, () => bye(channel, byeCause ?? 'NORMAL_CLEARING'))
    for (const [digit, afterMs] of digits ?? []) later(channel, afterMs, () => press(channel, digit))
  }

  function scheduleOnAnswer(channel: FakeChannel, seconds: number): void {
    const run = { Application: 'sched_hangup', 'Application-Data': `+${seconds} ALLOTTED_TIMEOUT` }
    channel.known.current_application = run.Application
    channel.known.current_application_data = run['Application-Data']
    tellOf(channel, 'CHANNEL_EXECUTE', run)
    tellOf(channel, 'CHANNEL_EXECUTE_COMPLETE', { ...run, 'Application-Response': '_none_' })
    schedule(channel, seconds, 'ALLOTTED_TIMEOUT')
  }

  function press(channel: FakeChannel, digit: string): void {
    // As it is documented of playback_terminators.
    if ((channel.variables.get('playback_terminators') ?? '*').includes(digit)) applications.breakOff(channel)
    tellOf(channel, 'DTMF', { 'DTMF-Digit': digit, 'DTMF-Duration': '2240', 'DTMF-Source': 'RTP' })
  }

  function park(channel: FakeChannel): void {
    channel.jobUnderWay = false
    endJob(channel.jobId, `+OK ${channel.uuid}`)
    channel.parked = true
    channel.known.current_application = 'park'
    delete channel.known.current_application_data
    // Before it runs an application the disposition is that of the media.
    if (channel.answeredAtMs !== null) channel.known.endpoint_disposition = 'ANSWER'
    setState(channel, 'EXECUTE')
    tellOf(channel, 'CHANNEL_EXECUTE', { Application: 'park' })
    tellOf(channel, 'CHANNEL_PARK')
    const seconds = Number.parseInt(channel.variables.get('park_timeout') ?? '', 10)
    // Whole seconds of the clock: up to one early.
    if (seconds > 0)
      later(channel, seconds * 1000 - 750, () => {
        if (channel.parked) hangUp(channel, 'NORMAL_CLEARING', noticeMs)
      })
  }

  function parkAfterBridge(channel: FakeChannel): void {
    channel.parked = true
    channel.inParkState = true
    setState(channel, 'PARK')
    tellOf(channel, 'CHANNEL_PARK')
  }

  /** The called side hangs up. */
  function bye(channel: FakeChannel, cause: string): void {
    Object.assign(channel.known, {
      ...{ sip_term_status: '200', sip_term_cause: String(q850[cause] ?? 16) },
      proto_specific_hangup_cause: 'sip:200',
    })
    tellHangup(channel, cause)
    channel.known.sip_hangup_disposition = 'recv_bye'
    applications.endAll(channel)
    report(channel)
  }

  function refuse(channel: FakeChannel, { code, phrase, cause }: Refusal): void {
    Object.assign(channel.known, {
      ...{ sip_hangup_disposition: 'recv_refuse', proto_specific_hangup_cause: `sip:${code}` },
      ...{ sip_term_status: String(code), sip_term_cause: String(q850[cause] ?? 16) },
      ...{ sip_invite_failure_status: String(code), sip_invite_failure_phrase: phrase },
    })
    tellHangup(channel, cause)
    applications.endAll(channel)
    report(channel)
  }

  function tellHangup(channel: FakeChannel, cause: string): void {
    channel.hangupCause = cause
    channel.answerState = 'hangup'
    for (const cancel of channel.cancels.splice(0)) cancel()
    tellOf(channel, 'CHANNEL_HANGUP')
  }

  function hangUp(channel: FakeChannel, cause: string, afterMs: number): void {
    if (channel.hangupCause !== null) return
    const wasAnswered = channel.answeredAtMs !== null
    tellHangup(channel, cause)
    const goOn = () => {
      applications.endAll(channel)
      Object.assign(
        channel.known,
        wasAnswered
          ? { sip_hangup_disposition: 'send_bye' }
          : {
              ...{ sip_hangup_disposition: 'send_cancel' },
              ...{ sip_invite_failure_status: '487', sip_invite_failure_phrase: 'CANCEL' },
            },
      )
      report(channel)
    }
    // A channel that only rings is noticed at once.
    if (afterMs > 0 && wasAnswered) effects.timer(afterMs, goOn)
    else goOn()
  }

  function report(channel: FakeChannel): void {
    // Who was named first sees the bridge end before anything else of the end, the other one after everything.
    const isFirst = channel.bridge?.first === channel
    if (isFirst) applications.unbridge(channel)
    setState(channel, 'HANGUP')
    applications.endRecordings(channel)
    setCallState(channel, 'HANGUP')
    setState(channel, 'REPORTING')
    Object.assign(channel.known, reportOf(channel, effects.now()))
    tellOf(channel, 'CHANNEL_HANGUP_COMPLETE')
    if (channel.jobUnderWay) endJob(channel.jobId, `-ERR ${channel.hangupCause}`)
    if (!isFirst) applications.unbridge(channel)
    tellOf(channel, 'CHANNEL_DESTROY')
    channels.delete(channel.uuid)
    setState(channel, 'DESTROY')
  }

  function schedule(channel: FakeChannel, seconds: number, cause: string): void {
    later(channel, seconds * 1000 - 496, () => hangUp(channel, cause, noticeMs))
  }

  function start(jobId: string, request: OriginateRequest | null): void {
    const uuid = request?.uuid ?? effects.id()
    if (request === null || refusing !== null || channels.has(uuid)) {
      endJob(jobId, '-ERR DESTINATION_OUT_OF_ORDER')
      return
    }
    const { gateway, number, variables } = request
    const callerId = variables.get('origination_caller_id_number') ?? '0000000000'
    const channel = newChannel({ uuid, number, callerId, variables, jobId, createdAtMs: effects.now() })
    if (gateway === 'deadtrunk') begin(channel, deadTrunkScript)
    else if (gateway === null || gateways.includes(gateway)) begin(channel, scriptOf(number))
    else {
      for (const event of unbegun(channel)) emit(event)
      endJob(jobId, '-ERR INVALID_GATEWAY')
    }
  }

  return {
    ...{ coreUuid, applications, gateways },
    /** The channel, unless it is on its way out. */
    find(uuid: string): FakeChannel | undefined {
      const channel = channels.get(uuid)
      return channel?.hangupCause === null ? channel : undefined
    },
    list: () => [...channels.values()].map(listChannel),
    channels: (): readonly FakeChannel[] => [...channels.values()],
    /** How every originate is refused from now on; null for not at all. */
    refuseOriginates(how: Refusing | null): void {
      refusing = how
    },
    /** `request` is null where it could not be read. */
    originate(jobId: string, request: OriginateRequest | null): void {
      effects.timer(request?.gateway === 'deadtrunk' ? deadTrunkMs : jobMs, () => {
        if (alive) start(jobId, request)
      })
    },
    kill(channel: FakeChannel, cause: string): void {
      later(channel, 1, () => hangUp(channel, cause, noticeMs))
    },
    schedule,
    ...{ press, tellOf },
    /** Ends without a word. */
    die(): void {
      alive = false
    },
    /** Hangs up everything, in an order of its own: phones before the calls that they belong to. */
    shutDown(): void {
      for (const channel of [...channels.values()].reverse()) hangUp(channel, 'SYSTEM_SHUTDOWN', 0)
    },
  }
}

import type { ActionCommand, CarrierCommand, InboxItem } from '../app/calls/ticks.ts'
import type { Sender, Sending, SendingResult } from '../domain/sending.ts'
import { unreachable } from '../kernel/assert.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver } from '../telephony/driver.ts'

export interface MediaDispatcherOptions {
  readonly driver: Driver
  readonly sender?: Sender | undefined
  readonly log: Log
  now(): number
  /** False while no phone may be rung. */
  mayDial(): boolean
  /** False once the engine was asked to stop, and while it waits for a person. */
  maySend(): boolean
  receive(item: InboxItem): void
  /** Registers work that the end of the engine waits for. */
  track(work: Promise<void>): void
}

type SendCommand = Extract<CarrierCommand, { type: 'SEND' }>

const nouns: Readonly<Record<Sending['type'], string>> = { WEBHOOK: 'webhooks', EMAIL: 'mail', MESSAGE: 'messages' }

/**
 * Carries out the requests of actions. A request that is not possible is reported back at once, so that no action waits
 * for it.
 */
export function createMediaDispatcher(options: MediaDispatcherOptions) {
  const { driver, sender, log, now, mayDial, maySend, receive, track } = options

  function refuse(callId: string, requestId: string, why: string): void {
    receive({ type: 'REFUSED', callId, requestId, why })
  }

  /** Makes a request that an action waits for, or a recording. `asked` is undefined if the driver cannot do it. */
  function request(what: string, callId: string, requestId: string, asked: Promise<void> | undefined): void {
    if (asked === undefined) refuse(callId, requestId, `the driver ${driver.name} cannot ${what}`)
    asked?.catch((error: unknown) => {
      log.warn({ error, callId }, `the carrier could not be asked to ${what}`)
      refuse(callId, requestId, `the carrier could not be asked to ${what}`)
    })
  }

  /** Makes a request that no action waits for. */
  function mention(what: string, callId: string, asked: Promise<void> | undefined): void {
    asked?.catch((error: unknown) => log.warn({ error, callId }, `the carrier could not be asked to ${what}`))
  }

  /** A playback that could not start ends as one that fails. */
  function play(callId: string, playbackId: string, asked: Promise<void>): void {
    asked.catch((error: unknown) => {
      log.warn({ error, callId }, 'the carrier could not be asked to speak or play')
      receive({ type: 'NEWS', news: { type: 'PLAYBACK_ENDED', callId, at: now(), playbackId, failed: true } })
    })
  }

  /** A leg is not dialed if the decision is too old, or while the engine places no calls. */
  function dial({ callId, leg, askedAt }: Extract<ActionCommand, { type: 'DIAL' }>): void {
    const { legId } = leg
    if (!mayDial()) refuse(callId, legId, 'no calls are placed at the moment')
    else if (now() - askedAt > limits.dialWithinMs) refuse(callId, legId, 'it was too late to place the call')
    else request('call somebody else', callId, legId, driver.dial?.(callId, leg))
  }

  function perform(command: ActionCommand): void {
    const { callId } = command
    switch (command.type) {
      case 'SPEAK':
        play(callId, command.playbackId, driver.speak(callId, command.playbackId, command))
        break
      case 'PLAY':
        play(callId, command.playbackId, driver.play(callId, command.playbackId, command.urls))
        break
      case 'TONE':
        request('beep', callId, command.playbackId, driver.tone?.(callId, command.playbackId))
        break
      case 'STOP_PLAYBACK':
        mention('stop a playback', callId, driver.stopPlayback?.(callId, command.playbackId))
        break
      case 'RECEIVE_DIGITS':
        mention('receive digits', callId, driver.receiveDigits?.(callId))
        break
      case 'SEND_DIGITS': {
        const { requestId, digits, times } = command
        request('send digits', callId, requestId, driver.sendDigits?.(callId, digits, times))
        break
      }
      case 'DETECT_MACHINE':
        request('tell a machine from a person', callId, command.requestId, driver.detectMachine?.(callId))
        break
      case 'START_RECORDING': {
        const { recordingId, settings } = command
        request('record', callId, recordingId, driver.startRecording?.(callId, recordingId, settings))
        break
      }
      case 'STOP_RECORDING':
        mention('stop a recording', callId, driver.stopRecording?.(callId, command.recordingId))
        break
      case 'DIAL':
        dial(command)
        break
      case 'HANG_UP_LEG':
        mention('end a leg', callId, driver.hangupLeg?.(callId, command.legId))
        break
      default:
        unreachable(command)
    }
  }

  /** Sends once, and reports the result. */
  function send({ customerId, campaigncallId, sending }: SendCommand): void {
    const { id: sendingId, type } = sending
    const report = (result: SendingResult) => receive({ type: 'SENT', customerId, campaigncallId, sendingId, result })
    if (sender === undefined) report({ type: 'REFUSED', detail: `there is no way to send ${nouns[type]} here` })
    else if (!maySend()) report({ type: 'REFUSED', detail: 'the dialer sends nothing at the moment' })
    else {
      track(
        sender.send(sending).then(report, (error: unknown) => {
          log.error({ error, campaigncallId, sendingId }, 'a sender failed without reporting a result')
          report({ type: 'UNKNOWN', detail: 'the sender failed' })
        }),
      )
    }
  }

  return { perform, send }
}

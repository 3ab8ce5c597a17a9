import type { CarrierCommand, InboxItem, PerformCommand } from '../app/calls/ticks.ts'
import { type MediaCommand, waitingIdOf, wordsOf } from '../domain/media.ts'
import type { Sender, Sending, SendingResult } from '../domain/sending.ts'
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

  /** Why a command is not passed to the driver; null if it is. A leg is not dialed if the decision is too old. */
  function refusalOf({ command: { type }, askedAt }: PerformCommand): string | null {
    if (!driver.capabilities.has(type)) return `the driver ${driver.name} cannot ${wordsOf(type)}`
    if (type !== 'DIAL') return null
    if (!mayDial()) return 'no calls are placed at the moment'
    return now() - askedAt > limits.dialWithinMs ? 'it was too late to place the call' : null
  }

  function perform(asked: PerformCommand): void {
    const { callId, command } = asked
    const why = refusalOf(asked)
    if (why !== null) {
      fail(callId, command, why)
      return
    }
    driver.perform(callId, command).catch((error: unknown) => {
      const failed = `the carrier could not be asked to ${wordsOf(command.type)}`
      log.warn({ error, callId }, failed)
      fail(callId, command, failed)
    })
  }

  /** Reports a command that failed to the action that waits for it. */
  function fail(callId: string, command: MediaCommand, why: string): void {
    const requestId = waitingIdOf(command)
    if (command.type === 'SPEAK' || command.type === 'PLAY') {
      const { playbackId } = command
      receive({
        type: 'NEWS',
        news: { type: 'PLAYBACK_ENDED', callId, at: now(), playbackId, end: 'FAILED', playedMs: 0 },
      })
    } else if (requestId !== null) receive({ type: 'REFUSED', callId, requestId, why })
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

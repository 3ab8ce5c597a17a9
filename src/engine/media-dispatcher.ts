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
  /** False while nobody may be rung. */
  mayDial(): boolean
  /** False once the engine has been asked to stop, and while it waits for a person. */
  maySend(): boolean
  receive(item: InboxItem): void
  /** Is told of work that the end of the engine waits for. */
  track(work: Promise<void>): void
}

type SendCommand = Extract<CarrierCommand, { type: 'SEND' }>

const nouns: Readonly<Record<Sending['type'], string>> = { WEBHOOK: 'webhooks', EMAIL: 'mail', MESSAGE: 'messages' }

/** Carries out what the actions of calls ask for. What cannot be done is told back at once, so that no action waits for it. */
export function createMediaDispatcher(options: MediaDispatcherOptions) {
  const { driver, sender, log, now, mayDial, maySend, receive, track } = options

  /** Why a command is not handed to the driver; null where it is. Nobody is rung for a decision that has become old. */
  function refusalOf({ command: { type }, askedAt }: PerformCommand): string | null {
    if (!driver.capabilities.has(type)) return `the driver ${driver.name} cannot ${wordsOf(type)}`
    if (type !== 'DIAL') return null
    if (!mayDial()) return 'nobody is called at the moment'
    return now() - askedAt > limits.dialWithinMs ? 'it was too late to call anybody' : null
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

  /** Reports that a command comes to nothing, to the action that waits for it. */
  function fail(callId: string, command: MediaCommand, why: string): void {
    const requestId = waitingIdOf(command)
    if (command.type === 'SPEAK' || command.type === 'PLAY') {
      const { playbackId } = command
      receive({ type: 'NEWS', news: { type: 'PLAYBACK_ENDED', callId, at: now(), playbackId, failed: true } })
    } else if (requestId !== null) receive({ type: 'REFUSED', callId, requestId, why })
  }

  /** Hands something over, once, and brings back what came of it. */
  function send({ customerId, campaigncallId, sending }: SendCommand): void {
    const { id: sendingId, type } = sending
    const bring = (result: SendingResult) => receive({ type: 'SENT', customerId, campaigncallId, sendingId, result })
    if (sender === undefined) bring({ type: 'REFUSED', detail: `there is no way to send ${nouns[type]} here` })
    else if (!maySend()) bring({ type: 'REFUSED', detail: 'the dialer sends nothing at the moment' })
    else {
      track(
        sender.send(sending).then(bring, (error: unknown) => {
          log.error({ error, campaigncallId, sendingId }, 'a sender failed, and did not say what came of it')
          bring({ type: 'UNKNOWN', detail: 'the sender failed' })
        }),
      )
    }
  }

  return { perform, send }
}

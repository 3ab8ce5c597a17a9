import type { Sending, SendingResult } from '../domain/sending.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import type { Release, Semaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { refused, unknown } from './results.ts'

/** One way to hand things over. */
export interface Channel<Kind extends Sending> {
  /** Why this one cannot be sent whatever happens, as a sentence; null where it can. */
  refusal(sending: Kind): string | null
  /** The places it needs, in the order they are taken. */
  turns(sending: Kind): readonly (readonly [Semaphore, string])[]
  /** Hands it over, once, within its own deadline. Only a defect of ours makes it reject. */
  send(sending: Kind): Promise<SendingResult>
  /** Aborts sendings in progress and ends the connections. */
  close(): Promise<void>
}

/** A channel, and those who wait for it. */
export interface SendQueue<Kind extends Sending> {
  /** Never rejects. */
  send(sending: Kind): Promise<SendingResult>
  stop(): Promise<void>
}

export interface SendQueueOptions<Kind extends Sending> {
  readonly channel: Channel<Kind>
  readonly effects: Pick<Effects, 'timer'>
  readonly log: Log
}

const stoppedDetail = 'The program ended before it was sent.'

/** Bounds what waits and what is in progress, so that a receiver that does not answer delays only its own sendings. */
export function createSendQueue<Kind extends Sending>({
  channel,
  effects,
  log,
}: SendQueueOptions<Kind>): SendQueue<Kind> {
  const underWay = new Set<(result: SendingResult) => void>()
  let waitingCount = 0
  let stopped: Promise<void> | null = null

  /** Settles with the way out of all places, or with null when it waited for too long. */
  async function takeTurn(sending: Kind): Promise<Release | null> {
    const patience = new AbortController()
    const cancel = effects.timer(limits.sendingWaitMaxMs, () => patience.abort())
    const held: Release[] = []
    const leave = () => {
      for (const leaveOne of held) leaveOne()
    }
    waitingCount++
    try {
      for (const [places, key] of channel.turns(sending)) {
        const place = await places.enter(key, patience.signal)
        if (place !== null) held.push(place)
      }
      if (!patience.signal.aborted) return leave
      leave()
      return null
    } finally {
      cancel()
      waitingCount--
    }
  }

  function handOver(sending: Kind): Promise<SendingResult> {
    return new Promise((resolve) => {
      const finish = (result: SendingResult) => {
        underWay.delete(finish)
        resolve(result)
      }
      underWay.add(finish)
      channel.send(sending).then(finish, (error: unknown) => {
        log.error({ err: error, type: sending.type, id: sending.id }, 'a sending failed')
        finish(unknown('Something went wrong inside while it was sent.'))
      })
    })
  }

  return {
    async send(sending) {
      const refusal = stopped === null ? channel.refusal(sending) : stoppedDetail
      if (refusal !== null) return refused(refusal)
      if (waitingCount >= limits.sendingsWaitingMax)
        return refused(`Too many of its kind are waiting: ${limits.sendingsWaitingMax}.`)
      const leave = await takeTurn(sending)
      if (leave === null || stopped) {
        leave?.()
        return refused(stopped ? stoppedDetail : `It waited for ${limits.sendingWaitMaxMs} ms and was not sent.`)
      }
      return handOver(sending).finally(leave)
    },
    stop() {
      stopped ??= (async () => {
        // Those who wait get the places of these, and find that it is over.
        for (const finish of underWay) finish(unknown('The program ended while it was sent.'))
        await channel.close()
      })()
      return stopped
    },
  }
}

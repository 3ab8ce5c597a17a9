import { WebSocket } from 'ws'
import { unreachable } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews } from '../driver.ts'
import {
  type AnswerTo,
  answers,
  type CarrierMessage,
  carrierMessageBytesMax,
  closeCodes,
  closeWithinMs,
  decodeCarrierMessage,
  encode,
  protocolVersion,
  type Request,
  type RequestType,
} from './protocol.ts'

/** What a request of that type says. */
export type Content<Type extends RequestType> = Omit<Extract<Request, { type: Type }>, 'type' | 'id'>

export interface ConnectionOptions {
  readonly url: string
  readonly installationId: string
  readonly effects: Pick<Effects, 'timer'>
  readonly log: Log
  readonly heartbeatMs: number
  /** Requests may be made from now on. */
  readonly onWelcome: (epoch: string) => void
  readonly onNews: (news: CallNews) => void
  /** Told once, of a connection that was made or could not be made, unless it was closed from here. */
  readonly onLost: (detail: string) => void
}

/** The dialer's end of one connection. */
export interface Connection {
  /** Sends a request, once. Rejects with NotSent or AnswerLost. */
  ask<Type extends RequestType>(type: Type, content: Content<Type>): Promise<AnswerTo<Type>>
  /** Says goodbye; answers and news that are on their way still arrive. Settles when the connection has ended. */
  close(): Promise<void>
}

interface UnderWay {
  readonly type: RequestType
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** What ws says where no close code was received. */
const brokenOff = 1006
/** How long the carrier may take to accept the connection and to greet. */
const welcomeWithinMs = 5000
/** The number of unanswered requests at which no more are sent. */
const underWayMax = 10_000
/** Two, so that a process that was stalled itself reads what has arrived before it declares the connection lost. */
const silentBeatsMax = 2

/** Connects to a carrier by PROTOCOL.md. No callback runs before this has returned. */
export function openConnection(options: ConnectionOptions): Connection {
  const { url, installationId, effects, log, heartbeatMs, onWelcome, onNews, onLost } = options
  const underWay = new Map<number, UnderWay>()
  let state: 'GREETING' | 'OPEN' | 'CLOSING' | 'ENDED' = 'GREETING'
  let nextId = 1
  let silentBeats = 0
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: carrierMessageBytesMax })
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  let cancelTimer: Cancel = effects.timer(welcomeWithinMs, () => cut(`no greeting within ${welcomeWithinMs} ms`), {
    background: true,
  })

  /** Cleans up after the connection: pending requests will not be answered any more. */
  function end(detail: string): void {
    if (state === 'ENDED') return
    const told = state !== 'CLOSING'
    state = 'ENDED'
    cancelTimer()
    for (const { reject } of underWay.values()) reject(new AnswerLost(detail))
    underWay.clear()
    if (told) onLost(detail)
  }

  function cut(detail: string): void {
    socket.terminate()
    end(detail)
  }

  function refuse(complaint: string): void {
    log.warn({ url, complaint }, 'the simulated carrier sent a bad message')
    goodbye(closeCodes.badMessage, 'Bad message')
    end('it sent a bad message')
  }

  function goodbye(code: number, reason: string): void {
    socket.close(code, reason)
    effects.timer(closeWithinMs, () => socket.terminate(), { background: true })
  }

  /** Returns what is wrong with a message, if anything is. */
  function receive(message: CarrierMessage): string | null {
    if ((message.type === 'WELCOME') !== (state === 'GREETING')) return 'WELCOME comes first, and once'
    switch (message.type) {
      case 'WELCOME':
        state = 'OPEN'
        cancelTimer()
        beat()
        onWelcome(message.epoch)
        return null
      case 'ANSWER':
        return settle(message.id, message.answer)
      case 'NEWS':
        onNews(message.news)
        return null
      default:
        return unreachable(message)
    }
  }

  function settle(id: number, answer: unknown): string | null {
    const request = underWay.get(id)
    if (request === undefined) return `an answer to ${id}, which is not under way`
    const result = answers[request.type].safeParse(answer)
    if (!result.success) return `an answer to ${request.type} of another form`
    underWay.delete(id)
    request.resolve(result.data as never)
    return null
  }

  /** Sends heartbeats: a stopped process keeps its connections open and is silent. */
  function beat(): void {
    if (silentBeats === silentBeatsMax) {
      cut(`no heartbeat for ${silentBeatsMax * heartbeatMs} ms`)
      return
    }
    silentBeats++
    socket.ping()
    cancelTimer = effects.timer(heartbeatMs, beat, { background: true })
  }

  socket.on('open', () => socket.send(encode({ type: 'HELLO', version: protocolVersion, installationId })))
  socket.on('message', (data, isBinary) => {
    silentBeats = 0
    if (state === 'ENDED') return
    const decoded = decodeCarrierMessage(data, isBinary)
    const complaint = decoded.ok ? receive(decoded.message) : decoded.complaint
    if (complaint !== null) refuse(complaint)
  })
  socket.on('pong', () => {
    silentBeats = 0
  })
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.message || (error.code ?? error.name)))
  socket.on('close', (code, reason) =>
    end(code === brokenOff ? 'the connection broke' : `closed with ${code} ${reason}`),
  )

  return {
    ask<Type extends RequestType>(type: Type, content: Content<Type>) {
      // A socket that is closing swallows what it is given.
      if (socket.readyState !== socket.OPEN || state !== 'OPEN')
        return Promise.reject(new NotSent('the connection is closing'))
      if (underWay.size >= underWayMax) return Promise.reject(new NotSent(`${underWayMax} requests are under way`))
      return new Promise<AnswerTo<Type>>((resolve, reject) => {
        const id = nextId++
        underWay.set(id, { type, resolve, reject })
        socket.send(encode({ type, id, ...content } as unknown as Request))
      })
    },
    close() {
      cancelTimer()
      if (state === 'GREETING') {
        state = 'ENDED'
        socket.terminate()
      } else if (state === 'OPEN') {
        state = 'CLOSING'
        goodbye(closeCodes.normal, 'The dialer ends')
      }
      return ended
    },
  }
}

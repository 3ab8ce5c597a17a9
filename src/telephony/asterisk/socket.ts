import { WebSocket } from 'ws'
import type { Cancel, Effects } from '../../kernel/effects.ts'

export interface EventSocketOptions {
  /** ws:// or wss://, with the application to listen for. */
  readonly url: string
  readonly authorization: string
  readonly effects: Pick<Effects, 'timer'>
  /** Pause between two questions for a sign of life. */
  readonly heartbeatMs: number
  onOpen(): void
  /** One message, in the order they arrive. */
  onMessage(text: string): void
  /** Told once, of a connection that was made or could not be made, unless it was closed from here. */
  onLost(detail: string): void
}

/** Our end of one connection for events. */
export interface EventSocket {
  /** Settles when the connection has ended. Nothing is told any more. */
  close(): Promise<void>
}

const openWithinMs = 5000
const closeWithinMs = 1000
/** A message is about 1 kB, and longer where variables are part of it. */
const messageBytesMax = 1024 * 1024
/** Two, so that a process that was held up itself hears what has arrived meanwhile before it judges. */
const silentBeatsMax = 2
/** What ws says where no close code was received. */
const brokenOff = 1006

/** Connects for events. Nothing is told before this has returned. */
export function openEventSocket(options: EventSocketOptions): EventSocket {
  const { url, authorization, effects, heartbeatMs, onOpen, onMessage, onLost } = options
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    headers: { authorization },
  })
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  let silentBeats = 0
  let done = false
  let cancelTimer: Cancel = effects.timer(openWithinMs, () => cut(`no connection within ${openWithinMs} ms`), {
    background: true,
  })

  function end(detail: string): void {
    if (done) return
    done = true
    cancelTimer()
    onLost(detail)
  }

  function cut(detail: string): void {
    socket.terminate()
    end(detail)
  }

  /** Asks for a sign of life, again and again: a switch that is stopped keeps its connections, and says nothing. */
  function beat(): void {
    if (silentBeats === silentBeatsMax) {
      cut(`no sign of life for ${silentBeatsMax * heartbeatMs} ms`)
      return
    }
    silentBeats++
    socket.ping()
    cancelTimer = effects.timer(heartbeatMs, beat, { background: true })
  }

  socket.on('open', () => {
    cancelTimer()
    if (done) return
    beat()
    onOpen()
  })
  socket.on('message', (data) => {
    silentBeats = 0
    if (!done) onMessage(String(data))
  })
  socket.on('pong', () => {
    silentBeats = 0
  })
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.message || (error.code ?? error.name)))
  socket.on('close', (code, reason) =>
    end(code === brokenOff ? 'the connection broke' : `closed with ${code} ${reason}`.trimEnd()),
  )

  return {
    close() {
      done = true
      cancelTimer()
      if (socket.readyState !== WebSocket.OPEN) socket.terminate()
      else {
        socket.close(1000)
        effects.timer(closeWithinMs, () => socket.terminate(), { background: true })
      }
      return ended
    },
  }
}

import { WebSocket } from 'ws'
import type { Cancel, Effects } from '../../kernel/effects.ts'

/** A socket as the network gives it. */
interface Socket {
  /** Sends a heartbeat. */
  ping(): void
  /** Says goodbye, where it is open; otherwise gives up. */
  close(): void
  /** Ends it now. */
  cut(): void
}

/** Receives the events of a socket. No method is called before the socket was returned. */
export interface SocketListener {
  opened(): void
  received(text: string): void
  /** The other side has answered a heartbeat. */
  ponged(): void
  /** The last event, whichever side ended the socket, and whether or not it ever opened. */
  closed(detail: string): void
}

export type OpenSocket = (url: string, authorization: string, listener: SocketListener) => Socket

export interface EventSocketOptions {
  /** ws:// or wss://, with the application to listen for. */
  readonly url: string
  readonly authorization: string
  readonly effects: Pick<Effects, 'timer'>
  /** Interval between heartbeats, in ms. */
  readonly heartbeatMs: number
  /** Instead of a WebSocket over the network. */
  readonly openSocket?: OpenSocket | undefined
  onOpen(): void
  /** One message, in the order they arrive. */
  onMessage(text: string): void
  /** Called once when the connection is lost or could not be made, unless it was closed from here. */
  onLost(loss: Loss): void
}

/** How a connection was lost. */
export interface Loss {
  readonly detail: string
  /** The connection was requested, and there was no answer. */
  readonly unanswered: boolean
}

/** Our end of one connection for events. */
export interface EventSocket {
  /** Settles when the connection has ended. No callback runs after the call. */
  close(): Promise<void>
}

const openWithinMs = 5000
const closeWithinMs = 1000
/** A message is about 1 kB, and longer where variables are part of it. */
const messageBytesMax = 1024 * 1024
/** Two, so that a process that was stalled itself reads what has arrived before it declares the connection lost. */
const silentBeatsMax = 2
/** What ws says where no close code was received. */
const brokenOff = 1006

/** Connects for events. No callback runs before this has returned. */
export function openEventSocket(options: EventSocketOptions): EventSocket {
  const { url, authorization, effects, heartbeatMs, openSocket = openWebSocket, onOpen, onMessage, onLost } = options
  let silentBeats = 0
  let done = false
  let tellEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve
  })
  let cancelTimer: Cancel = effects.timer(
    openWithinMs,
    () => cut({ detail: `no connection within ${openWithinMs} ms`, unanswered: true }),
    { background: true },
  )
  const socket = openSocket(url, authorization, {
    opened() {
      cancelTimer()
      if (done) return
      beat()
      onOpen()
    },
    received(text) {
      silentBeats = 0
      if (!done) onMessage(text)
    },
    ponged() {
      silentBeats = 0
    },
    closed(detail) {
      end({ detail, unanswered: false })
      tellEnded()
    },
  })

  function end(loss: Loss): void {
    if (done) return
    done = true
    cancelTimer()
    onLost(loss)
  }

  function cut(loss: Loss): void {
    socket.cut()
    end(loss)
  }

  /** Sends heartbeats: a stopped switch keeps its connections open and is silent. */
  function beat(): void {
    if (silentBeats === silentBeatsMax) {
      cut({ detail: `no heartbeat for ${silentBeatsMax * heartbeatMs} ms`, unanswered: false })
      return
    }
    silentBeats++
    socket.ping()
    cancelTimer = effects.timer(heartbeatMs, beat, { background: true })
  }

  return {
    close() {
      done = true
      cancelTimer()
      socket.close()
      effects.timer(closeWithinMs, () => socket.cut(), { background: true })
      return ended
    },
  }
}

/** A WebSocket over the network. */
function openWebSocket(url: string, authorization: string, listener: SocketListener): Socket {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    headers: { authorization },
  })
  let trouble: string | null = null
  socket.on('open', () => listener.opened())
  socket.on('message', (data) => listener.received(String(data)))
  socket.on('pong', () => listener.ponged())
  socket.on('error', (error: NodeJS.ErrnoException) => {
    trouble = error.message || (error.code ?? error.name)
    // Otherwise it would wait for the other side to agree that this is the end.
    socket.terminate()
  })
  socket.on('close', (code, reason) =>
    listener.closed(
      trouble ?? (code === brokenOff ? 'the connection broke' : `closed with ${code} ${reason}`.trimEnd()),
    ),
  )
  return {
    ping: () => socket.ping(),
    close() {
      if (socket.readyState === WebSocket.OPEN) socket.close(1000)
      else socket.terminate()
    },
    cut: () => socket.terminate(),
  }
}

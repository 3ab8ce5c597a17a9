import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { limits } from '../limits.ts'

/** Interval between heartbeats to a client with nothing to read, in ms. */
const pingIntervalMs = 12_000

/** What is sent to one WebSocket. */
export interface Backpressure {
  /** Settles at once, or where the client is behind once it has caught up or is given up. */
  send(data: string): Promise<void> | undefined
  /** Nobody waits from now on, and the client is asked for nothing more. */
  stop(): void
}

/**
 * Knows how much of what was sent a client has read: pings between the messages serve as marks, and a client answers each
 * when it reaches it. The kernel buffers megabytes for a client that has stopped reading, so the bytes it accepted say
 * little; and the close message to such a client would have to queue behind them.
 *
 * `connection` is what the socket writes to. `givenUp` is called at most once: when a mark was not answered in time.
 */
export function createBackpressure(
  socket: WebSocket,
  connection: Duplex,
  timer: Effects['timer'],
  givenUp: () => void,
): Backpressure {
  let sentBytes = 0
  let readBytes = 0
  /** How much had been sent at each mark that is not answered yet. */
  const marks: number[] = []
  let waiting: (() => void)[] = []
  let cancel: Cancel = () => {}
  let stopped = false
  let isHeld = false

  /** What is sent in one go leaves in one write: a replay would otherwise spend half its time in writes of one event. */
  function hold(): void {
    if (isHeld) return
    isHeld = true
    connection.cork()
    process.nextTick(() => {
      isHeld = false
      connection.uncork()
    })
  }

  /** A pong alone proves nothing: a client may send one unasked. What this process still buffers was not read. */
  const isBehind = () => Math.max(sentBytes - readBytes, socket.bufferedAmount) >= limits.socketUnreadBytesMax

  function mark(): void {
    if (stopped || socket.readyState !== socket.OPEN) return
    marks.push(sentBytes)
    socket.ping(String(sentBytes))
    if (marks.length === 1) expect()
  }

  /** Waits for the answer to the oldest mark; without one, sets the next mark after the interval. */
  function expect(): void {
    cancel()
    const [oldest] = marks
    cancel =
      oldest === undefined
        ? timer(pingIntervalMs, mark, { background: true })
        : timer(readWithinMs(oldest - readBytes), givenUp, { background: true })
  }

  function release(): void {
    const released = waiting
    waiting = []
    for (const go of released) go()
  }

  socket.on('pong', (data) => {
    const answered = marks.indexOf(Number(String(data)))
    if (stopped || answered < 0) return
    // A client may answer the latest of several pings alone.
    readBytes = marks.splice(0, answered + 1).at(-1) ?? readBytes
    expect()
    if (!isBehind()) release()
  })
  expect()
  return {
    send(data) {
      if (stopped || socket.readyState !== socket.OPEN) return
      hold()
      socket.send(data)
      sentBytes += Buffer.byteLength(data)
      if (sentBytes - (marks.at(-1) ?? readBytes) >= limits.socketMarkBytes) mark()
      if (isBehind()) return new Promise((resolve) => waiting.push(resolve))
    },
    stop() {
      stopped = true
      cancel()
      release()
    },
  }
}

/** One message may be larger than what stands between two marks otherwise: the client is given more time for it. */
function readWithinMs(bytes: number): number {
  const shares = Math.max(1, Math.floor(bytes / limits.socketMarkBytes))
  return Math.min(shares * limits.streamReadWithinMs, limits.streamReadWithinMaxMs)
}

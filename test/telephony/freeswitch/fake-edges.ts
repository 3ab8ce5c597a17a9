import { createServer, type Socket } from 'node:net'
import type { OpenWire } from '../../../src/telephony/freeswitch/wire.ts'

/** The switch's end of a connection. */
export interface Edge {
  send(bytes: Buffer): void
  cut(): void
}

/** Whether connections are refused, and whether those that there are take anything. */
interface Door {
  readonly booting: boolean
  readonly clogged: boolean
}

/** What the switch makes of a connection. */
interface Accepted {
  receive(text: string): void
  gone(): void
}

type Accept = (edge: Edge) => Accepted

/**
 * Connections within this process. Everything arrives in order, a moment later. `clogs` has to be called for each connection
 * that takes something again.
 */
export function inMemory(faults: Door, accept: Accept, clogs: Set<() => void>): OpenWire {
  return (listener) => {
    let open = true
    /** What was written and is not taken. */
    const held: string[] = []
    function letThrough(): void {
      const texts = held.splice(0)
      for (const text of texts) soon(() => session?.receive(text))
      if (texts.length > 0) soon(() => listener.drained())
    }
    clogs.add(letThrough)
    let session: Accepted | null = null
    const soon = (run: () => void) => queueMicrotask(() => open && run())
    function close(detail: string): void {
      queueMicrotask(() => {
        if (!open) return
        open = false
        clogs.delete(letThrough)
        session?.gone()
        listener.closed(detail)
      })
    }
    queueMicrotask(() => {
      if (!open) return
      if (faults.booting) {
        close('connect ECONNREFUSED')
        return
      }
      listener.opened()
      session = accept({
        send: (bytes) => soon(() => listener.received(bytes)),
        cut: () => close('the connection was closed'),
      })
    })
    return {
      get waitingBytes() {
        return Buffer.byteLength(held.join(''))
      },
      write(text) {
        if (faults.clogged) held.push(text)
        else soon(() => session?.receive(text))
      },
      end: () => close('the connection was closed'),
      cut: () => close('the connection was closed'),
    }
  }
}

/** Connections over TCP, at a free port. */
export async function listen(faults: Door, accept: Accept) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    if (faults.booting) {
      socket.destroy()
      return
    }
    const session = accept({
      send: (bytes) => void socket.write(bytes),
      cut: () => void socket.end(),
    })
    socket.setNoDelay(true)
    socket.on('data', (bytes) => session.receive(bytes.toString()))
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      session.gone()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `esl://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

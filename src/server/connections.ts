import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /** Closes what waits for no answer now, and from then on each connection once it has its last one. */
  closeWhenIdle(): void
  /** Cuts every connection, WebSockets included. */
  cut(): void
}

/**
 * Knows which connections wait for an answer. Node would close those that have had one, but not a connection that never
 * asked for anything, as browsers open them in advance, and none that has become a WebSocket.
 */
export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>()
  /** How many answers are owed, for those that speak HTTP. */
  const owed = new Map<Socket, number>()
  let closing = false
  const change = (socket: Socket, by: number) => {
    const count = owed.get(socket)
    if (count === undefined) return
    owed.set(socket, count + by)
    if (closing && count + by === 0) socket.destroySoon()
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    owed.set(socket, 0)
    socket.once('close', () => {
      sockets.delete(socket)
      owed.delete(socket)
    })
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    change(socket, 1)
    response.once('close', () => change(socket, -1))
  })
  server.on('upgrade', ({ socket }: IncomingMessage) => owed.delete(socket))
  return {
    closeWhenIdle() {
      closing = true
      for (const socket of owed.keys()) change(socket, 0)
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

import { connect } from 'node:net'

/** Bytes to and from the switch. */
export interface Wire {
  /** Bytes that were written and have not left this process. */
  readonly waitingBytes: number
  write(text: string): void
  /** Ends the connection once everything that was written has left. */
  end(): void
  /** Ends it now. */
  cut(): void
}

/** Receives the events of a wire. No method is called before the wire was returned. */
export interface WireListener {
  opened(): void
  received(bytes: Buffer): void
  /** Everything that was written has left this process, after some of it had to wait. */
  drained(): void
  /** The last event, whichever side ended the wire, and whether or not it ever opened. */
  closed(detail: string): void
}

export type OpenWire = (listener: WireListener) => Wire

export interface SwitchAddress {
  readonly host: string
  readonly port: number
}

const defaultPort = 8021

/** Reads `esl://host:port` or `tcp://host:port`; the port may be left out. Null for anything else: paths and passwords are not known here. */
export function parseSwitchUrl(url: string): SwitchAddress | null {
  const match = /^(?:esl|tcp):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(url)
  const host = match?.[1]?.replace(/^\[|\]$/g, '')
  const port = Number(match?.[2] ?? defaultPort)
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port }
}

/** Wires that are TCP connections. */
export function tcpWires({ host, port }: SwitchAddress): OpenWire {
  return (listener) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true })
    let detail = 'the connection was closed'
    socket.on('connect', () => listener.opened())
    socket.on('data', (bytes) => listener.received(bytes))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Where a name has several addresses the message is empty.
      detail = error.message || (error.code ?? error.name)
    })
    socket.on('close', () => listener.closed(detail))
    return {
      get waitingBytes() {
        return socket.writableLength
      },
      write(text) {
        let waited = false
        socket.write(text, (error) => {
          if (waited && !error && socket.writableLength === 0) listener.drained()
        })
        waited = socket.writableLength > 0
      },
      end: () => void socket.end(),
      cut: () => void socket.destroy(),
    }
  }
}

/** What is used of the smpp package, which brings no types of its own. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'
  import type { Server as NetServer } from 'node:net'

  /** A unit of the protocol. Its fields are those of SMPP 3.4, by their names there. */
  class PDU {
    constructor(command: string, fields?: Readonly<Record<string, unknown>>)
    readonly command: string
    readonly command_status: number
    /** Given by `send`, where it is not given here. */
    readonly sequence_number: number
    readonly message_id?: string
    isResponse(): boolean
    response(fields?: Readonly<Record<string, unknown>>): PDU
  }

  interface Session extends EventEmitter {
    /** False where the connection cannot be written to: nothing was sent then. */
    send(pdu: PDU): boolean
    close(): void
    destroy(): void
  }

  interface Encoding {
    match(text: string): boolean
    encode(text: string): Buffer
    decode(bytes: Buffer): string
  }

  const smpp: {
    readonly PDU: typeof PDU
    connect(options: { readonly host: string; readonly port: number; readonly tls: boolean }): Session
    createServer(listener: (session: Session) => void): NetServer
    /** ASCII is the default alphabet of GSM. */
    readonly encodings: { readonly ASCII: Encoding; readonly UCS2: Encoding }
    readonly errors: Readonly<Record<string, number>>
  }
  // biome-ignore lint/style/noDefaultExport: the package is a CommonJS module, which has no other
  export default smpp
  export type { PDU, Session }
}

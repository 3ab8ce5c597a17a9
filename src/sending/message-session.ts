import smpp, { type PDU } from 'smpp'
import { inTime } from '../kernel/deadline.ts'
import type { Effects } from '../kernel/effects.ts'
import { AnswerLost, NotSent } from '../kernel/exchange.ts'
import { limits } from '../limits.ts'
import { describe } from './results.ts'
import type { MessageServer } from './servers.ts'

export type MessageCentre = Extract<MessageServer, { type: 'SMPP' }>

export interface MessageSessionOptions {
  readonly server: MessageCentre
  readonly effects: Pick<Effects, 'timer'>
  /** Messages may be submitted from now on. */
  readonly onBound: () => void
  /** Told once, unless the session was closed from here. */
  readonly onLost: (detail: string) => void
}

/** One session with a message centre. Both ways use one connection (bind_transceiver). */
export interface MessageSession {
  /** The answer to a submit_sm with those fields. Rejects with NotSent or AnswerLost. */
  submit(fields: Readonly<Record<string, unknown>>): Promise<PDU>
  /** Unbinds; requests in progress are lost. */
  close(): void
}

const interfaceVersion = 0x34
const success = 0
/** What a centre may ask of us. Nothing else is answered, but for what nobody knows. */
const answeredRequests = ['enquire_link', 'deliver_sm', 'data_sm', 'unbind', 'unknown']

/** The name of a status in the specification, or its number. */
export function statusName(status: number): string {
  const [name] = Object.entries(smpp.errors).find(([, code]) => code === status) ?? []
  return name ?? `status ${status}`
}

/** Connects and binds. No callback runs before this has returned. */
export function openMessageSession({ server, effects, onBound, onLost }: MessageSessionOptions): MessageSession {
  const { host, port, encrypted } = server
  const waiting = new Map<number, { resolve: (answer: PDU) => void; reject: (error: Error) => void }>()
  const session = smpp.connect({ host, port, tls: encrypted })
  let hasEnded = false
  let cancelTimer = effects.timer(
    limits.messageCentreAnswerMs,
    () => end(`no connection within ${limits.messageCentreAnswerMs} ms`),
    { background: true },
  )

  function leave(detail: string): void {
    hasEnded = true
    cancelTimer()
    for (const { reject } of waiting.values()) reject(new AnswerLost(detail))
    waiting.clear()
  }

  function end(detail: string): void {
    if (hasEnded) return
    leave(detail)
    session.destroy()
    onLost(detail)
  }

  async function ask(pdu: PDU): Promise<PDU> {
    if (hasEnded || !session.send(pdu)) {
      end('the connection cannot be written to')
      throw new NotSent('the connection was lost before')
    }
    const number = pdu.sequence_number
    const answer = new Promise<PDU>((resolve, reject) => waiting.set(number, { resolve, reject }))
    try {
      const inHand = await inTime(effects, answer, limits.messageCentreAnswerMs)
      if (inHand === null) throw new AnswerLost(`no answer within ${limits.messageCentreAnswerMs} ms`)
      return inHand
    } finally {
      waiting.delete(number)
    }
  }

  async function bind(): Promise<void> {
    const { systemId, password, systemType } = server
    const fields = { system_id: systemId, password, system_type: systemType, interface_version: interfaceVersion }
    const { command_status: status } = await ask(new smpp.PDU('bind_transceiver', fields))
    if (status !== success) throw new AnswerLost(`it refused us with ${statusName(status)}`)
    cancelTimer()
    beat()
    onBound()
  }

  /** Sends heartbeats, which detect a peer that vanished without closing the connection. */
  function beat(): void {
    const look = () => {
      ask(new smpp.PDU('enquire_link')).then(beat, fail)
    }
    if (!hasEnded) cancelTimer = effects.timer(limits.messageCentreHeartbeatMs, look, { background: true })
  }

  const fail = (error: unknown) => end(describe(error))
  session.on(encrypted ? 'secureConnect' : 'connect', () => bind().catch(fail))
  session.on('error', fail)
  session.on('close', () => end('the connection was closed'))
  session.on('pdu', (pdu: PDU) => {
    if (pdu.isResponse()) waiting.get(pdu.sequence_number)?.resolve(pdu)
    else if (answeredRequests.includes(pdu.command)) session.send(pdu.response())
    if (pdu.command === 'unbind') end('it ended the session')
  })

  return {
    submit: (fields) => ask(new smpp.PDU('submit_sm', fields)),
    close() {
      if (hasEnded) return
      leave('the session was closed')
      session.send(new smpp.PDU('unbind'))
      session.close()
      effects.timer(limits.farewellMs, () => session.destroy(), { background: true })
    },
  }
}

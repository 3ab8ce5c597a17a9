import type { WebSocket } from 'ws'
import { waitingIdOf } from '../../domain/media.ts'
import { unreachable } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { installationVariable } from '../kit/installation.ts'
import type { CallOwners } from './call-owners.ts'
import type { Carrier } from './carrier.ts'
import {
  type AnswerTo,
  type CloseCode,
  closeCodes,
  closeWithinMs,
  decodeClientMessage,
  encode,
  type Hello,
  protocolVersion,
  type Request,
  type RequestType,
} from './protocol.ts'
import type { RequestLog } from './request-log.ts'

/** How long a client may take to say who it is. */
const helloWithinMs = 5000
/** Bytes that may wait for a client to read them. */
const waitingBytesMax = 8 * 1024 * 1024

/** What the connections of one carrier share. */
export interface Switchboard {
  readonly effects: Effects
  readonly log: Log
  readonly carrier: Carrier
  readonly owners: CallOwners
  readonly requestLog: RequestLog
}

/** The carrier's end of one connection. */
export interface Session {
  /** Null until the client has said who it is. */
  readonly installationId: string | null
  /** Sends an encoded message, unless the connection is closing. A client that lets too much wait is sent away. */
  send(encoded: string): void
  /** Asks the client to go, and cuts the connection when it does not. */
  close(code: CloseCode, reason: string): void
}

/** Serves a client by PROTOCOL.md until either side ends the connection. */
export function serveClient(switchboard: Switchboard, socket: WebSocket): Session {
  const { effects, log, carrier, requestLog } = switchboard
  let installationId: string | null = null
  const cancelHello = effects.timer(helloWithinMs, () => close(closeCodes.helloTimeout, 'Hello timeout'), {
    background: true,
  })

  function send(encoded: string): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount <= waitingBytesMax) socket.send(encoded)
    else close(closeCodes.slowReader, 'Slow reader')
  }

  function close(code: CloseCode, reason: string): void {
    if (socket.readyState === socket.OPEN) {
      log.info({ installationId, code, reason }, 'a client is asked to go')
      socket.close(code, reason)
    }
    effects.timer(closeWithinMs, () => socket.terminate(), { background: true })
  }

  function refuse(complaint: string): void {
    log.warn({ installationId, complaint }, 'a client sent a bad message')
    close(closeCodes.badMessage, 'Bad message')
  }

  function receive(data: unknown, isBinary: boolean): void {
    const decoded = decodeClientMessage(data, isBinary)
    if (!decoded.ok) refuse(decoded.complaint)
    else if (decoded.message.type === 'HELLO') welcome(decoded.message)
    else if (installationId === null) refuse('the first message has to be HELLO')
    else {
      const { message } = decoded
      // Before it is acted on: whatever comes of a request, the log knows of it.
      requestLog.note(message, installationId)
      send(encode({ type: 'ANSWER', id: message.id, answer: act(switchboard, message, installationId) }))
    }
  }

  function welcome(hello: Hello): void {
    if (installationId !== null) refuse('HELLO is said only once')
    else if (hello.version !== protocolVersion) {
      close(closeCodes.versionNotAcceptable, `Version ${protocolVersion} is spoken here`)
    } else {
      cancelHello()
      installationId = hello.installationId
      log.info({ installationId }, 'a client has connected')
      send(encode({ type: 'WELCOME', version: protocolVersion, epoch: carrier.epoch }))
    }
  }

  socket.on('message', (data, isBinary) => {
    // What comes after the end was decided is not acted on: nobody would hear the answer.
    if (socket.readyState !== socket.OPEN) return
    try {
      receive(data, isBinary)
    } catch (error) {
      log.error({ error, installationId }, 'a request met a defect, or could not be logged')
      close(closeCodes.internalError, 'Internal error')
    }
  })
  // ws closes the socket automatically; an error event without a listener would end the process.
  socket.on('error', (error) => log.warn({ error, installationId }, 'the connection of a client broke'))
  socket.on('close', (code) => {
    cancelHello()
    log.info({ installationId, code }, 'a client has gone')
  })
  return {
    get installationId() {
      return installationId
    },
    send,
    close,
  }
}

/** Does what a request asks for, and returns the answer to it. */
function act({ carrier, owners, requestLog }: Switchboard, request: Request, asker: string): AnswerTo<RequestType> {
  switch (request.type) {
    case 'ORIGINATE': {
      const { callId, variables } = request.request
      const answer = carrier.originate(request.request)
      if (answer.type === 'ACCEPTED') owners.set(callId, variables[installationVariable] ?? asker)
      return answer
    }
    case 'LOOKUP':
      return carrier.lookup(request.callId)
    case 'LIST':
      return carrier.list().filter((callId) => owners.of(callId) === asker)
    case 'PERFORM':
      // Of what somebody waits for, the news has to find its way back.
      if (waitingIdOf(request.command) !== null) owners.adopt(request.callId, asker)
      carrier.perform(request.callId, request.command)
      return null
    case 'CONNECT':
      owners.adopt(request.callId, asker)
      carrier.connect(request.callId, request.agent)
      return null
    case 'WITHDRAW':
      carrier.withdraw(request.callId, request.agentId)
      return null
    case 'HANGUP':
      carrier.hangup(request.callId, request.reason)
      return null
    case 'REQUESTS':
      return requestLog.after(request.after)
    default:
      return unreachable(request)
  }
}

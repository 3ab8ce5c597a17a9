import { assert } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { readEvent, type SwitchEvent, subscribedEvents } from './event.ts'
import { BadFrame, createFrameReader, type Frame } from './frames.ts'
import type { OpenWire } from './wire.ts'

export interface ConnectionOptions {
  readonly openWire: OpenWire
  readonly password: string
  readonly effects: Pick<Effects, 'timer'>
  readonly log: Log
  readonly heartbeatMs: number
  /** Commands may be sent from now on. `coreUuid` is another one for each start of the switch. */
  readonly onReady: (coreUuid: string) => void
  /** May be called before `onReady`. */
  readonly onEvent: (event: SwitchEvent) => void
  /** Told once, unless it was closed from here. `refused` where trying again soon is no use. */
  readonly onLost: (detail: string, refused: boolean) => void
}

/** A command is not sent because the switch does not take, or does not answer, those before it. */
export class SwitchBusy extends NotSent {
  override name = 'SwitchBusy'
}

/** A command on its way to the switch. */
export interface Sent {
  /** What the switch says. Rejects with NotSent (SwitchBusy among it) or AnswerLost. */
  readonly answered: Promise<string>
  /** Takes the command back. False where it may have left this process; otherwise `answered` rejects with SwitchBusy. */
  withdraw(): boolean
}

/** One connection to the event socket. Commands leave in the order in which they were asked for, each of them once. */
export interface Connection {
  /** `api <command>`. */
  api(command: string): Promise<string>
  /** The same, for a command that may have to be taken back. */
  ask(command: string): Sent
  /** Has the switch carry out a command in the background; the answer is that it began, the result an event BACKGROUND_JOB. */
  bgapi(command: string, jobId: string): Sent
  /** Ends a connection that is of no use. */
  cut(detail: string): void
  /** Says goodbye, and settles when the connection has ended. What was sent is still carried out. */
  close(): Promise<void>
}

interface Command {
  readonly text: string
  readonly take: (answer: string) => void
  readonly lose: (error: Error) => void
}

/** How long the switch may take to greet, to accept the password and to say who it is. */
const readyWithinMs = 5000
/** How long the switch may take to end a connection that was said goodbye to. */
const closeWithinMs = 1000
/** The number of waiting commands, sent or not, at which no more are accepted. */
const waitingMax = 10_000
/** Two, so that a process that was stalled itself reads what has arrived before it declares the connection lost. */
const silentBeatsMax = 2
/** Answered at once, and by no other means is the switch's own id known before its first event. */
const whoCommand = 'global_getvar core_uuid'
const coreUuidPattern = /^[0-9a-fA-F-]{36}$/

/** Connects, authenticates and subscribes. No callback runs before this has returned. */
export function openConnection(options: ConnectionOptions): Connection {
  const { openWire, password, effects, log, heartbeatMs, onReady, onEvent, onLost } = options
  const reader = createFrameReader()
  /** The switch answers in the order it was asked. */
  const waiting: Command[] = []
  /**
   * Not handed to the wire yet. Bytes that wait in a socket cannot be taken back, and when the connection is lost nobody can
   * tell which of them have left: so they wait here, and a command that did not leave is known not to have.
   */
  const unsent: Command[] = []
  let state: 'GREETING' | 'INTRODUCED' | 'READY' | 'CLOSING' | 'ENDED' = 'GREETING'
  let silentBeats = 0
  let tellEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve
  })
  let cancelTimer: Cancel = effects.timer(readyWithinMs, () => cut(`not ready within ${readyWithinMs} ms`), {
    background: true,
  })

  const wire = openWire({
    opened() {},
    received(bytes) {
      silentBeats = 0
      if (state !== 'ENDED') read(bytes)
    },
    drained: flush,
    closed(detail) {
      end(detail)
      tellEnded()
    },
  })

  function end(detail: string, refused = false): void {
    if (state === 'ENDED') return
    const told = state !== 'CLOSING'
    state = 'ENDED'
    cancelTimer()
    for (const { lose } of waiting.splice(0)) lose(new AnswerLost(detail))
    dropUnsent(detail)
    if (told) onLost(detail, refused)
  }

  function cut(detail: string, refused = false): void {
    wire.cut()
    end(detail, refused)
  }

  function read(bytes: Buffer): void {
    try {
      for (const frame of reader.push(bytes)) if (state !== 'ENDED') take(frame)
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error
      log.warn({ complaint: error.message }, 'the switch sent what cannot be understood')
      cut(`it sent ${error.message}`)
    }
  }

  function take({ headers, body }: Frame): void {
    switch (headers.get('content-type')) {
      case 'auth/request':
        if (state === 'GREETING') introduce()
        break
      case 'command/reply':
        waiting.shift()?.take(headers.get('reply-text') ?? '')
        break
      case 'api/response':
        waiting.shift()?.take((body ?? '').trimEnd())
        break
      case 'text/event-json':
        hear(body ?? '')
        break
      case 'text/rude-rejection':
        cut('it does not let this address connect (event_socket.conf, apply-inbound-acl)', true)
        break
      default:
    }
  }

  function hear(body: string): void {
    const event = readEvent(body)
    if (event === null) {
      log.warn({}, 'the switch sent an event that is no JSON object')
      return
    }
    try {
      onEvent(event)
    } catch (error) {
      // What a switch sends must not be able to end this process.
      log.error({ error, event: event.name }, 'an event of the switch met a defect')
    }
  }

  /** Each step is taken as the answer to the one before arrives: the switch that refuses closes the connection with it. */
  function introduce(): void {
    state = 'INTRODUCED'
    send(`auth ${password}`, (said) => {
      if (said.startsWith('+OK')) subscribe()
      else cut('it does not accept the password', true)
    })
  }

  function subscribe(): void {
    send(`event json ${subscribedEvents.join(' ')}`, (said) => {
      if (said.startsWith('+OK')) send(`api ${whoCommand}`, beReady)
      else cut(`it does not let events be listened to: ${said}`, true)
    })
  }

  function beReady(coreUuid: string): void {
    if (!coreUuidPattern.test(coreUuid)) {
      cut('it does not say its core_uuid', true)
      return
    }
    state = 'READY'
    cancelTimer()
    beat()
    onReady(coreUuid)
  }

  /** Sends heartbeats: a stopped process keeps its connections open and is silent. */
  function beat(): void {
    if (silentBeats === silentBeatsMax) {
      cut(`no heartbeat for ${silentBeatsMax * heartbeatMs} ms`)
      return
    }
    silentBeats++
    send(`api ${whoCommand}`, () => {})
    cancelTimer = effects.timer(heartbeatMs, beat, { background: true })
  }

  /** Its answer is taken where it arrives, and not at all where the connection is lost before. */
  function send(command: string, take: Command['take'], lose: Command['lose'] = () => {}, headers = ''): Command {
    // A line more would be a command more.
    assert(!/[\r\n\0]/.test(command), 'a command of one line')
    const asked = { text: `${command}\n${headers}\n`, take, lose }
    unsent.push(asked)
    flush()
    return asked
  }

  function flush(): void {
    while (wire.waitingBytes === 0) {
      const next = unsent.shift()
      if (next === undefined) return
      waiting.push(next)
      wire.write(next.text)
    }
  }

  function dropUnsent(detail: string): void {
    for (const { lose } of unsent.splice(0)) lose(new NotSent(detail))
  }

  function ask(command: string, headers?: string): Sent {
    const count = waiting.length + unsent.length
    if (state !== 'READY') return notSent(new NotSent('the connection is not ready'))
    if (count >= waitingMax) return notSent(new SwitchBusy(`${count} commands wait for the switch`))
    let withdraw = () => false
    const answered = new Promise<string>((resolve, reject) => {
      const asked = send(command, resolve, reject, headers)
      withdraw = () => {
        const index = unsent.indexOf(asked)
        if (index === -1) return false
        unsent.splice(index, 1)
        reject(new SwitchBusy('the switch has not taken the command in time'))
        return true
      }
    })
    return { answered, withdraw: () => withdraw() }
  }

  const askApi = (command: string) => ask(`api ${command}`)

  return {
    api: (command) => askApi(command).answered,
    ask: askApi,
    bgapi(command, jobId) {
      assert(/^[0-9A-Za-z-]{1,64}$/.test(jobId), 'an id of letters, digits and dashes')
      return ask(`bgapi ${command}`, `Job-UUID: ${jobId}\n`)
    },
    cut,
    close() {
      cancelTimer()
      dropUnsent('the connection is being closed')
      if (state === 'READY') {
        state = 'CLOSING'
        wire.end()
        effects.timer(closeWithinMs, () => wire.cut(), { background: true })
      } else if (state !== 'CLOSING' && state !== 'ENDED') {
        state = 'CLOSING'
        wire.cut()
      }
      return ended
    },
  }
}

/** A command that there is no way for. */
export function notSent(error: NotSent): Sent {
  const answered = Promise.reject(error)
  // The caller that awaits the answer handles the error.
  answered.catch(() => {})
  return { answered, withdraw: () => false }
}

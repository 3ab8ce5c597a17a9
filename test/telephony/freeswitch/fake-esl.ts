import type { Effects } from '../../../src/kernel/effects.ts'
import type { OpenWire } from '../../../src/telephony/freeswitch/wire.ts'
import type { Fields } from './fake-channel.ts'
import { answerCommand, readOriginate } from './fake-commands.ts'
import { type Edge, inMemory, listen } from './fake-edges.ts'
import type { Script } from './fake-scripts.ts'
import { createFakeSwitch, type FakeSwitch } from './fake-switch.ts'

/** How the event socket misbehaves. May be changed at any time. */
export interface Faults {
  /** Everything is sent in pieces of so many bytes; 0 for whole messages. */
  pieceBytes: number
  /** Events that are not sent at all. */
  readonly withheld: Set<string>
  /** Each event is sent twice. */
  doubled: boolean
  /** Each event changes places with the next one, if that comes soon. */
  swapped: boolean
  /** Before each event comes one that nobody knows, with a message of a kind that nobody knows. */
  strange: boolean
  /** The connection stays, and nothing is said on it or heard. */
  silent: boolean
  /** What the switch says to api commands that begin so, instead of what it would. */
  readonly answers: Map<string, string>
  /** Nothing that is sent to it is taken, until `takeAgain`. Within this process alone. */
  clogged: boolean
  /** Api commands are answered so much later. */
  answerMs: number
  /**
   * The first api command that is more than the question for a sign of life blocks its connection, as a shutdown that waits for
   * the last call does: neither it nor any after it is answered.
   */
  deaf: boolean
  /** Connections are refused, as while it boots. */
  booting: boolean
  /** Addresses that are not on the list are sent away. */
  rude: boolean
  /** No job may be begun. */
  forbidden: boolean
  /** Jobs are begun, and nothing comes of them. */
  lazy: boolean
  /** The list of channels is empty: it is made of a table that lags behind. */
  unlisted: boolean
  /** There is no such table. */
  tableless: boolean
  /** No two channels can be joined. */
  unjoinable: boolean
  /** The switch has no folder for recordings. */
  folderless: boolean
}

export interface FakeEslOptions {
  readonly effects: Pick<Effects, 'timer' | 'now' | 'id'>
  readonly password?: string
  readonly gateways?: readonly string[]
  /** Fields that every event has besides: those of a real switch are some 6 kB. */
  readonly padding?: Fields
  /** What is called by that number or extension does. */
  readonly scriptOf?: (number: string) => Script
  /** Told of every event of the switch, whoever listens. */
  readonly witness?: (event: Fields) => void
}

/** The event socket of a switch that follows scripts: in this process by `openWire`, or at a port by `listen`. */
export interface FakeEsl {
  readonly openWire: OpenWire
  readonly faults: Faults
  /** Every command that was received, on any connection. */
  readonly commands: readonly string[]
  /** Ids of the jobs that were begun. */
  readonly jobIds: readonly string[]
  readonly current: FakeSwitch
  readonly connections: number
  /** Sends bytes to every client, as they are. */
  send(text: string): void
  /** Tells every client of an event, as it is. */
  say(event: Fields): void
  /** Takes what was held back while it was clogged, and whatever comes. */
  takeAgain(): void
  /** Breaks all connections; the calls go on. */
  cut(): void
  /** Ends without a word, as by SIGKILL, and starts again: nothing of before is known. Takes a moment. */
  restart(): void
  /** Ends as by SIGTERM: calls are hung up and told of, the connection lasts two seconds more. Then it starts again. */
  shutDown(): void
  listen(): Promise<{ readonly url: string; close(): Promise<void> }>
}

interface Session {
  readonly receive: (text: string) => void
  readonly tell: (event: Fields) => void
  readonly send: (text: string) => void
  readonly cut: () => void
}

/** What the switch took to be reachable again after it was killed. */
const bootMs = 1560
const lastWordsMs = 2048
const heartbeatSeconds = 20
const swapWithinMs = 5

export function createFakeEsl(options: FakeEslOptions): FakeEsl {
  const { effects, password = 'ClueCon', gateways = ['trunk'], padding = {} } = options
  const commands: string[] = []
  const jobIds: string[] = []
  const sessions = new Set<Session>()
  const faults: Faults = {
    ...{
      answers: new Map<string, string>(),
      pieceBytes: 0,
      withheld: new Set<string>(),
      doubled: false,
      strange: false,
      swapped: false,
    },
    ...{
      silent: false,
      clogged: false,
      answerMs: 0,
      deaf: false,
      booting: false,
      rude: false,
      forbidden: false,
      lazy: false,
      unlisted: false,
      tableless: false,
      unjoinable: false,
      folderless: false,
    },
  }
  let fake = startSwitch()
  const clogs = new Set<() => void>()

  function startSwitch(): FakeSwitch {
    return createFakeSwitch({
      ...{ effects, gateways, ...(options.scriptOf && { scriptOf: options.scriptOf }) },
      tell(event) {
        options.witness?.(event)
        for (const session of sessions) session.tell(event)
      },
    })
  }

  /** Who asks for all events asks for what happens, and this happens always. */
  function beat(): void {
    const tell = () => {
      const event = { 'Event-Name': 'HEARTBEAT', 'Heartbeat-Interval': String(heartbeatSeconds) }
      for (const session of sessions) session.tell(event)
      beat()
    }
    effects.timer(heartbeatSeconds * 1000, tell, { background: true })
  }
  beat()

  function cut(): void {
    for (const session of [...sessions]) session.cut()
  }

  function boot(): void {
    fake.die()
    cut()
    faults.booting = true
    effects.timer(bootMs, () => {
      faults.booting = false
      fake = startSwitch()
    })
  }

  /** A client has connected by that edge. */
  function accept(edge: Edge): Session & { readonly gone: () => void } {
    const listened = new Set<string>()
    let buffer = ''
    let authorized = false
    let blocked = false
    let held: (() => void) | null = null
    let answeredAtMs = 0
    let unanswered = 0

    function send(text: string): void {
      if (faults.silent) return
      const bytes = Buffer.from(text)
      const pieceBytes = faults.pieceBytes || bytes.length
      for (let start = 0; start < bytes.length; start += pieceBytes)
        edge.send(bytes.subarray(start, start + pieceBytes))
    }

    /** One command is answered after the other, in the order in which they came. */
    function sendAnswer(text: string, afterMs: number): void {
      answeredAtMs = Math.max(answeredAtMs, effects.now() + afterMs)
      if (unanswered === 0 && answeredAtMs === effects.now()) {
        send(text)
        return
      }
      unanswered++
      effects.timer(answeredAtMs - effects.now(), () => {
        unanswered--
        send(text)
      })
    }

    const reply = (text: string) => sendAnswer(`Content-Type: command/reply\nReply-Text: ${text}\n\n`, 0)

    function answer(lines: readonly string[]): void {
      const [command = ''] = lines
      commands.push(command)
      const [verb = '', ...words] = command.split(' ')
      const rest = words.join(' ')
      if (verb === 'auth') {
        authorized = rest === password
        reply(authorized ? '+OK accepted' : '-ERR invalid')
        if (!authorized)
          sendAway('text/disconnect-notice', 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n')
      } else if (!authorized) reply('-ERR command not found')
      else if (verb === 'event') {
        for (const name of words.slice(1)) listened.add(name)
        reply('+OK event listener enabled json')
      } else if (verb === 'api') {
        const body = faultyAnswer(rest) ?? answerCommand(fake, rest)
        blocked ||= faults.deaf && !rest.startsWith('global_getvar')
        if (blocked) return
        const length = Buffer.byteLength(body)
        sendAnswer(`Content-Type: api/response\nContent-Length: ${length}\n\n${body}`, faults.answerMs)
      } else if (verb === 'bgapi') {
        const jobId = /^Job-UUID: (\S+)$/.exec(lines[1] ?? '')?.[1] ?? effects.id()
        if (faults.forbidden) {
          reply('-ERR permission denied')
          return
        }
        jobIds.push(jobId)
        reply(`+OK Job-UUID: ${jobId}\nJob-UUID: ${jobId}`)
        if (!faults.lazy) fake.originate(jobId, readOriginate(rest))
      } else reply('-ERR command not found')
    }

    function faultyAnswer(command: string): string | null {
      for (const [begin, said] of faults.answers) if (command.startsWith(begin)) return said
      const isListing = command.startsWith('show channels')
      if (isListing && faults.tableless) return '-ERR Cannot open the database\n'
      if (isListing && faults.unlisted) return '{"row_count":0}\n'
      if (command === 'global_getvar recordings_dir' && faults.folderless) return ''
      return command.startsWith('uuid_bridge') && faults.unjoinable ? '-ERR Invalid uuid\n' : null
    }

    function sendAway(type: string, body: string): void {
      send(`Content-Type: ${type}\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`)
      edge.cut()
    }

    const session = {
      receive(text: string) {
        if (faults.silent) return
        buffer += text
        for (;;) {
          const end = buffer.indexOf('\n\n')
          if (end === -1) return
          const lines = buffer.slice(0, end).split('\n')
          buffer = buffer.slice(end + 2)
          answer(lines)
        }
      },
      tell(event: Fields) {
        const name = event['Event-Name'] ?? ''
        if (faults.withheld.has(name) || !(listened.has(name) || (listened.has('ALL') && name !== 'HEARTBEAT'))) return
        const message = eventMessage({ ...event, ...padding })
        const tellIt = () => {
          if (faults.strange) send(strangeMessages)
          send(message)
          if (faults.doubled) send(message)
        }
        const before = held
        held = null
        if (!faults.swapped || before !== null) tellIt()
        else {
          held = tellIt
          effects.timer(swapWithinMs, () => {
            if (held !== tellIt) return
            held = null
            tellIt()
          })
        }
        before?.()
      },
      send,
      cut: edge.cut,
      gone: () => void sessions.delete(session),
    }
    sessions.add(session)
    if (faults.rude) sendAway('text/rude-rejection', 'Access Denied, go away.\n')
    else send('Content-Type: auth/request\n\n')
    return session
  }

  return {
    faults,
    commands,
    jobIds,
    cut,
    openWire: inMemory(faults, accept, clogs),
    get current() {
      return fake
    },
    get connections() {
      return sessions.size
    },
    send(text) {
      for (const session of sessions) session.send(text)
    },
    say(event) {
      for (const session of sessions) session.tell(event)
    },
    takeAgain() {
      faults.clogged = false
      for (const letThrough of [...clogs]) letThrough()
    },
    restart: boot,
    shutDown() {
      fake.shutDown()
      effects.timer(lastWordsMs, boot)
    },
    listen: () => listen(faults, accept),
  }
}

function eventMessage(event: Fields): string {
  const body = JSON.stringify(event)
  return `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-json\n\n${body}`
}

const strangeMessages = [
  eventMessage({ 'Event-Name': 'RE_SCHEDULE', 'Task-Desc': 'heartbeat – häufig', 'Unique-ID': '' }),
  eventMessage({ 'Event-Name': 'CHANNEL_ANSWER', 'Unique-ID': 'of-somebody-else', 'Answer-State': 'answered' }),
  'Content-Type: log/data\nContent-Length: 5\nLog-Level: 7\n\nhello',
].join('')

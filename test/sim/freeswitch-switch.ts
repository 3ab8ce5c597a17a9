import { createFreeswitch } from '../../src/telephony/freeswitch/freeswitch.ts'
import type { OpenWire, Wire, WireListener } from '../../src/telephony/freeswitch/wire.ts'
import type { Fields } from '../telephony/freeswitch/fake-channel.ts'
import { createFakeEsl, type Faults } from '../telephony/freeswitch/fake-esl.ts'
import type { Script } from '../telephony/freeswitch/fake-scripts.ts'
import type { Owner } from './outside.ts'
import type { Behaviour } from './people.ts'
import { createPipe, type Pipe } from './pipe.ts'
import type { Switch, SwitchStage } from './switch-outside.ts'

/** What FreeSWITCH makes of a refusal (docs/freeswitch.md#what-the-news-is-made-of). */
const causes: Readonly<Record<number, string>> = {
  ...{ 403: 'CALL_REJECTED', 404: 'UNALLOCATED_NUMBER', 408: 'RECOVERY_ON_TIMER_EXPIRE', 480: 'NO_USER_RESPONSE' },
  ...{ 484: 'INVALID_NUMBER_FORMAT', 486: 'USER_BUSY', 488: 'INCOMPATIBLE_DESTINATION', 600: 'USER_BUSY' },
  ...{ 500: 'NORMAL_TEMPORARY_FAILURE', 503: 'NORMAL_TEMPORARY_FAILURE', 603: 'CALL_REJECTED' },
}
/** Rare enough to cost nothing. */
const heartbeatMs = 20_000
/** A fault of one command breaks the connection for all: it is drawn less often. */
const breakShare = 0.3
const requestLateMaxMs = 8000

/** A command as it leaves, and what it asks for. */
type Command =
  | { readonly type: 'ORIGINATE'; readonly callId: string; readonly number: string }
  | { readonly type: 'CHANGE' | 'QUESTION'; readonly callId: string }
  /** Of the connection itself: it says who is there, and asks for signs of life. */
  | { readonly type: 'SESSION' }

/** A connection between a process and the switch. */
interface Line {
  break(silently: boolean): void
}

export function createFreeswitchSwitch(stage: SwitchStage): Switch {
  const { effects, own, chance, scenario, people, truth, figures, rates, latencyMs } = stage
  const lines = new Set<Line>()
  const fake = createFakeEsl({
    effects: own,
    scriptOf: (dialed) => scriptOf(people(dialed)),
    witness,
  })
  fake.faults.strange = scenario.rates.nonsense > 0

  function witness(event: Fields): void {
    const callId = event['Unique-ID'] ?? ''
    if (!truth.isOurs(callId)) return
    if (event['Event-Name'] === 'CHANNEL_CREATE') truth.created(callId)
    if (event['Event-Name'] === 'CHANNEL_ANSWER') truth.answered(callId)
    const isRefused = event.variable_sip_hangup_disposition === 'recv_refuse'
    if (event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE' && isRefused)
      truth.refused(callId, Number(event.variable_sip_term_status))
  }

  const openWireOf =
    (owner: Owner): OpenWire =>
    (listener) =>
      stage.isOpen() && owner.mortal.alive ? openLine(owner, listener) : closedWire(owner, listener)

  /** Nobody is there: said at once, or not at all. */
  function closedWire({ mortal }: Owner, listener: WireListener): Wire {
    const refuse = () => mortal.hear(() => listener.closed('connect ECONNREFUSED'))
    if (chance.happens(0.8)) queueMicrotask(refuse)
    return { waitingBytes: 0, write() {}, end: () => queueMicrotask(refuse), cut: () => queueMicrotask(refuse) }
  }

  function openLine(owner: Owner, listener: WireListener): Wire {
    const { mortal, number } = owner
    const up = createPipe(effects, latencyMs)
    const down = createPipe(effects, latencyMs)
    let state: 'OPEN' | 'SILENT' | 'ENDED' = 'OPEN'
    const inner = fake.openWire({
      opened: () => down.send(() => mortal.hear(() => listener.opened())),
      received,
      drained() {},
      closed: (detail) => down.send(() => end(detail)),
    })
    const line: Line = { break: breakOff }
    lines.add(line)
    truth.opens()
    void mortal.death.then(() => up.send(() => inner.end()))

    function received(bytes: Buffer): void {
      if (state !== 'OPEN') return
      const text = bytes.toString()
      if (isEvent(text) && chance.happens(rates().newsLost * breakShare * 0.3)) {
        figures.newsLost++
        breakOff(chance.happens(0.3))
        return
      }
      if (isEvent(text) && chance.happens(rates().newsLate * breakShare)) {
        figures.newsLate++
        stall(down)
      }
      down.send(() =>
        mortal.hear(() => {
          if (state !== 'OPEN') return
          const ended = endedIn(text)
          if (ended !== null) truth.endArrives(ended, number)
          listener.received(bytes)
        }),
      )
    }

    function end(detail: string): void {
      if (state === 'ENDED') return
      state = 'ENDED'
      lines.delete(line)
      mortal.hear(() => listener.closed(detail))
    }

    function breakOff(silently: boolean): void {
      if (state === 'ENDED') return
      truth.breaks()
      down.cut()
      if (silently) {
        // What follows is written to nobody, until the other side notices that nothing is said any more.
        state = 'SILENT'
        return
      }
      stage.shut(chance.pick([0, 0, 0, 1000, 15_000]))
      inner.cut()
      queueMicrotask(() => end('read ECONNRESET'))
    }

    function stall(pipe: Pipe): void {
      const durationMs = chance.whole(200, requestLateMaxMs)
      truth.stalls(durationMs)
      pipe.stall(durationMs)
    }

    /** How often a command is lost on its way, and how often it is carried out and its answer is lost. */
    function sharesLost({ type }: Command): readonly [before: number, after: number] {
      const { requestLost, answerLost, commandLost, lookupFailed } = rates()
      if (type === 'ORIGINATE') return [requestLost * breakShare, answerLost * breakShare]
      if (type === 'CHANGE') return [commandLost * breakShare * 0.5, commandLost * breakShare * 0.5]
      return [0, lookupFailed * breakShare * 0.5]
    }

    function leave(text: string, asked: Command): void {
      const [before, after] = sharesLost(asked)
      const { requestLate, rejected } = rates()
      if (asked.type === 'ORIGINATE' && chance.happens(requestLate)) stall(up)
      if (chance.happens(before)) loseCommand(asked)
      else if (asked.type === 'ORIGINATE' && chance.happens(rejected)) refuse(text, asked.callId)
      else
        up.send(() => {
          const isLagging = text.startsWith('api show') && chance.happens(rates().lookupFailed)
          if (isLagging) around({ unlisted: true }, { unlisted: false }, text)
          else inner.write(text)
          if (chance.happens(after)) queueMicrotask(() => loseCommand(asked))
        })
    }

    function loseCommand(asked: Command): void {
      figures.answersLost++
      if ('callId' in asked) truth.trouble(asked.callId)
      breakOff(chance.happens(0.3))
    }

    /** The switch does not do it: says so at once, or later in one and the same word, or never. */
    function refuse(text: string, callId: string): void {
      const how = chance.pick(['FORBIDDEN', 'MISREAD', 'LAZY'])
      if (how === 'LAZY') truth.trouble(callId)
      const fault = { forbidden: how === 'FORBIDDEN', lazy: how === 'LAZY' }
      const misread = how === 'MISREAD' ? text.replace('&park()', '&dark()') : text
      up.send(() => around(fault, { forbidden: false, lazy: false }, misread))
    }

    /** A command is read a moment after it was written: the switch has that fault just then. */
    function around(fault: Partial<Faults>, after: Partial<Faults>, text: string): void {
      queueMicrotask(() => Object.assign(fake.faults, fault))
      inner.write(text)
      queueMicrotask(() => Object.assign(fake.faults, after))
    }

    return {
      waitingBytes: 0,
      write(text) {
        if (!mortal.alive) return
        const read = readCommand(text)
        // A leg is asked for in the same way as a call.
        const isLeg = read.type === 'ORIGINATE' && !truth.isOurs(read.callId)
        const asked: Command = isLeg ? { type: 'CHANGE', callId: read.callId } : read
        const isChange = asked.type === 'ORIGINATE' || asked.type === 'CHANGE'
        if (isChange && !mortal.passes('REQUEST')) return
        if (asked.type === 'ORIGINATE') truth.asked(asked.callId, asked.number, number)
        if (state === 'OPEN') leave(text, asked)
        if (isChange) mortal.passes('REQUEST')
      },
      end() {
        up.send(() => inner.end())
        queueMicrotask(() => end('the connection was closed'))
      },
      cut() {
        // What has left already may still arrive.
        if (chance.happens(0.5)) up.send(() => inner.cut())
        else {
          up.cut()
          inner.cut()
        }
        queueMicrotask(() => end('the connection was closed'))
      },
    }
  }

  return {
    driverFor: (owner) =>
      createFreeswitch({
        ...{ url: 'esl://switch', password: 'ClueCon', gateway: 'trunk', installationId: owner.installationId },
        ...{ effects: owner.mortal.effects, log: owner.log, heartbeatMs, openWire: openWireOf(owner) },
        renderSpeech: async () => 'http://dialer/hello.wav',
        // What the engine is judged by knows nothing of limits of the driver's own.
        ...(scenario.calm && { callsPerSecond: 0, callsMax: 0 }),
      }),
    live: () => (fake.faults.booting ? [] : fake.current.list().map((row) => row.uuid ?? '')),
    breakLines(silently) {
      for (const line of [...lines]) line.break(silently)
    },
    restart(gently) {
      if (gently) fake.shutDown()
      else fake.restart()
    },
  }
}

function scriptOf({ ringsAfterMs, mediaAfterMs, end }: Behaviour): Script {
  return {
    ...(ringsAfterMs !== null && { ringsAfterMs }),
    ...(mediaAfterMs !== null && { mediaAfterMs }),
    ...(end !== null && { outcome: outcomeOf(end) }),
  }
}

function outcomeOf(end: NonNullable<Behaviour['end']>): NonNullable<Script['outcome']> {
  const { afterMs } = end
  if (end.type === 'ANSWERS') return { type: 'ANSWER', afterMs, ...(end.talkMs !== null && { byeAfterMs: end.talkMs }) }
  const { sipCode } = end
  return { type: 'REFUSE', afterMs, code: sipCode, phrase: 'Refused', cause: causes[sipCode] ?? 'NORMAL_CLEARING' }
}

function readCommand(text: string): Command {
  const [verb = '', name = '', about = ''] = (text.split('\n')[0] ?? '').split(' ')
  if (verb === 'bgapi') {
    const [, callId = ''] = /origination_uuid=([^,}]+)/.exec(text) ?? []
    const [, number] = /sofia\/gateway\/[^/]+\/(\S+)/.exec(text) ?? []
    return number === undefined ? { type: 'CHANGE', callId: '' } : { type: 'ORIGINATE', callId, number }
  }
  if (verb !== 'api' || name === 'global_getvar') return { type: 'SESSION' }
  const isQuestion = ['uuid_exists', 'uuid_dump', 'uuid_getvar', 'show'].includes(name)
  return { type: isQuestion ? 'QUESTION' : 'CHANGE', callId: about }
}

function isEvent(text: string): boolean {
  return text.includes('Content-Type: text/event-json')
}

/** The call whose end a message tells of. */
function endedIn(text: string): string | null {
  if (!/"Event-Name":"CHANNEL_(HANGUP_COMPLETE|DESTROY)"/.test(text)) return null
  return /"Unique-ID":"([^"]+)"/.exec(text)?.[1] ?? null
}

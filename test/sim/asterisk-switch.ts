import { createAsterisk } from '../../src/telephony/asterisk/asterisk.ts'
import type { Mode } from '../../src/telephony/asterisk/placing.ts'
import type { OpenSocket, SocketListener } from '../../src/telephony/asterisk/socket.ts'
import type { FakeChannel, Json } from '../telephony/asterisk/fake-model.ts'
import { answerRest, type RestRequest } from '../telephony/asterisk/fake-rest.ts'
import type { Step } from '../telephony/asterisk/fake-script.ts'
import { createFakeSwitch } from '../telephony/asterisk/fake-switch.ts'
import { type Answer, createRequests } from './asterisk-requests.ts'
import type { Owner } from './outside.ts'
import type { Behaviour } from './people.ts'
import { createPipe, type Pipe } from './pipe.ts'
import type { Switch, SwitchStage } from './switch-outside.ts'

/** Rare enough to cost nothing. */
const heartbeatMs = 20_000
const requestLateMaxMs = 8000
/** What a start and an end take (docs/asterisk.md#how-calls-are-placed). */
const bootMs = 400
const lastWordsMs = 1100
const breakShare = 0.3
const eventBreakShare = 0.1

export function createAsteriskSwitch(stage: SwitchStage): Switch {
  const { effects, own, chance, scenario, people, truth, figures, rates, latencyMs } = stage
  const mode = chance.pick<Mode>(['context', 'context', 'app'])
  const channelvars = chance.pick([[], ['dialgraph_installation']])
  const lines = new Set<(silently: boolean) => void>()
  let phase: 'UP' | 'DOWN' | 'PAGES' | 'NOT_BOOTED' = 'UP'
  let fake = startSwitch()
  const requests = createRequests(stage, {
    isReachable: () => stage.isOpen() && phase !== 'DOWN',
    carryOut,
  })

  function startSwitch() {
    return createFakeSwitch({ effects: own, channelvars, scriptOf: (dialed) => stepsOf(people(dialed)), witness })
  }

  function witness(type: string, { id }: FakeChannel, fields: Json): void {
    if (!truth.isOurs(id)) return
    if (type === 'ChannelCreated') truth.created(id)
    if (type === 'Dial' && fields.dialstatus === 'ANSWER') truth.answered(id)
    if (type === 'ChannelHangupRequest' && typeof fields.tech_cause === 'number') truth.refused(id, fields.tech_cause)
  }

  function carryOut(parsed: RestRequest): Answer | null {
    switch (phase) {
      case 'UP':
        return answerRest(fake, parsed)
      case 'DOWN':
        return null
      case 'PAGES':
        return { status: 404, page: '<html>' }
      case 'NOT_BOOTED':
        return { status: 503, body: { message: 'Asterisk not booted' } }
    }
  }

  const openSocketOf =
    (owner: Owner): OpenSocket =>
    (url, _authorization, listener) => {
      if (stage.isOpen() && phase === 'UP' && owner.mortal.alive) return openLine(owner, url, listener)
      const detail = phase === 'NOT_BOOTED' ? 'Unexpected server response: 503' : 'connect ECONNREFUSED'
      const refuse = () => owner.mortal.hear(() => listener.closed(detail))
      if (chance.happens(0.8)) queueMicrotask(refuse)
      return { ping() {}, close: () => queueMicrotask(refuse), cut: () => queueMicrotask(refuse) }
    }

  function openLine({ mortal, number }: Owner, url: string, listener: SocketListener): ReturnType<OpenSocket> {
    const up = createPipe(effects, latencyMs)
    const down = createPipe(effects, latencyMs)
    const query = new URL(url).searchParams
    let state: 'OPEN' | 'SILENT' | 'ENDED' = 'OPEN'
    let leave = () => {}
    lines.add(breakOff)
    truth.opens()
    up.send(() => {
      leave = fake.connect(query.get('app') ?? '', {
        subscribeAll: query.get('subscribeAll') === 'true',
        send: (event) => told(JSON.stringify(event)),
      })
      down.send(() => tell(() => listener.opened()))
    })
    void mortal.death.then(() => up.send(() => leave()))

    function tell(run: () => void): void {
      mortal.hear(() => {
        if (state === 'OPEN') run()
      })
    }

    function told(text: string): void {
      if (state !== 'OPEN') return
      if (chance.happens(rates().newsLost * eventBreakShare)) {
        figures.newsLost++
        breakOff(chance.happens(0.3))
        return
      }
      if (chance.happens(rates().newsLate * breakShare)) stall(down)
      down.send(() =>
        tell(() => {
          const ended = endedIn(text)
          if (ended !== null) truth.endArrives(ended, number)
          listener.received(text)
        }),
      )
    }

    function stall(pipe: Pipe): void {
      figures.newsLate++
      const durationMs = chance.whole(200, requestLateMaxMs)
      truth.stalls(durationMs)
      pipe.stall(durationMs)
    }

    function end(detail: string): void {
      if (state === 'ENDED') return
      state = 'ENDED'
      lines.delete(breakOff)
      mortal.hear(() => listener.closed(detail))
    }

    function breakOff(silently: boolean): void {
      if (state === 'ENDED') return
      truth.breaks()
      down.cut()
      if (silently) {
        // The switch goes on writing, to nobody, until the other side notices that nothing is said any more.
        state = 'SILENT'
        return
      }
      stage.shut(chance.pick([0, 0, 0, 1000, 15_000]))
      leave()
      queueMicrotask(() => end('the connection broke'))
    }

    return {
      ping() {
        if (state === 'OPEN') up.send(() => down.send(() => tell(() => listener.ponged())))
      },
      close() {
        up.send(() => leave())
        queueMicrotask(() => end('closed with 1000'))
      },
      cut() {
        up.send(() => leave())
        queueMicrotask(() => end('the connection broke'))
      },
    }
  }

  function breakLines(silently: boolean): void {
    for (const line of [...lines]) line(silently)
  }

  /** Nobody is told what became of the calls. */
  function die(downMs: number): void {
    fake.die()
    phase = 'DOWN'
    breakLines(false)
    effects.timer(downMs + bootMs, () => {
      phase = 'PAGES'
    })
    effects.timer(downMs + 1.5 * bootMs, () => {
      phase = 'NOT_BOOTED'
    })
    effects.timer(downMs + 2 * bootMs, () => {
      fake = startSwitch()
      phase = 'UP'
    })
  }

  return {
    driverFor: (owner) =>
      createAsterisk({
        ...{ url: 'http://switch:8088/ari', username: 'dialer', password: 'secret', trunk: 'trunk', mode },
        ...{ installationId: owner.installationId, effects: owner.mortal.effects, log: owner.log, heartbeatMs },
        ...{
          openHttp: () => ({ send: (request) => requests.send(owner, request), close() {} }),
          openSocket: openSocketOf(owner),
        },
        // As slow as a command that speaks may be: much happens to a call while its text is rendered.
        renderSpeech: () =>
          new Promise((resolve) =>
            owner.mortal.effects.timer(chance.happens(0.5) ? 0 : 3000, () => resolve('http://dialer/hello.wav')),
          ),
        // What the engine is judged by knows nothing of limits of the driver's own.
        ...(scenario.calm && { callsPerSecond: 0, callsMax: 0 }),
      }),
    live: () => [...fake.channels.keys()],
    breakLines,
    restart(gently, downMs) {
      if (phase !== 'UP') return
      if (!gently) return die(downMs)
      fake.shutDown()
      phase = 'NOT_BOOTED'
      effects.timer(lastWordsMs, () => die(downMs))
    },
  }
}

function stepsOf({ ringsAfterMs, mediaAfterMs, end }: Behaviour): readonly Step[] {
  const steps: Step[] = []
  let atMs = 0
  const add = (step: Step) => {
    steps.push({ ...step, afterMs: step.afterMs - atMs })
    atMs = step.afterMs
  }
  if (ringsAfterMs !== null) add({ type: 'RINGS', afterMs: ringsAfterMs })
  if (mediaAfterMs !== null) add({ type: 'EARLY_MEDIA', afterMs: mediaAfterMs })
  if (end?.type === 'REFUSES') add(end)
  if (end?.type !== 'ANSWERS') return steps
  add({ type: 'ANSWERS', afterMs: end.afterMs })
  if (end.talkMs !== null) add({ type: 'HANGS_UP', afterMs: end.afterMs + end.talkMs, cause: null })
  return steps
}

/** The call whose end a message tells of. */
function endedIn(text: string): string | null {
  if (!text.startsWith('{"type":"ChannelDestroyed"')) return null
  return (JSON.parse(text) as { channel: { id: string } }).channel.id
}

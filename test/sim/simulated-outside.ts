import type {
  AgentPhone,
  CallNews,
  Driver,
  DriverListener,
  LookupAnswer,
  OriginateAnswer,
  OriginateRequest,
} from '../../src/telephony/driver.ts'
import { type Carrier, createCarrier } from '../../src/telephony/simulator/carrier.ts'
import { recordingsMs, speechMs } from '../../src/telephony/simulator/laws.ts'
import { createMortalEffects, type MortalEffects, never } from '../support/mortal-effects.ts'
import { type CarrierRequest, createLedger } from './ledger.ts'
import { createNetwork } from './network.ts'
import type { Outside, OutsideOptions, Owner } from './outside.ts'

/** The simulated carrier, which lives on when the process dies, and the way to it, on which things are lost, doubled and late. */
export function createSimulatedOutside({ effects, chance, scenario, lookAtFile }: OutsideOptions): Outside {
  const ledger = createLedger({ lookAtFile })
  const { requests, findings, placed } = ledger
  /** Calls that were sent to a carrier, and which one it was. */
  const sentTo = new Map<string, number>()
  const startsAtMs = effects.now() - effects.monotonic()
  const network = createNetwork({ effects, chance, scenario, deliver })
  let listener: DriverListener | null = null
  /** Outages and restarts under way. */
  let obstacles = 0
  let generation = 0
  let { carrier, power } = startCarrier()
  let carrierRestarts = 0

  function startCarrier(): { carrier: Carrier; power: MortalEffects } {
    generation++
    const power = createMortalEffects(effects)
    // Its clock is another machine's: it does not jump with ours.
    const now = () => startsAtMs + effects.monotonic() + scenario.carrierAheadMs
    const own = { ...power.effects, now }
    const seed = scenario.seed * 64 + generation
    const report = (news: CallNews) => {
      if (power.alive) network.carry(news)
    }
    return { carrier: createCarrier({ effects: own, seed, speed: 1, answerRate: 0.6, report }), power }
  }

  function deliver(news: CallNews): boolean {
    if (listener === null || obstacles > 0) return false
    ledger.hears(news.callId)
    listener.news(news)
    return true
  }

  function connected(heard: DriverListener | null): void {
    ledger.connected()
    heard?.connected()
  }

  /** From now on until the function that is returned is called nothing comes through. */
  function interrupt(detail: string): () => void {
    lookAtFile('')
    if (obstacles++ === 0) listener?.disconnected(detail)
    return () => {
      lookAtFile('')
      if (--obstacles === 0) connected(listener)
    }
  }

  function arrive(request: OriginateRequest, sentAt: number): OriginateAnswer | null {
    if (obstacles > 0 || generation !== sentAt) return null
    ledger.arrives(request.callId, carrier.list())
    const answer = carrier.originate(request)
    if (answer.type === 'ACCEPTED') ledger.accepted(request.callId)
    return answer
  }

  function originate(request: OriginateRequest): Promise<OriginateAnswer> {
    const { callId } = request
    sentTo.set(callId, generation)
    return network.originate(request, generation, arrive)
  }

  /** Honest: "not seen" is said of what this carrier cannot have seen only where no other has. */
  function lookUp(callId: string): LookupAnswer {
    const answer = carrier.lookup(callId)
    if (answer.type === 'LIVE' || answer.type === 'ENDED') return answer
    const sent = sentTo.get(callId)
    if (placed.has(callId) || (sent !== undefined && sent !== generation)) return { type: 'CANNOT_TELL' }
    return sent === undefined && generation > 1 && chance.happens(0.5) ? { type: 'CANNOT_TELL' } : { type: 'NOT_SEEN' }
  }

  function driverFor({ mortal: process, number }: Owner): Driver {
    let own: DriverListener | null = null
    const settles = <Answer>(answer: Promise<Answer>) =>
      new Promise<Answer>((resolve, reject) =>
        answer.then(
          (value) => process.alive && resolve(value),
          (error: unknown) => process.alive && reject(error as Error),
        ),
      )
    const ask = <Answer>(
      what: CarrierRequest['what'],
      callId: string,
      send: () => Promise<Answer>,
      to: string | null = null,
    ): Promise<Answer> => {
      const atMs = effects.monotonic()
      if (!process.passes('REQUEST')) return never()
      if (obstacles > 0) return Promise.reject(new Error('the carrier cannot be reached'))
      ledger.note({ what, callId, atMs, process: number, to })
      const answer = send()
      // Of a process that dies here nobody hears whether it went wrong.
      answer.catch(() => {})
      return process.passes('REQUEST') ? settles(answer) : never()
    }
    const command = (what: CarrierRequest['what'], callId: string, run: () => void): Promise<void> =>
      ask(what, callId, () => network.command(run))
    const refused: OriginateAnswer = { type: 'REJECTED', reason: 'FAILED' }
    return {
      name: 'outside',
      async start(heard) {
        if (!process.alive) return never()
        own = heard
        listener = heard
        if (obstacles > 0) heard.disconnected('the carrier cannot be reached')
        else connected(heard)
      },
      async stop() {
        if (listener === own) listener = null
      },
      originate: (request) =>
        obstacles > 0
          ? Promise.resolve(refused)
          : ask('ORIGINATE', request.callId, () => originate(request), request.to.target),
      lookup: (callId) => ask('LOOKUP', callId, () => network.lookup(() => lookUp(callId))),
      list: () => ask('LIST', '', () => network.answer(() => carrier.list())),
      speak: (callId, playbackId, { text }) =>
        command('SPEAK', callId, () => carrier.play(callId, playbackId, speechMs(text))),
      play: (callId, playbackId, urls) =>
        command('PLAY', callId, () => carrier.play(callId, playbackId, recordingsMs(urls.length))),
      connect: (callId, agent: AgentPhone) => command('CONNECT', callId, () => carrier.connect(callId, agent)),
      withdraw: (callId, agentId) => command('WITHDRAW', callId, () => carrier.withdraw(callId, agentId)),
      hangup: (callId, reason) => command('HANGUP', callId, () => carrier.hangup(callId, reason)),
      epoch: async () => String(generation),
      health: async () => ({ ok: obstacles === 0, detail: 'outside' }),
    }
  }

  return {
    ...{ requests, findings, placed, endedUnplaced: ledger.endedUnplaced, doubts: null },
    connectionStarts: ledger.connectionStarts,
    heard: ledger.heard,
    figures: () => ({ ...network.figures, carrierRestarts }),
    driverFor,
    hangUpLine() {
      listener = null
    },
    state: () => ({ connection: ledger.connection, isReachable: obstacles === 0 }),
    live: () => carrier.list(),
    outage(durationMs: number) {
      const end = interrupt('the line is down')
      effects.timer(durationMs, end)
    },
    /** Nobody is told what became of the calls. */
    restart(downMs: number) {
      carrierRestarts++
      power.die()
      const end = interrupt('the carrier was started anew')
      effects.timer(downMs, () => {
        ;({ carrier, power } = startCarrier())
        end()
      })
    },
    calm: network.calm,
  }
}

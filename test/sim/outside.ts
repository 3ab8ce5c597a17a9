import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
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
import type { Chance } from './chance.ts'
import { createNetwork } from './network.ts'
import type { Scenario } from './scenario.ts'

/** A request that left the machine for the carrier, in the order in which they left. */
export interface CarrierRequest {
  readonly what: 'ORIGINATE' | 'LOOKUP' | 'LIST' | 'HANGUP' | 'SPEAK' | 'PLAY' | 'CONNECT' | 'WITHDRAW'
  readonly callId: string
  /** When the driver was asked for it, on the monotonic clock. */
  readonly atMs: number
  /** Which process asked, from 1. */
  readonly process: number
  /** How often the carrier had become reachable for a process until then. */
  readonly connection: number
  /** The number that is to be called. */
  readonly to: string | null
  /** How many commits there were before it, and what was committed of the call at that moment. */
  readonly commitCount: number
  readonly row: CommittedCall | null
}

/** A campaigncall as another connection to the file sees it. */
export interface CommittedCall {
  readonly id: string
  readonly outdial_target_id: string
  readonly status: string
  readonly destination: string
  readonly end_asked_at: number | null
}

export interface OutsideOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly scenario: Scenario
  /** What is committed at this moment, of the call and altogether. */
  lookAtFile(callId: string): { readonly row: CommittedCall | null; readonly commitCount: number }
}

/**
 * The world outside of the process: the carrier, which lives on when the process dies, and the way to it, on which things
 * are lost, doubled and late. It knows the truth about every call.
 */
export function createOutside({ effects, chance, scenario, lookAtFile }: OutsideOptions) {
  const requests: CarrierRequest[] = []
  const findings: string[] = []
  /** Calls that a carrier has accepted, and after how many commits. */
  const placed = new Map<string, number>()
  /** Calls that were sent to a carrier, and which one it was. */
  const sentTo = new Map<string, number>()
  const targetOf = new Map<string, string>()
  const startsAtMs = effects.now() - effects.monotonic()
  const network = createNetwork({ effects, chance, scenario, deliver })
  let listener: DriverListener | null = null
  let connection = 0
  /** For each connection: how many commits there were when it began. */
  const connectionStarts: number[] = []
  /** For each connection: after how many commits a process heard of a call first. */
  const heard = new Map<string, number>()
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
    const key = `${connection} ${news.callId}`
    if (!heard.has(key)) heard.set(key, lookAtFile('').commitCount)
    listener.news(news)
    return true
  }

  function connected(heard: DriverListener | null): void {
    connectionStarts[++connection] = lookAtFile('').commitCount
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
    const targetId = targetOf.get(request.callId)
    for (const callId of carrier.list()) {
      if (targetId !== undefined && targetOf.get(callId) === targetId)
        findings.push(`I3: two calls to target ${targetId} live at the carrier, ${callId} and ${request.callId}`)
    }
    const answer = carrier.originate(request)
    if (answer.type === 'ACCEPTED') placed.set(request.callId, lookAtFile('').commitCount)
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

  /** The driver of one process. Each request of it has a crash point before and after. */
  function driverFor(process: MortalEffects, number: number): Driver {
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
      const { row, commitCount } =
        what === 'ORIGINATE' ? lookAtFile(callId) : { row: null, commitCount: lookAtFile('').commitCount }
      if (row !== null) targetOf.set(callId, row.outdial_target_id)
      requests.push({ what, callId, atMs, process: number, connection, to, commitCount, row })
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
    requests,
    findings,
    connectionStarts: connectionStarts as readonly number[],
    heard: heard as ReadonlyMap<string, number>,
    placed: placed as ReadonlyMap<string, number>,
    figures: () => ({ ...network.figures, carrierRestarts }),
    driverFor,
    /** Nobody listens any more: the process has died. */
    hangUpLine() {
      listener = null
    },
    state: () => ({ connection, isReachable: obstacles === 0 }),
    /** Calls that live at the carrier. */
    live: () => carrier.list(),
    outage(durationMs: number) {
      const end = interrupt('the line is down')
      effects.timer(durationMs, end)
    },
    /** The carrier forgets its calls, and nobody is told what became of them. */
    restart(downMs: number) {
      carrierRestarts++
      power.die()
      const end = interrupt('the carrier was started anew')
      effects.timer(downMs, () => {
        ;({ carrier, power } = startCarrier())
        end()
      })
    },
    /** From now on nothing more goes wrong; what is late already still comes. */
    calm: network.calm,
  }
}

export type Outside = ReturnType<typeof createOutside>

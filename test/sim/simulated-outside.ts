import type {
  CallNews,
  DriverListener,
  LookupAnswer,
  OriginateAnswer,
  OriginateRequest,
} from '../../src/telephony/driver.ts'
import { type Carrier, createCarrier } from '../../src/telephony/simulator/carrier.ts'
import { createMortalEffects, type MortalEffects } from '../support/mortal-effects.ts'
import { createLedger } from './ledger.ts'
import { createNetwork } from './network.ts'
import type { Outside, OutsideOptions, Owner } from './outside.ts'
import { createSimulatedDriver } from './simulated-driver.ts'

/** A process that is told what happens to the calls. */
interface Line {
  readonly owner: Owner
  readonly listener: DriverListener
}

/** The simulated carrier, which lives on when the process dies, and the way to it, on which things are lost, doubled and late. */
export function createSimulatedOutside({ effects, chance, scenario, lookAtFile }: OutsideOptions): Outside {
  const ledger = createLedger({ lookAtFile, effects })
  const { placed } = ledger
  /** Calls that were sent to a carrier, and which one it was. */
  const sentTo = new Map<string, number>()
  const answeredMs = new Map<string, number>()
  const startsAtMs = effects.now() - effects.monotonic()
  const network = createNetwork({ effects, chance, scenario, deliver })
  /** By process: one that has taken over hears of every call, and so does the one before. */
  const lines = new Map<number, Line>()
  /** Processes that have heard that the carrier can be reached, and of nothing since. */
  const reachable = new Set<number>()
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
      if (!power.alive) return
      if (news.type === 'ANSWERED' && !answeredMs.has(news.callId)) answeredMs.set(news.callId, effects.monotonic())
      network.carry(news)
    }
    return { carrier: createCarrier({ effects: own, seed, speed: 1, answerRate: 0.6, report }), power }
  }

  /** Returns false where nobody listens. */
  function deliver(news: CallNews): boolean {
    if (obstacles > 0) return false
    for (const line of lines.values()) tell(line, news)
    return lines.size > 0
  }

  function tell({ owner, listener }: Line, news: CallNews): void {
    owner.mortal.hear(() => {
      ledger.hears(news, owner.number)
      listener.news(news)
    })
  }

  function connected({ owner, listener }: Line): void {
    owner.mortal.hear(() => {
      reachable.add(owner.number)
      ledger.connected(owner.number)
      listener.connected()
    })
  }

  function disconnected({ owner, listener }: Line, detail: string): void {
    owner.mortal.hear(() => {
      reachable.delete(owner.number)
      listener.disconnected(detail)
    })
  }

  /** From now on until the function that is returned is called nothing comes through. */
  function interrupt(detail: string): () => void {
    lookAtFile('')
    if (obstacles++ === 0) for (const line of lines.values()) disconnected(line, detail)
    return () => {
      lookAtFile('')
      if (--obstacles === 0) for (const line of lines.values()) connected(line)
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

  return {
    ...{ requests: ledger.requests, news: ledger.news, refusals: ledger.refusals, findings: ledger.findings },
    ...{ placed, wanted: ledger.wanted, endedUnplaced: ledger.endedUnplaced, answeredMs, doubts: null },
    connectionStarts: ledger.connectionStarts,
    heard: ledger.heard,
    figures: () => ({ ...network.figures, carrierRestarts }),
    driverFor: (owner) =>
      createSimulatedDriver({
        ...{ effects, ledger, network, owner, originate, lookUp },
        carrier: () => carrier,
        isReachable: () => obstacles === 0,
        epoch: () => String(generation),
        begin(listener) {
          const line = { owner, listener }
          lines.set(owner.number, line)
          if (obstacles > 0) disconnected(line, 'the carrier cannot be reached')
          else connected(line)
        },
        end: () => lines.delete(owner.number),
      }),
    hangUpLine: (process) => lines.delete(process),
    silence() {},
    state: (process) => ({ connection: ledger.connectionOf(process), isReachable: reachable.has(process) }),
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

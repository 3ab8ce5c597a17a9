import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { CallNews, LookupAnswer, OriginateAnswer, OriginateRequest } from '../../src/telephony/driver.ts'
import { never } from '../support/mortal-effects.ts'
import type { Chance } from './chance.ts'
import type { FaultRates, Scenario } from './scenario.ts'

export interface NetworkOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly scenario: Scenario
  /** Returns false where nobody listens. */
  deliver(news: CallNews): boolean
}

const dayMs = 24 * 3600 * 1000
/**
 * A request that is on its way for longer than a ring time and 10 s is none that anybody has to reckon with
 * (docs/rules.md#request-answers).
 */
const requestLateMaxMs = 8000

/** The way between the process and the carrier. Its faults are drawn from one stream of chance. */
export function createNetwork({ effects, chance, scenario, deliver }: NetworkOptions) {
  const figures = { newsTold: 0, newsLost: 0, newsDoubled: 0, newsLate: 0, newsOvertaken: 0, answersLost: 0 }
  let rates: FaultRates = scenario.rates
  let isCalm = scenario.calm
  /** How many pieces of news were told, and which of them was delivered last: an earlier one is then late for good. */
  let lastDelivered = 0

  /** Time that an answer takes; nothing where all is well. */
  function latencyMs(): number {
    return isCalm ? 0 : chance.pick([0, 0, 0, 5, 150, 1500])
  }

  async function after<Answer>(delayMs: number, answer: () => Answer): Promise<Answer> {
    if (delayMs > 0) await new Promise<void>((resolve) => effects.timer(delayMs, resolve))
    return answer()
  }

  /** Nothing is heard, or that something broke, at once or late. */
  async function lost<Answer>(otherwise: Answer | null = null): Promise<Answer> {
    figures.answersLost++
    const fate = chance.pick(['NEVER', 'BROKEN', otherwise === null ? 'BROKEN' : 'SAID'])
    if (fate === 'NEVER') return never()
    await after(latencyMs(), () => {})
    if (fate === 'SAID' && otherwise !== null) return otherwise
    throw new Error('the connection was reset')
  }

  function lateMs(): number {
    const share = chance.random()
    if (share < 0.7) return chance.whole(1, 3000)
    if (share < 0.97) return chance.whole(3000, 600_000)
    return chance.whole(600_000, dayMs)
  }

  function send(news: CallNews, index: number): void {
    if (!deliver(news)) figures.newsLost++
    if (index < lastDelivered) figures.newsOvertaken++
    lastDelivered = Math.max(lastDelivered, index)
  }

  function sendSomeTime(news: CallNews, index: number): void {
    if (chance.happens(rates.newsLate)) {
      figures.newsLate++
      effects.timer(lateMs(), () => send(news, index))
    } else send(news, index)
  }

  function nonsense(news: CallNews): CallNews {
    const { at, callId } = news
    return chance.pick<() => CallNews>([
      () => ({ ...news, callId: chance.id() }),
      () => ({ ...news, at: at + chance.pick([-dayMs, dayMs, 0.5]) }),
      () => ({ type: 'DIGIT', callId, at, digit: '#' }),
      () => ({ type: 'RINGING', callId, at }),
      () => ({ type: 'EARLY_MEDIA', callId, at }),
      () => ({ type: 'AGENT_CONNECTED', callId, at, agentId: chance.id() }),
      () => ({ type: 'AGENT_MISSED', callId, at, agentId: chance.id() }),
      () => ({ type: 'PLAYBACK_ENDED', callId, at, playbackId: chance.id(), end: 'PLAYED', playedMs: 1000 }),
      () => (news.type === 'HANGUP' ? { ...news, reason: 'GONE_FISHING' as 'FAILED' } : news),
    ])()
  }

  return {
    figures,
    carry(news: CallNews): void {
      const index = ++figures.newsTold
      if (chance.happens(rates.nonsense)) sendSomeTime(nonsense(news), index)
      if (chance.happens(rates.newsLost)) {
        figures.newsLost++
        return
      }
      sendSomeTime(news, index)
      if (!chance.happens(rates.newsDoubled)) return
      figures.newsDoubled++
      sendSomeTime(news, index)
    },
    async originate(
      request: OriginateRequest,
      sentTo: number,
      arrive: (request: OriginateRequest, sentTo: number) => OriginateAnswer | null,
    ): Promise<OriginateAnswer> {
      const indeterminate: OriginateAnswer = { type: 'INDETERMINATE' }
      if (chance.happens(rates.rejected)) {
        const retryAfterMs = chance.pick([null, null, 500, 5000])
        const reason = chance.pick(['CONGESTION' as const, 'FAILED' as const, 'UNAVAILABLE' as const])
        return after(latencyMs(), () => ({ type: 'REJECTED', reason, ...(retryAfterMs !== null && { retryAfterMs }) }))
      }
      if (chance.happens(rates.requestLost)) return lost(indeterminate)
      const isAnswerLost = chance.happens(rates.answerLost)
      const lateMs = chance.happens(rates.requestLate) ? chance.whole(200, requestLateMaxMs) : 0
      const sentMs = effects.monotonic()
      const isInTime = () => effects.monotonic() - sentMs <= requestLateMaxMs
      const answer = await after(lateMs, () => (isInTime() ? arrive(request, sentTo) : null))
      if (isAnswerLost || answer === null) return lost(indeterminate)
      return after(latencyMs(), () => answer)
    },
    async lookup(look: () => LookupAnswer): Promise<LookupAnswer> {
      if (chance.happens(rates.lookupFailed)) return lost<LookupAnswer>({ type: 'CANNOT_TELL' })
      return after(latencyMs(), look)
    },
    answer: <Answer>(run: () => Answer): Promise<Answer> => after(latencyMs(), run),
    /** Something that has no answer of its own. */
    async command(run: () => void): Promise<void> {
      if (!chance.happens(rates.commandLost)) return run()
      figures.answersLost++
      if (chance.happens(0.5)) throw new Error('the connection was reset')
    },
    calm(): void {
      isCalm = true
      for (const name of Object.keys(rates)) rates = { ...rates, [name]: 0 }
    },
  }
}

export type Network = ReturnType<typeof createNetwork>

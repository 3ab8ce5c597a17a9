import type { HangupReason } from '../../../src/domain/campaigncall.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import type { AgentPhone, CallNews, Leg, OriginateRequest } from '../../../src/telephony/driver.ts'
import { createSimulator, type SimulatorOptions } from '../../../src/telephony/simulator/simulator.ts'
import { withMedia } from '../../support/media.ts'
import { newsTextWithLocation } from '../news-text.ts'

const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

/** A number of the script. */
export function scripted(number: number): string {
  return `+1202555${String(100 + number).padStart(4, '0')}`
}

/** A number outside the script. */
export function unscripted(number: number): string {
  return `+4930${String(1_000_000 + number)}`
}

export function request(callId: string, target: string, changes: Partial<OriginateRequest> = {}): OriginateRequest {
  return {
    callId,
    to: address(target),
    from: address('+12025550000'),
    ringTimeoutMs: 30_000,
    maxDurationMs: 3_600_000,
    tryCount: 1,
    variables: {},
    ...changes,
  }
}

export function leg(legId: string, target: string, ringTimeoutMs = 20_000): Leg {
  return { legId, to: address(target), from: address('+12025550000'), ringTimeoutMs }
}

export function phone(agentId: string, extension = '101'): AgentPhone {
  return { agentId, extension, address: address(extension), ringTimeoutMs: 20_000 }
}

/** A simulator on a clock of its own, and what was heard of its calls. Times are counted from the start, in ms. */
export async function createWorld(options: Partial<Omit<SimulatorOptions, 'effects'>> = {}) {
  const effects = createSimulatedEffects()
  const startsAt = effects.now()
  const driver = withMedia(createSimulator({ effects, seed: 1, speed: 1, answerRate: 0.3, ...options }))
  const heard: CallNews[] = []
  await driver.start({ news: (news) => heard.push(news), connected() {}, disconnected() {} })

  /** The news of a call as one line each: when it happened, what, and what else is to be said. */
  function story(callId = 'a'): string[] {
    return heard
      .filter((news) => news.callId === callId)
      .map((news) => `${news.at - startsAt} ${newsTextWithLocation(news)}`)
  }

  /** Places a call and expects it to be taken. */
  async function place(target: string, changes: Partial<OriginateRequest> = {}): Promise<void> {
    const placed = request(changes.callId ?? 'a', target, changes)
    const answer = await driver.originate(placed)
    if (answer.type !== 'ACCEPTED') throw new Error(`expected the call to be accepted, got ${answer.type}`)
  }

  /** The whole life of a call to a number, told as by `story`. */
  async function lifeOf(target: string, changes: Partial<OriginateRequest> = {}): Promise<string[]> {
    await place(target, changes)
    await effects.run()
    return story(changes.callId)
  }

  return { effects, startsAt, driver, heard, story, place, lifeOf }
}

/** How often each reason comes among the hangups. */
export function countReasons(heard: readonly CallNews[]): Partial<Record<HangupReason, number>> {
  const counts: Partial<Record<HangupReason, number>> = {}
  for (const news of heard) if (news.type === 'HANGUP') counts[news.reason] = (counts[news.reason] ?? 0) + 1
  return counts
}

import { onTestFinished } from 'vitest'
import type { Effects } from '../../../src/kernel/effects.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { type AsteriskOptions, createAsterisk } from '../../../src/telephony/asterisk/asterisk.ts'
import type { AgentPhone, CallNews, Leg, OriginateRequest } from '../../../src/telephony/driver.ts'
import { type MediaDriver, withMedia } from '../../support/media.ts'
import { newsText } from '../news-text.ts'
import { createTape, createTapedLog } from '../simulator/remote-support.ts'
import { type FakeAriOptions, password, startFakeAri, username } from './fake-ari.ts'

/** Quick enough for a test, and slow enough to do something in between. */
export const speedOfTests = 20

const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

export function request(callId: string, target: string, changes: Partial<OriginateRequest> = {}): OriginateRequest {
  return {
    ...{ callId, to: address(target), from: address('+12025550100'), ringTimeoutMs: 30_000, maxDurationMs: 3_600_000 },
    ...{ tryCount: 1, variables: { dialgraph_installation: 'one' } },
    ...changes,
  }
}

export function from(target: string): Pick<OriginateRequest, 'from'> {
  return { from: address(target) }
}

export function phone(agentId: string, extension: string): AgentPhone {
  return { agentId, extension, address: address(extension), ringTimeoutMs: 20_000 }
}

export function leg(legId: string, target: string, changes: Partial<Leg> = {}): Leg {
  return { legId, to: address(target), from: address('+12025550100'), ringTimeoutMs: 20_000, ...changes }
}

/** The media commands of a driver, as functions. */
export function ableDriver(driver: MediaDriver) {
  const { tone, stopPlayback, sendDigits, detectMachine, startRecording, stopRecording, dial, hangupLeg } = driver
  return { tone, stopPlayback, sendDigits, detectMachine, startRecording, stopRecording, dial, hangupLeg }
}

/** A world in which call 'a' was answered. */
export async function startAnswered(
  options: DispatcherOptions = {},
  fakeOptions: FakeAriOptions = {},
  target = '1001',
) {
  const world = await startWorld(options, fakeOptions)
  const { asterisk, driver, hears, storyOf } = world
  await driver.originate(request('a', target))
  await hears('a', 'ANSWERED')
  return {
    ...{ ...world, ...ableDriver(driver) },
    storySinceAnswer: () => storyOf('a').slice(2),
    /** Ids of all channels but that of the call. */
    others: () => [...asterisk.of.channels.keys()].filter((id) => id !== 'a'),
  }
}

export type DispatcherOptions = Partial<Omit<AsteriskOptions, 'effects'>> & { readonly effects?: Effects }

/** A driver, what it was told, and the news it heard. Its clock is moved by the test alone, unless it is given another. */
export function startDialer(url: string, options: DispatcherOptions = {}) {
  const simulated = createSimulatedEffects()
  const told = createTape<string>()
  const heard = createTape<CallNews>()
  const { log, said } = createTapedLog()
  const driver = withMedia(
    createAsterisk({
      ...{ url, username, password, trunk: 'trunk', mode: 'context', installationId: 'one', effects: simulated, log },
      ...{ callsPerSecond: 0, callsMax: 0 },
      ...options,
    }),
  )
  void driver.start({
    news: (news) => heard.push(news),
    connected: () => told.push('connected'),
    disconnected: (detail) => told.push(`disconnected: ${detail}`),
  })
  onTestFinished(() => driver.stop())
  const storyOf = (callId: string) => {
    const lines = heard.entries.filter((news) => news.callId === callId).map(newsText)
    return lines.filter((line, i) => line !== lines[i - 1])
  }
  return {
    ...{ driver, effects: simulated, told, heard, said, storyOf },
    hears: (callId: string, line: string) => heard.find((news) => news.callId === callId && newsText(news) === line),
    ends: (callId: string) => heard.find((news) => news.callId === callId && news.type === 'HANGUP'),
  }
}

/** A fake Asterisk, and a driver that is connected to it. */
export async function startWorld(options: DispatcherOptions = {}, fakeOptions: FakeAriOptions = {}) {
  const asterisk = await startFakeAri({ speed: speedOfTests, ...fakeOptions })
  onTestFinished(asterisk.stop)
  const dialer = startDialer(asterisk.url, options)
  await dialer.told.find((line) => line === 'connected')
  return { asterisk, ...dialer }
}

const untilWithinMs = 10_000

/**
 * Settles when it holds, for what no promise tells of. `step` comes before each look: a turn of the event loop, or a step of the simulated
 * clock. Fails when it never holds.
 */
export async function until(holds: () => boolean, step: () => Promise<void> = turn): Promise<void> {
  const giveUpAt = performance.now() + untilWithinMs
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`this never held: ${holds}`)
    await step()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

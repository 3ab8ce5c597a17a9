import { expect, onTestFinished } from 'vitest'
import type { AgentPhone, CallNews, Driver, DriverListener, Leg, OriginateRequest } from '../../src/telephony/driver.ts'
import { verbOf, withMedia } from '../support/media.ts'
import { newsText } from './news-text.ts'

/** What the called side can be made to do. */
const behaviours = [
  /** Rings, is answered, and hangs up after a while. */
  'ANSWERS_AND_HANGS_UP',
  /** Rings, is answered, and stays until we hang up. */
  'ANSWERS_AND_STAYS',
  /** Is answered after early media. */
  'EARLY_MEDIA_AND_ANSWERS',
  /** Is answered, and presses the digits of the fixture; perhaps only when it is asked for some. */
  'ANSWERS_AND_PRESSES_DIGITS',
  /** Is answered by a person, who greets and then listens. */
  'PERSON_ANSWERS',
  /** Is answered by a machine, which goes on talking. */
  'MACHINE_ANSWERS',
  /** Is answered, and nothing is to be heard there. */
  'SILENCE_ANSWERS',
  'RINGS_FOR_EVER',
  'BUSY',
  'INVALID_NUMBER',
  'CONGESTED',
] as const
export type Behaviour = (typeof behaviours)[number]
const phones = ['ANSWERS', 'ANSWERS_AND_HANGS_UP', 'REJECTS', 'RINGS_FOR_EVER'] as const
export type Phone = (typeof phones)[number]

/** How slow a command is that renders a text: a driver whose carrier cannot speak itself is given one that takes so long. */
export const slowRenderMs = 3000

/** How a text comes to be heard. */
interface SpeechesOfFixture {
  /** How long it takes until a text can be played; 0 for a carrier that speaks itself. */
  readonly renderMs: number
  /** How many rendered texts the carrier has begun to play so far, whatever the call; null where that cannot be seen. */
  readonly playedCount: (() => number) | null
}

/** What can sound on a call: a recording that is there, or a text that has to be rendered first. */
export const sounds = ['a recording', 'a text'] as const
export type Sound = (typeof sounds)[number]

/** A driver with a carrier behind it, started and connected. What is null this carrier cannot be made to do. */
export interface DriverFixture {
  readonly driver: Driver
  readonly installationId: string
  /** As short as this carrier keeps them. */
  readonly ringTimeoutMs: number
  readonly maxDurationMs: number
  /** The number to call for that. */
  numberFor(behaviour: Behaviour): string | null
  /** The extension of an agent's phone that does that. */
  extensionFor(phone: Phone): string | null
  /** Something that can be played, and something that is not there. */
  readonly recordings: { readonly present: string; readonly missing: string | null }
  readonly speeches: SpeechesOfFixture
  /** What is pressed by who presses digits. */
  readonly digits: readonly string[]
  callId(): string
  /** Lets time pass, or waits, until it holds. Fails if it never does. */
  until(what: string, holds: () => boolean): Promise<void>
  /** Lets so much time pass, or waits, that whatever is on its way has arrived. */
  quiet(): Promise<void>
  /** Lets that much time pass for the driver and its carrier. */
  pass(durationMs: number): Promise<void>
  /** Breaks the connection, at once; the carrier lives on, and its calls with it. */
  readonly breakConnection: (() => void) | null
  /** Nothing that the carrier tells is read any more until it breaks the connection for that; what it told meanwhile is lost. */
  readonly stopReading: (() => Promise<void>) | null
  /** Ends the carrier without a word, and starts it again. */
  readonly restartCarrier: (() => Promise<void>) | null
  /** Stops the driver, and what was begun for it. */
  stop(): Promise<void>
}

export type MakeFixture = (listener: DriverListener) => Promise<DriverFixture>

/** Ends a test that this carrier cannot take. */
export type Skip = (why?: string) => never

/** For a test whose every carrier must be able to take it. */
export const neverSkip: Skip = (why) => {
  throw new Error(why)
}

/** Opens a fixture for one test, and lets go of it when the test is over. */
export async function openFixture(makeFixture: MakeFixture) {
  const heard: CallNews[] = []
  const told: string[] = []
  const fixture = await makeFixture({
    news: (news) => heard.push(news),
    connected: () => told.push('connected'),
    disconnected: () => told.push('disconnected'),
  })
  onTestFinished(fixture.stop)
  const { until } = fixture
  const driver = withMedia(fixture.driver)
  const newsOf = (callId: string) => heard.filter((news) => news.callId === callId)
  /** What was heard of a call, in words. Carriers tell things twice, in a row, and that is theirs. */
  const storyOf = (callId: string) =>
    newsOf(callId)
      .map(newsText)
      .filter((line, i, lines) => line !== lines[i - 1])
  const hears = (callId: string, line: string) =>
    until(`${line} of call ${callId}; heard: ${storyOf(callId).join(', ')}`, () => storyOf(callId).includes(line))
  const ends = (callId: string) =>
    until(`the end of call ${callId}`, () => newsOf(callId).some((news) => news.type === 'HANGUP'))

  function requestTo(behaviour: Behaviour, skip: Skip, changes: Partial<OriginateRequest> = {}): OriginateRequest {
    const number = fixture.numberFor(behaviour)
    if (number === null) return skip(`this carrier has no number that is ${behaviour}`)
    return {
      ...{ callId: fixture.callId(), to: address(number), from: address('+12025550100') },
      ...{ ringTimeoutMs: 30_000, maxDurationMs: 3_600_000, tryCount: 1 },
      variables: { dialgraph_installation: fixture.installationId },
      ...changes,
    }
  }

  async function place(behaviour: Behaviour, skip: Skip, changes?: Partial<OriginateRequest>): Promise<string> {
    const request = requestTo(behaviour, skip, changes)
    expect(await driver.originate(request)).toEqual({ type: 'ACCEPTED' })
    return request.callId
  }

  async function placeAnswered(skip: Skip, changes?: Partial<OriginateRequest>): Promise<string> {
    const callId = await place('ANSWERS_AND_STAYS', skip, changes)
    await hears(callId, 'ANSWERED')
    return callId
  }

  /** What not every driver can do. */
  function able<Name extends keyof typeof verbOf>(name: Name, skip: Skip): (typeof driver)[Name] {
    if (!driver.capabilities.has(verbOf[name])) return skip(`this driver has no ${verbOf[name]}`)
    return driver[name]
  }

  /** Asks for something that sounds for a short time. Settles when the driver says that it has begun, or has asked for it. */
  async function sound(kind: Sound, callId: string, playbackId: string): Promise<void> {
    if (kind === 'a recording') return driver.play(callId, playbackId, [fixture.recordings.present])
    const spoken = speak(callId, playbackId, 'Hello.')
    await fixture.pass(fixture.speeches.renderMs)
    await spoken
  }

  function speak(callId: string, playbackId: string, text: string): Promise<void> {
    return driver.speak(callId, playbackId, { text, language: 'en', gender: null })
  }

  function leg(behaviour: Behaviour, legId: string, skip: Skip, changes: Partial<Leg> = {}): Leg {
    const { to, from } = requestTo(behaviour, skip)
    return { legId, to, from, ringTimeoutMs: 20_000, ...changes }
  }

  function phone(kind: Phone, agentId: string, skip: Skip): AgentPhone {
    const extension = fixture.extensionFor(kind)
    if (extension === null) return skip(`this carrier has no phone that is ${kind}`)
    return { agentId, extension, address: address(extension), ringTimeoutMs: 20_000 }
  }

  return {
    ...{ ...fixture, driver, heard, told, newsOf, storyOf, hears, ends },
    ...{ requestTo, place, placeAnswered, able, sound, speak, leg, phone },
  }
}

function address(target: string) {
  return { type: 'TEL', target, targetName: '', name: '', detail: '' } as const
}

/** A fixture that a test has opened, and what the tests do with it. */
export type OpenFixture = Awaited<ReturnType<typeof openFixture>>

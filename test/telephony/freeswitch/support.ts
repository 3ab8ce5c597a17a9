import { silentLog } from '../../../src/kernel/log.ts'
import type { CallNews, OriginateRequest } from '../../../src/telephony/driver.ts'
import { createFreeswitch, type FreeswitchOptions } from '../../../src/telephony/freeswitch/freeswitch.ts'
import type { OpenWire } from '../../../src/telephony/freeswitch/wire.ts'
import { withMedia } from '../../support/media.ts'
import { createStallingEffects } from '../../support/stalling-effects.ts'
import { newsTextWithLocation } from '../news-text.ts'
import { createPump, withPump } from '../pump.ts'
import { createFakeEsl, type FakeEslOptions } from './fake-esl.ts'

/** Those that have an answer of their own. */
export const pumpedMethods = ['originate', 'lookup', 'list', 'hangup', 'epoch', 'stop'] as const

const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

/** A driver and a switch that follows scripts, on a clock of their own. Times are counted from the connection, in ms. */
export async function createWorld(options: Partial<FreeswitchOptions> & { fake?: Partial<FakeEslOptions> } = {}) {
  const { fake: fakeOptions, ...driverOptions } = options
  const { effects, arrive } = createStallingEffects()
  const pump = createPump(effects)
  const fake = createFakeEsl({ effects, ...fakeOptions })
  const heard: CallNews[] = []
  const told: string[] = []
  const installationId = effects.id()
  let isStalled = false
  const openWire: OpenWire = (listener) =>
    fake.openWire({
      ...listener,
      received: (bytes) => (isStalled ? arrive(() => listener.received(bytes)) : listener.received(bytes)),
    })
  const make = () =>
    createFreeswitch({
      ...{ url: 'esl://127.0.0.1', password: 'ClueCon', gateway: 'trunk', installationId, effects, log: silentLog },
      ...{ openWire, callsPerSecond: 0, callsMax: 0 },
      ...driverOptions,
    })
  const listener = {
    news: (news: CallNews) => void heard.push(news),
    connected: () => void told.push('connected'),
    disconnected: (detail: string) => void told.push(`disconnected: ${detail}`),
  }
  const raw = withMedia(make())
  const driver = withPump(raw, pump, pumpedMethods)
  await driver.start(listener)
  await effects.settle()
  const startsAt = effects.now()

  function request(number: string, changes: Partial<OriginateRequest> = {}): OriginateRequest {
    return {
      ...{ callId: effects.id(), to: address(number), from: address('+12025550100') },
      ...{ ringTimeoutMs: 30_000, maxDurationMs: 3_600_000, tryCount: 1 },
      variables: { dialgraph_installation: installationId },
      ...changes,
    }
  }

  /** The news of a call, a line each. */
  function storyOf(callId: string): string[] {
    return heard.filter((news) => news.callId === callId).map(newsTextWithLocation)
  }

  /** The same, with the time of each. */
  function timesOf(callId: string): string[] {
    return heard
      .filter((news) => news.callId === callId)
      .map((news) => `${news.at - startsAt} ${newsTextWithLocation(news)}`)
  }

  async function place(number: string, changes: Partial<OriginateRequest> = {}): Promise<string> {
    const placed = request(number, changes)
    const answer = await driver.originate(placed)
    if (answer.type !== 'ACCEPTED') throw new Error(`expected the call to be accepted, got ${JSON.stringify(answer)}`)
    return placed.callId
  }

  async function until(holds: () => boolean, limitMs = 60_000): Promise<void> {
    await pump.rest()
    await effects.run({ until: holds, limitMs })
  }

  return {
    /** The driver itself: what it is asked for is answered once somebody moves the clock. */
    raw,
    ...{ effects, fake, driver, heard, told, installationId, startsAt, request, storyOf, timesOf, place, until },
    advance: async (durationMs: number) => {
      await pump.rest()
      await effects.advance(durationMs)
    },
    hears: (callId: string, line: string) => until(() => storyOf(callId).includes(line)),
    ends: (callId: string) => until(() => heard.some((news) => news.callId === callId && news.type === 'HANGUP')),
    /** From now on nothing that the switch says is read before a turn of the event loop. */
    stall: (): void => {
      isStalled = true
    },
    /** A second program with the same installation, as after a restart. */
    startAnother: async () => {
      const another = withPump(withMedia(make()), pump, pumpedMethods)
      await another.start(listener)
      await effects.settle()
      return another
    },
    phone: (agentId: string, extension: string) => ({
      ...{ agentId, extension, address: address(extension), ringTimeoutMs: 20_000 },
    }),
    leg: (legId: string, number: string, from = '+12025550100') => ({
      ...{ legId, to: address(number), from: address(from), ringTimeoutMs: 20_000 },
    }),
  }
}

/** A world with a call that was answered. Its story is what was heard since; times are counted from the answer, in ms. */
export async function createAnswered(options: Parameters<typeof createWorld>[0] = {}, number = '1001') {
  const world = await createWorld(options)
  const callId = await world.place(number)
  await world.hears(callId, 'ANSWERED')
  const answeredAt = world.effects.now()
  const begin = world.storyOf(callId).indexOf('ANSWERED') + 1
  return {
    ...{ ...world, callId },
    story: () => world.storyOf(callId).slice(begin),
    timedStory: () =>
      world
        .timesOf(callId)
        .slice(begin)
        .map((line) => line.replace(/^\d+/, (at) => String(Number(at) + world.startsAt - answeredAt))),
    /** The commands that begin so, in the order in which they were sent. */
    sent: (begin: string) => world.fake.commands.filter((command) => command.startsWith(`api ${begin}`)),
    /** What was asked to be played, without the name that each of it is given. */
    played: () =>
      world.fake.commands.flatMap((command) => {
        const [, path] = /^api uuid_broadcast \S+ \{dialgraph=[^}]+\}(\S+) aleg$/.exec(command) ?? []
        return path === undefined ? [] : [path]
      }),
    /** The connection is lost for so long, at least. */
    async loseConnection(durationMs: number) {
      world.fake.faults.booting = true
      world.fake.cut()
      await world.advance(durationMs)
      world.fake.faults.booting = false
      await world.until(() => world.told.at(-1) === 'connected')
    },
  }
}

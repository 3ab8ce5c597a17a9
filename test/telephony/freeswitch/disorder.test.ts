import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/kernel/random.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { subscribedEvents } from '../../../src/telephony/freeswitch/event.ts'
import { createWorld } from './support.ts'

/** More of them: DISORDER_SEEDS=3000. */
const seeds = Array.from({ length: Number(process.env.DISORDER_SEEDS ?? 40) }, (_, i) => i + 1)
const stepsCount = 120
const urls = ['hello', 'hello', 'long', 'nosuch'].map((name) => `http://a.example/${name}.wav`)

/** What is asked and what goes wrong, as it comes. Returns what was told, and what was asked for and taken. */
async function live(seed: number) {
  const random = createRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const world = await createWorld({ recordingsFolder: random() < 0.5 ? null : '/srv/calls' })
  const { fake, raw: driver, effects, heard, leg, phone, request } = world
  const calls: string[] = []
  const taken = { playbacks: new Set<string>(), recordings: new Set<string>(), legs: new Set<string>() }
  let made = 0

  /** What is asked of a call that has ended is refused, which is news that comes after its end. */
  const late = new Set<string>()

  function ask(asked: Promise<unknown> | undefined, id?: string, into?: Set<string>): void {
    asked?.then(
      () => id !== undefined && into?.add(id),
      () => {},
    )
  }

  /** A call, and the id of something that is asked of it. */
  function name(kind: string): [callId: string, id: string] {
    const callId = pick(calls)
    const id = `${kind}${++made}`
    if (heard.some((one) => one.callId === callId && one.type === 'HANGUP')) late.add(id)
    return [callId, id]
  }

  const acts: readonly (() => void)[] = [
    () => {
      const placed = request(pick(['1000', '1001', '1001', '1183']), { maxDurationMs: 20_000, ringTimeoutMs: 10_000 })
      calls.push(placed.callId)
      ask(driver.originate(placed))
    },
    ...[0, 1].map(() => () => {
      const [callId, id] = name('p')
      ask(driver.play(callId, id, [pick(urls), pick(urls)].slice(0, pick([1, 2]))), id, taken.playbacks)
    }),
    () => {
      const [callId, id] = name('p')
      ask(driver.tone(callId, id), id, taken.playbacks)
    },
    () => ask(driver.stopPlayback(pick(calls), `p${Math.ceil(random() * made)}`)),
    () => {
      const settings = { format: 'wav', durationMaxMs: pick([null, 1000]), beep: random() < 0.5 } as const
      const [callId, id] = name('r')
      ask(driver.startRecording(callId, id, settings), id, taken.recordings)
    },
    () => ask(driver.stopRecording(pick(calls), `r${Math.ceil(random() * made)}`)),
    () => {
      const [callId, id] = name('l')
      ask(driver.dial(callId, leg(id, pick(['1000', '1001', '1603', '1180']))), id, taken.legs)
    },
    () => ask(driver.hangupLeg(pick(calls), `l${Math.ceil(random() * made)}`)),
    () => {
      const [callId, id] = name('a')
      ask(driver.connect(callId, phone(id, pick(['1000', '1603', '1180']))))
    },
    () => ask(driver.sendDigits(pick(calls), '12', { durationMs: 100, intervalMs: 100 })),
    () => ask(driver.lookup(pick(calls))),
    () => random() < 0.3 && ask(driver.hangup(pick(calls), 'NORMAL')),
    () => ask(driver.list()),
  ]
  const faults: readonly (() => void)[] = [
    fake.cut,
    () => {
      if (fake.faults.booting) return
      fake.faults.booting = true
      fake.cut()
      effects.timer(Math.floor(random() * 3000), () => {
        fake.faults.booting = false
      })
    },
    () => random() < 0.2 && !fake.faults.booting && fake.restart(),
    () => (fake.faults.doubled = !fake.faults.doubled),
    () => (fake.faults.swapped = !fake.faults.swapped),
    () => (fake.faults.unlisted = !fake.faults.unlisted),
    () => (fake.faults.unjoinable = !fake.faults.unjoinable),
    () => (fake.faults.answerMs = pick([0, 0, 5, 50])),
    () => {
      fake.faults.withheld.clear()
      if (random() < 0.5) fake.faults.withheld.add(pick(subscribedEvents))
    },
  ]
  acts[0]?.()
  for (let step = 0; step < stepsCount; step++) {
    if (random() < 0.12) pick(faults)()
    else pick(acts)()
    await effects.advance(Math.floor(random() * random() * 1000))
  }
  fake.faults.withheld.clear()
  fake.faults.answerMs = 0
  await effects.advance(60_000)
  for (const callId of await driver.list()) ask(driver.hangup(callId, 'NORMAL'))
  // Of a call whose end was not heard of it is asked, as the engine does.
  for (const callId of calls) ask(driver.lookup(callId))
  await effects.advance(60_000)
  return { fake, heard, calls, taken, late }
}

/** Of what has ended. */
function idOf(news: CallNews): string | null {
  switch (news.type) {
    case 'PLAYBACK_ENDED':
      return news.playbackId
    case 'RECORDING_ENDED':
      return news.recordingId
    case 'LEG_ENDED':
      return news.legId
    case 'AGENT_MISSED':
      return news.agentId
    default:
      return null
  }
}

/** What is wrong with the news of one call. */
function complaints(news: readonly CallNews[], late: ReadonlySet<string>): string[] {
  const found: string[] = []
  const ended = new Set<string>()
  const connected = new Set<string>()
  let isOver = false
  for (const one of news) {
    const line = JSON.stringify(one)
    // News of the call itself is passed on as it comes.
    if (['RINGING', 'EARLY_MEDIA', 'ANSWERED'].includes(one.type)) continue
    const endOf = idOf(one)
    if (isOver && (endOf === null || !late.has(endOf))) found.push(`after the end: ${line}`)
    if (endOf !== null && ended.has(endOf)) found.push(`twice: ${line}`)
    if (endOf !== null) ended.add(endOf)
    if (one.type === 'LEG_CONNECTED' && (connected.has(one.legId) || ended.has(one.legId)))
      found.push(`out of order: ${line}`)
    if (one.type === 'LEG_CONNECTED') connected.add(one.legId)
    if (one.type === 'LEG_ENDED' && connected.has(one.legId) && !one.answered) found.push(`was answered: ${line}`)
    if (one.type === 'HANGUP') isOver = true
  }
  return found
}

describe('a switch and a connection in disorder', () => {
  it.each(seeds)('have each thing told once, and nothing left, with seed %i', async (seed) => {
    const { fake, heard, calls, taken, late } = await live(seed)
    for (const callId of calls) {
      const news = heard.filter((one) => one.callId === callId)
      expect(complaints(news, late), JSON.stringify(news, null, 1)).toEqual([])
    }
    const toldOf = (type: string, name: string) =>
      heard.flatMap((one) => (one.type === type ? [(one as unknown as Record<string, string>)[name]] : [])).sort()
    expect(toldOf('PLAYBACK_ENDED', 'playbackId')).toEqual([...taken.playbacks].sort())
    expect(toldOf('RECORDING_ENDED', 'recordingId')).toEqual([...taken.recordings].sort())
    for (const legId of toldOf('LEG_ENDED', 'legId')) expect(taken.legs).toContain(legId)
    expect(fake.current.list()).toEqual([])
  })

  it('would be complained of if it were told twice, after the end, or out of order', () => {
    const of = { callId: 'c', at: 0 }
    const played = { ...of, type: 'PLAYBACK_ENDED', playbackId: 'p', end: 'PLAYED', playedMs: 1000 } as const
    const joined = { ...of, type: 'LEG_CONNECTED', legId: 'l' } as const
    const left = { ...of, type: 'LEG_ENDED', legId: 'l', answered: true } as const
    const over = { ...of, type: 'HANGUP', reason: 'NORMAL', by: 'US', detail: '' } as const
    const count = (...news: CallNews[]) => complaints(news, new Set(['late'])).length
    expect(count(played, joined, left, over, { ...played, playbackId: 'late' })).toBe(0)
    expect([count(played, played), count(over, played), count(over, over), count(left, joined)]).toEqual([1, 1, 1, 1])
    expect(count(joined, { ...left, answered: false })).toBe(1)
  })
})

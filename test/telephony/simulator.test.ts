import { describe, expect, it } from 'vitest'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import { countReasons, createWorld, request, scripted, unscripted } from './simulator/support.ts'

describe('a scripted call', () => {
  const answered = ['0 RINGING', '2000 ANSWERED', '7000 HANGUP NORMAL THEM']
  const busy = ['1000 HANGUP BUSY THEM']
  const unanswered = ['0 RINGING', '30000 HANGUP NO_ANSWER US']
  const congested = ['0 HANGUP CONGESTION THEM']
  const invalid = ['0 HANGUP INVALID_NUMBER THEM']
  const machine = ['0 RINGING', '3000 ANSWERED', '11000 HANGUP NORMAL THEM']
  const brief = ['0 RINGING', '1000 ANSWERED', '1500 HANGUP NORMAL THEM']
  const endless = ['0 RINGING', '2000 ANSWERED', '3602000 HANGUP TIMEOUT US']

  it.each([
    ...[0, 1, 49].map((number) => [number, answered] as const),
    ...[50, 59].map((number) => [number, busy] as const),
    ...[60, 69].map((number) => [number, unanswered] as const),
    ...[70, 74].map((number) => [number, congested] as const),
    ...[75, 79].map((number) => [number, invalid] as const),
    ...[80, 84].map((number) => [number, machine] as const),
    ...[85, 89].map((number) => [number, brief] as const),
    ...[90, 91].map((number) => [number, busy] as const),
    ...[92, 93].map((number) => [number, []] as const),
    ...[95, 99].map((number) => [number, endless] as const),
  ])('to %i has this life: %j', async (number, life) => {
    const { lifeOf } = await createWorld()
    expect(await lifeOf(scripted(number))).toEqual(life)
  })

  it.each([90, 91])('to %i is answered on the second try', async (number) => {
    const { lifeOf } = await createWorld()
    expect(await lifeOf(scripted(number), { tryCount: 2 })).toEqual(answered)
  })

  it('rings no longer than its own ring timeout', async () => {
    const { lifeOf } = await createWorld()
    expect(await lifeOf(scripted(0), { ringTimeoutMs: 1500 })).toEqual(['0 RINGING', '1500 HANGUP NO_ANSWER US'])
  })

  it('lasts no longer than its longest duration after the answer', async () => {
    const { lifeOf } = await createWorld()
    const life = await lifeOf(scripted(0), { maxDurationMs: 4000 })
    expect(life).toEqual(['0 RINGING', '2000 ANSWERED', '6000 HANGUP TIMEOUT US'])
  })

  it('has its ring and talk times and its ring timeout divided by the speed', async () => {
    const { lifeOf } = await createWorld({ speed: 100 })
    expect(await lifeOf(scripted(0))).toEqual(['0 RINGING', '20 ANSWERED', '70 HANGUP NORMAL THEM'])
    const unheard = await lifeOf(scripted(60), { callId: 'b' })
    expect(unheard).toEqual(['70 RINGING', '370 HANGUP NO_ANSWER US'])
  })

  it('does not have its longest duration divided by the speed', async () => {
    const { lifeOf } = await createWorld({ speed: 1000 })
    const life = await lifeOf(scripted(95), { maxDurationMs: 4000 })
    expect(life).toEqual(['0 RINGING', '2 ANSWERED', '4002 HANGUP TIMEOUT US'])
  })

  it('keeps whole milliseconds, rounded up, at any speed', async () => {
    const { lifeOf } = await createWorld({ speed: 3 })
    expect(await lifeOf(scripted(0))).toEqual(['0 RINGING', '667 ANSWERED', '2334 HANGUP NORMAL THEM'])
  })
})

describe('news', () => {
  it.each([0, 50, 70, 94])('of a call to %i never comes before its request was answered', async (number) => {
    const { effects, driver, heard } = await createWorld({ speed: 1000 })
    let heardBefore = -1
    const placed = driver.originate(request('a', scripted(number))).then(() => {
      heardBefore = heard.length
    })
    expect(heard).toEqual([])
    await placed
    await effects.run()
    expect(heardBefore).toBe(0)
    expect(heard.length).toBeGreaterThan(0)
  })

  it('that is heard can be answered with the next request at once', async () => {
    const { effects, driver, story } = await createWorld()
    await driver.start({
      connected() {},
      disconnected() {},
      news(news) {
        if (news.type === 'HANGUP' && news.callId === 'a') void driver.originate(request('b', scripted(0)))
      },
    })
    await driver.originate(request('a', scripted(70)))
    await effects.advance(0)
    expect(story('b')).toEqual([])
    expect(await driver.list()).toEqual(['b'])
  })
})

describe('a hangup', () => {
  it('ends a call that rings, with the reason that was asked for', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(0))
    await effects.advance(500)
    await driver.hangup('a', 'CANCEL')
    expect(story()).toEqual(['0 RINGING'])
    await effects.run()
    expect(story()).toEqual(['0 RINGING', '500 HANGUP CANCEL US'])
  })

  it('ends a call that was answered', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(95))
    await effects.advance(9000)
    await driver.hangup('a', 'AMD')
    await effects.run()
    expect(story()).toEqual(['0 RINGING', '2000 ANSWERED', '9000 HANGUP AMD US'])
  })

  it('comes after the ringing when it is asked for at once', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(0))
    await driver.hangup('a', 'CANCEL')
    await effects.run()
    expect(story()).toEqual(['0 RINGING', '0 HANGUP CANCEL US'])
  })

  it('counts once: the first reason stays', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(60))
    await effects.advance(10)
    await driver.hangup('a', 'CANCEL')
    await driver.hangup('a', 'NORMAL')
    await effects.run()
    expect(story()).toEqual(['0 RINGING', '10 HANGUP CANCEL US'])
  })

  it('of an unknown, an ended or a silent call is ignored', async () => {
    const { effects, driver, heard, place } = await createWorld()
    await place(scripted(50))
    await place(scripted(92), { callId: 'silent' })
    await effects.run()
    for (const callId of ['a', 'silent', 'nobody']) await driver.hangup(callId, 'CANCEL')
    await effects.run()
    expect(heard.length).toBe(1)
  })

  it('does not reach a later call that uses the id again', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(70))
    await driver.hangup('a', 'CANCEL')
    await driver.start({
      connected() {},
      disconnected() {},
      news(news) {
        if (news.type === 'HANGUP') void driver.originate(request('a', scripted(0)))
      },
    })
    await effects.advance(0)
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'RINGING' })
    expect(story()).toEqual([])
  })
})

describe('a stop', () => {
  it('hangs up every call and has told so before it settles', async () => {
    const { effects, driver, story, heard, place } = await createWorld()
    await place(scripted(95), { callId: 'talks' })
    await effects.advance(5000)
    await place(scripted(60), { callId: 'rings' })
    await place(scripted(94), { callId: 'is out of order' })
    await effects.advance(100)
    await driver.stop()
    expect(story('talks').at(-1)).toBe('5100 HANGUP NORMAL US')
    expect(story('rings')).toEqual(['5000 RINGING', '5100 HANGUP CANCEL US'])
    expect(story('is out of order').sort()).toEqual([
      ...['5000 RINGING', '5000 RINGING'],
      ...['5100 HANGUP CANCEL US', '5100 HANGUP CANCEL US'],
    ])
    expect(await driver.list()).toEqual([])
    const heardCount = heard.length
    await effects.run()
    expect(heard.length).toBe(heardCount)
  })

  it('leaves no timer running', async () => {
    const { effects, driver, place, startsAt } = await createWorld()
    for (const number of [0, 60, 94, 95]) await place(scripted(number), { callId: `call ${number}` })
    await effects.advance(2500)
    await driver.speak('call 95', 'p', { text: 'hello', language: null, gender: null })
    await driver.stop()
    await effects.run()
    expect(effects.now() - startsAt).toBe(2500)
  })

  it('is the end of all news', async () => {
    const { effects, driver, heard } = await createWorld()
    await driver.play('nobody', 'p', [])
    await driver.stop()
    await driver.play('nobody', 'q', [])
    await effects.run()
    expect(heard).toEqual([])
  })

  it('is followed by refusals, and by lookups that still know what was', async () => {
    const { effects, driver, place } = await createWorld()
    await place(scripted(60))
    await driver.stop()
    expect(await driver.originate(request('b', scripted(0)))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    expect(await driver.lookup('a')).toMatchObject({ type: 'ENDED', reason: 'CANCEL' })
    await effects.run()
    expect(await driver.health()).toMatchObject({ ok: false })
  })
})

describe('the carrier', () => {
  async function run(seed: number) {
    const { effects, place, heard } = await createWorld({ seed })
    for (let i = 0; i < 200; i++) {
      await place(i % 10 === 0 ? scripted(94) : unscripted(i), { callId: `call ${i}` })
      await effects.advance(50)
    }
    await effects.run()
    return heard
  }

  it('gives the same run for the same seed', async () => {
    expect(await run(5)).toEqual(await run(5))
  })

  it('gives another run for another seed', async () => {
    expect(await run(5)).not.toEqual(await run(6))
  })

  it('ends unscripted calls in the shares of the rules', async () => {
    const { effects, place, heard } = await createWorld({ speed: 1000, answerRate: 0.5 })
    for (let i = 0; i < 4000; i++) await place(unscripted(i), { callId: `call ${i}` })
    await effects.run()
    const { NORMAL = 0, BUSY = 0, UNAVAILABLE = 0, NO_ANSWER = 0 } = countReasons(heard)
    expect(NORMAL + BUSY + UNAVAILABLE + NO_ANSWER).toBe(4000)
    expect(NORMAL / 4000).toBeCloseTo(0.5, 1.3)
    expect(BUSY / 4000).toBeCloseTo(0.1, 1.3)
    // One in nine searches for a phone lasts longer than the ring timeout of 30 s.
    expect(UNAVAILABLE / 4000).toBeCloseTo(0.125 * (1 - Math.exp(-30 / 14)), 1.3)
  })

  it('has an epoch that stays, and another carrier has another one', async () => {
    const { driver, effects } = await createWorld({ seed: 1 })
    const epoch = await driver.epoch()
    await effects.advance(1000)
    expect(await driver.epoch()).toBe(epoch)
    expect(await createSimulator({ effects, seed: 1, speed: 1, answerRate: 0.3 }).epoch()).not.toBe(epoch)
  })

  it('says that it is well', async () => {
    const { driver } = await createWorld()
    expect(driver.name).toBe('simulator')
    expect(await driver.health()).toEqual({ ok: true, detail: 'simulated carrier' })
  })

  it.each([{ speed: 0.5 }, { speed: 1001 }, { answerRate: -0.1 }, { answerRate: 1.1 }, { speed: Number.NaN }])(
    'is not built with %j',
    async (options) => {
      await expect(createWorld(options)).rejects.toThrow(/a speed from|an answer rate from/)
    },
  )
})

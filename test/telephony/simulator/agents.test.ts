import { describe, expect, it } from 'vitest'
import type { OriginateRequest } from '../../../src/telephony/driver.ts'
import type { SimulatorOptions } from '../../../src/telephony/simulator/simulator.ts'
import { createWorld, phone, scripted } from './support.ts'

/** A world in which call 'a' was answered, 2 s after the start at speed 1. */
async function createAnswered(
  number: number,
  options: Partial<SimulatorOptions> = {},
  changes: Partial<OriginateRequest> = {},
) {
  const world = await createWorld(options)
  await world.place(scripted(number), changes)
  await world.effects.run({ until: () => world.heard.some((news) => news.type === 'ANSWERED') })
  return { ...world, storySinceAnswer: () => world.story().slice(2) }
}

const hangupAtMs = (story: readonly string[]) => Number.parseInt(story.at(-1) ?? '', 10)

describe('an agent', () => {
  it('answers after 1 s, and then the talk is drawn for the conversation', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(storySinceAnswer()).toEqual([
      '3000 AGENT_CONNECTED agent',
      expect.stringMatching(/^\d+ HANGUP NORMAL THEM$/),
    ])
    expect(hangupAtMs(storySinceAnswer())).not.toBe(7000)
  })

  it('ends the silence of one who would never hang up', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(95)
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(storySinceAnswer().at(-1)).toMatch(/HANGUP NORMAL THEM$/)
  })

  it('talks 120 s on average', async () => {
    const count = 2000
    const { effects, driver, heard, place, startsAt } = await createWorld()
    for (let i = 0; i < count; i++) await place(scripted(95), { callId: `call ${i}` })
    await effects.advance(2000)
    for (let i = 0; i < count; i++) await driver.connect(`call ${i}`, phone(`agent ${i}`))
    await effects.run()
    const hangups = heard.filter((news) => news.type === 'HANGUP')
    const mean = hangups.reduce((sum, news) => sum + news.at - startsAt - 3000, 0) / count
    expect(hangups.length).toBe(count)
    expect(mean / 120_000).toBeCloseTo(1, 0.9)
  })

  it('answers and talks faster at a higher speed', async () => {
    const slow = await createAnswered(95)
    const fast = await createAnswered(95, { speed: 100 })
    for (const { driver, effects } of [slow, fast]) {
      await driver.connect('a', phone('agent'))
      await effects.run()
    }
    expect(fast.storySinceAnswer()[0]).toBe('30 AGENT_CONNECTED agent')
    const slowTalkMs = hangupAtMs(slow.story()) - 3000
    expect(hangupAtMs(fast.story()) - 30).toBe(Math.ceil(slowTalkMs / 100))
  })

  it('talks no longer than the longest duration of the call, counted from its answer', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(95, {}, { maxDurationMs: 1500 })
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['3000 AGENT_CONNECTED agent', '3500 HANGUP TIMEOUT US'])
  })

  it('whose extension ends in 98 rejects after 1 s, and the script goes on', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent', '2098'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['3000 AGENT_MISSED agent', '7000 HANGUP NORMAL THEM'])
  })

  it('whose extension ends in 99 never answers', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent', '99'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['7000 HANGUP NORMAL THEM'])
  })

  it('who is withdrawn neither answers nor rejects', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent'))
    await driver.connect('a', phone('rejects', '98'))
    await effects.advance(999)
    await driver.withdraw('a', 'agent')
    await driver.withdraw('a', 'rejects')
    await effects.run()
    expect(storySinceAnswer()).toEqual(['7000 HANGUP NORMAL THEM'])
  })

  it('who was withdrawn can ring again', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent', '99'))
    await driver.withdraw('a', 'agent')
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(storySinceAnswer()[0]).toBe('3000 AGENT_CONNECTED agent')
  })

  it('who talks is not disturbed by a withdrawal or another connection', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(95)
    await driver.connect('a', phone('agent'))
    await effects.advance(1000)
    await driver.withdraw('a', 'agent')
    await driver.connect('a', phone('agent'))
    await driver.connect('a', phone('another'))
    await effects.run()
    expect(storySinceAnswer().length).toBe(2)
  })

  it('who rings already goes on ringing when connected again', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('agent', '98'))
    await effects.advance(500)
    await driver.connect('a', phone('agent', '98'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['3000 AGENT_MISSED agent', '7000 HANGUP NORMAL THEM'])
  })

  it('is not heard of when the call ends while the phone rings', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(85)
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['1500 HANGUP NORMAL THEM'])
  })

  it('is missed, a moment later, by a call that rings, has ended or was never there', async () => {
    const { effects, driver, story, heard, place } = await createWorld()
    await place(scripted(70), { callId: 'ended' })
    await effects.advance(0)
    await place(scripted(60), { callId: 'rings' })
    for (const callId of ['ended', 'rings', 'nobody']) await driver.connect(callId, phone('agent'))
    expect(heard.filter((news) => news.type === 'AGENT_MISSED')).toEqual([])
    await effects.advance(0)
    for (const callId of ['ended', 'rings', 'nobody']) expect(story(callId).at(-1)).toBe('0 AGENT_MISSED agent')
  })
})

describe('several agents who ring for one call', () => {
  it('lose it to the first to answer, without news', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('never', '99'))
    await driver.connect('a', phone('first'))
    await effects.advance(10)
    await driver.connect('a', phone('second'))
    await driver.connect('a', phone('rejects', '98'))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['3000 AGENT_CONNECTED first', expect.stringContaining('HANGUP NORMAL THEM')])
  })

  it('go on ringing when one of them rejects', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(0)
    await driver.connect('a', phone('rejects', '98'))
    await effects.advance(10)
    await driver.connect('a', phone('second'))
    await effects.run()
    expect(storySinceAnswer().slice(0, 2)).toEqual(['3000 AGENT_MISSED rejects', '3010 AGENT_CONNECTED second'])
  })
})

describe('the fate of a call', () => {
  it('does not depend on what agents did to another one', async () => {
    async function secondCall(connected: boolean) {
      const { effects, driver, story, place } = await createAnswered(95)
      if (connected) await driver.connect('a', phone('agent'))
      await effects.advance(3000)
      await place('+4930123456', { callId: 'b' })
      await effects.run()
      return story('b')
    }
    expect(await secondCall(true)).toEqual(await secondCall(false))
  })
})

import { describe, expect, it } from 'vitest'
import { startOnLine } from './line-support.ts'
import { phone, request } from './support.ts'

async function startConnected() {
  const world = await startOnLine()
  await world.start()
  return world
}

describe('an Asterisk that ends', () => {
  it('fails those who talk and those who are rung: nobody has hung up', async () => {
    const { desk, driver, effects, placeAnswered, storyOf, heard } = await startConnected()
    await placeAnswered('talks')
    await driver.originate(request('rings', '1180'))
    await effects.advance(500)
    const endedAt = effects.now()
    desk.of.shutDown()
    desk.setPhase('NOT_BOOTED')
    await effects.advance(300)
    expect(storyOf('talks').at(-1)).toBe('HANGUP FAILED US')
    expect(storyOf('rings').at(-1)).toBe('HANGUP FAILED US')
    const ends = heard.filter(({ type }) => type === 'HANGUP')
    expect(ends.map(({ at }) => at)).toEqual([endedAt, endedAt])
    expect(ends[0]).toMatchObject({ detail: expect.stringContaining('Asterisk ended') })
    expect(await driver.lookup('talks')).toMatchObject({ type: 'ENDED', reason: 'FAILED', endedAt })
  })

  it('fails them also where its interface answers until the connection for events ends', async () => {
    const { line, desk, effects, placeAnswered, storyOf } = await startConnected()
    await placeAnswered('a')
    desk.of.shutDown()
    await effects.advance(1100)
    expect(storyOf('a').at(-1)).toBe('ANSWERED')
    line.kill()
    await effects.settle()
    expect(storyOf('a').at(-1)).toBe('HANGUP FAILED US')
  })

  it('fails a call whose agent it has hung up first', async () => {
    const { desk, driver, effects, placeAnswered, storyOf } = await startConnected()
    await placeAnswered('a')
    await driver.connect('a', phone('agent', 'agent1'))
    await effects.run({ until: () => storyOf('a').includes('AGENT_CONNECTED agent') })
    const [agent] = [...desk.of.channels.values()].filter(({ id }) => id !== 'a')
    if (agent !== undefined) desk.of.hangUp(agent, 16)
    await effects.advance(100)
    desk.of.shutDown()
    desk.setPhase('NOT_BOOTED')
    await effects.advance(300)
    expect(storyOf('a').slice(-1)).toEqual(['HANGUP FAILED US'])
  })
})

describe('an end that nobody is known to have asked for, of an Asterisk that goes on', () => {
  it('is told as a hangup of this side after a while, with the time at which it happened', async () => {
    const { desk, effects, placeAnswered, storyOf, heard } = await startConnected()
    await placeAnswered('a')
    const channel = desk.of.channels.get('a')
    if (channel !== undefined) desk.of.hangUp(channel, 16)
    await effects.settle()
    const endedAt = effects.now()
    await effects.advance(1400)
    expect(storyOf('a').at(-1)).toBe('ANSWERED')
    await effects.advance(400)
    expect(storyOf('a').at(-1)).toBe('HANGUP NORMAL US')
    expect(heard.at(-1)?.at).toBeLessThanOrEqual(endedAt + 1)
  })

  it('is found by whoever asks for it meanwhile', async () => {
    const { desk, driver, effects, placeAnswered } = await startConnected()
    await placeAnswered('a')
    const channel = desk.of.channels.get('a')
    if (channel !== undefined) desk.of.hangUp(channel, 16)
    await effects.advance(100)
    const found = driver.lookup('a')
    await effects.advance(1900)
    expect(await found).toMatchObject({ type: 'ENDED', reason: 'NORMAL' })
  })
})

describe('an end that somebody has asked for', () => {
  it('is told at once, whoever it was', async () => {
    const { desk, driver, effects, placeAnswered, storyOf } = await startConnected()
    await placeAnswered('theirs')
    await placeAnswered('ours')
    const channel = desk.of.channels.get('theirs')
    if (channel !== undefined) desk.of.leave(channel)
    await driver.hangup('ours', 'NORMAL')
    await effects.advance(1)
    expect(storyOf('theirs').at(-1)).toBe('HANGUP NORMAL THEM')
    expect(storyOf('ours').at(-1)).toBe('HANGUP NORMAL US')
    expect(desk.asked('GET', 'asterisk')).toEqual([])
  })
})

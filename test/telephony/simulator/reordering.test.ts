import { describe, expect, it } from 'vitest'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { createWorld, phone, scripted } from './support.ts'

const types = (heard: readonly CallNews[]) => heard.map((news) => news.type)

/** The life of a call to 94 under many seeds. */
async function livesOf94(): Promise<CallNews[][]> {
  const lives: CallNews[][] = []
  for (let seed = 0; seed < 200; seed++) {
    const { lifeOf, heard } = await createWorld({ seed })
    await lifeOf(scripted(94))
    lives.push(heard)
  }
  return lives
}

describe('the news of a call to 94', () => {
  it('comes exactly twice, each piece with the time at which it happened', async () => {
    for (const heard of await livesOf94()) {
      const counts = new Map<CallNews, number>()
      for (const news of heard) counts.set(news, (counts.get(news) ?? 0) + 1)
      expect([...counts.values()]).toEqual([2, 2, 2])
      expect(types([...counts.keys()]).sort()).toEqual(['ANSWERED', 'HANGUP', 'RINGING'])
    }
  })

  it('is out of order under every seed', async () => {
    for (const heard of await livesOf94()) {
      const times = heard.map((news) => news.at)
      expect(times).not.toEqual([...times].sort((a, b) => a - b))
    }
  })

  it('has the hangup before the answer under some seeds and after it under others', async () => {
    const lives = await livesOf94()
    const hangupFirst = lives.filter((heard) => types(heard).indexOf('HANGUP') < types(heard).indexOf('ANSWERED'))
    expect(hangupFirst.length).toBeGreaterThan(50)
    expect(hangupFirst.length).toBeLessThan(150)
  })

  it('is complete when the last hangup is heard', async () => {
    for (const heard of await livesOf94()) expect(types(heard).at(-1)).toBe('HANGUP')
  })

  it('comes twice for playbacks and agents as well', async () => {
    const { effects, driver, heard, place } = await createWorld()
    await place(scripted(94))
    await effects.advance(2000)
    await driver.speak('a', 'p', { text: '', language: null, gender: null })
    await effects.advance(500)
    await driver.connect('a', phone('rejects', '98'))
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(types(heard).sort()).toEqual([
      ...['AGENT_CONNECTED', 'AGENT_CONNECTED', 'AGENT_MISSED', 'AGENT_MISSED', 'ANSWERED', 'ANSWERED'],
      ...['HANGUP', 'HANGUP', 'PLAYBACK_ENDED', 'PLAYBACK_ENDED', 'RINGING', 'RINGING'],
    ])
  })

  it('comes twice for what is refused while it rings', async () => {
    const { effects, driver, heard, place } = await createWorld()
    await place(scripted(94))
    await effects.advance(1000)
    await driver.play('a', 'p', [])
    await effects.run()
    expect(types(heard).filter((type) => type === 'PLAYBACK_ENDED').length).toBe(2)
  })

  it('is held back no longer than 6 s when nothing overtakes it, divided by the speed', async () => {
    for (const speed of [1, 100]) {
      const { effects, driver, heard, place } = await createWorld({ speed })
      await place(scripted(94))
      await effects.advance(2000 / speed)
      await driver.connect('a', phone('agent'))
      await effects.advance(7000 / speed)
      const connections = heard.filter((news) => news.type === 'AGENT_CONNECTED')
      const ended = heard.some((news) => news.type === 'HANGUP')
      expect({ ended, connections: connections.length }).toEqual({ ended: false, connections: 2 })
    }
  })

  it('is as complete when the call is hung up while it rings', async () => {
    const { effects, driver, heard, place } = await createWorld()
    await place(scripted(94))
    await effects.advance(1000)
    await driver.hangup('a', 'CANCEL')
    await effects.run()
    expect(types(heard).sort()).toEqual(['HANGUP', 'HANGUP', 'RINGING', 'RINGING'])
  })

  it('leaves the news of other calls in order', async () => {
    const { effects, place, story } = await createWorld()
    await place(scripted(94))
    await place(scripted(0), { callId: 'b' })
    await effects.run()
    expect(story('b')).toEqual(['0 RINGING', '2000 ANSWERED', '7000 HANGUP NORMAL THEM'])
  })
})

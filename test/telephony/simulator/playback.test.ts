import { describe, expect, it } from 'vitest'
import { createWorld, phone, scripted } from './support.ts'

const speech = (text: string) => ({ text, language: null, gender: null })

async function createAnswered(speed = 1) {
  const world = await createWorld({ speed })
  await world.place(scripted(95))
  await world.effects.run({ until: () => world.heard.some((news) => news.type === 'ANSWERED') })
  return { ...world, storySinceAnswer: () => world.story().slice(2) }
}

describe('a playback', () => {
  it('of speech lasts 1 s and 60 ms a character', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered()
    await driver.speak('a', 'p', speech('0123456789'))
    await effects.advance(60_000)
    expect(storySinceAnswer()).toEqual(['3600 PLAYBACK_ENDED p'])
  })

  it('of recordings lasts 3 s each', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered()
    await driver.play('a', 'p', ['https://a.example/1.wav', 'https://a.example/2.wav'])
    await effects.advance(60_000)
    expect(storySinceAnswer()).toEqual(['8000 PLAYBACK_ENDED p'])
  })

  it('is divided by the speed', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered(10)
    await driver.speak('a', 'speech', speech('0123456789'))
    await driver.play('a', 'recording', ['https://a.example/1.wav'])
    await effects.advance(60_000)
    expect(storySinceAnswer()).toEqual(['360 PLAYBACK_ENDED speech', '500 PLAYBACK_ENDED recording'])
  })

  it('fails, before the hangup is told, when the call ends in the middle', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered()
    await driver.play('a', 'p', ['https://a.example/1.wav'])
    await effects.advance(1000)
    await driver.hangup('a', 'NORMAL')
    await effects.run()
    expect(storySinceAnswer()).toEqual(['3000 PLAYBACK_ENDED p failed', '3000 HANGUP NORMAL US'])
  })

  it('fails too when the called side ends the call', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(85))
    await effects.advance(1000)
    await driver.speak('a', 'p', speech('hello'))
    await effects.run()
    expect(story().slice(2)).toEqual(['1500 PLAYBACK_ENDED p failed', '1500 HANGUP NORMAL THEM'])
  })

  it('fails, a moment later, on a call that rings, has ended or was never there', async () => {
    const { effects, driver, story, heard, place } = await createWorld()
    await place(scripted(70), { callId: 'ended' })
    await effects.advance(0)
    await place(scripted(60), { callId: 'rings' })
    await driver.speak('ended', 'p', speech('hello'))
    await driver.play('rings', 'p', [])
    await driver.speak('nobody', 'p', speech('hello'))
    expect(heard.filter((news) => news.type === 'PLAYBACK_ENDED')).toEqual([])
    await effects.advance(0)
    for (const callId of ['ended', 'rings', 'nobody']) {
      expect(story(callId).at(-1)).toBe('0 PLAYBACK_ENDED p failed')
    }
  })

  it('on a silent call is as silent as all else', async () => {
    const { effects, driver, heard, place } = await createWorld()
    await place(scripted(92))
    await driver.speak('a', 'p', speech('hello'))
    await driver.connect('a', phone('agent'))
    await effects.run()
    expect(heard).toEqual([])
  })

  it('that was begun already is not begun again', async () => {
    const { effects, driver, storySinceAnswer } = await createAnswered()
    await driver.speak('a', 'p', speech(''))
    await effects.advance(500)
    await driver.speak('a', 'p', speech(''))
    await effects.advance(60_000)
    expect(storySinceAnswer()).toEqual(['3000 PLAYBACK_ENDED p'])
  })
})

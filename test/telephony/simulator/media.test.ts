import { describe, expect, test } from 'vitest'
import { createWorld, leg, phone, scripted, unscripted } from './support.ts'

/** A call that was answered 2 s after the start, and what is told of it from then on. */
async function createAnswered(target = scripted(95), options: Parameters<typeof createWorld>[0] = {}) {
  const world = await createWorld({ answerRate: 1, ...options })
  await world.place(target)
  await world.effects.run({ until: () => world.heard.some((news) => news.type === 'ANSWERED') })
  const {
    tone,
    stopPlayback,
    receiveDigits,
    sendDigits,
    detectMachine,
    startRecording,
    stopRecording,
    dial,
    hangupLeg,
  } = world.driver
  if (!tone || !stopPlayback || !receiveDigits || !sendDigits || !detectMachine)
    throw new Error('a driver lacks something')
  if (!startRecording || !stopRecording || !dial || !hangupLeg) throw new Error('a driver lacks something')
  return {
    ...world,
    ...{ tone, stopPlayback, receiveDigits, sendDigits, detectMachine, startRecording, stopRecording, dial, hangupLeg },
    storySinceAnswer: () => world.story().slice(2),
  }
}

const settings = { format: 'wav', durationMaxMs: null, beep: false } as const

test('a tone lasts half a second', async () => {
  const { effects, tone, storySinceAnswer } = await createAnswered()
  await tone('a', 't')
  await effects.advance(10_000)
  expect(storySinceAnswer()).toEqual(['2500 PLAYBACK_ENDED t'])
})

test('a playback that is stopped ends at once, and once', async () => {
  const { effects, driver, stopPlayback, storySinceAnswer } = await createAnswered()
  await driver.play('a', 'p', ['https://a.example/1.wav'])
  await effects.advance(1000)
  await stopPlayback('a', 'p')
  await stopPlayback('a', 'p')
  expect(storySinceAnswer()).toEqual([])
  await effects.advance(10_000)
  await stopPlayback('a', 'p')
  await effects.advance(10_000)
  expect(storySinceAnswer()).toEqual(['3000 PLAYBACK_ENDED p'])
})

describe('who is asked for digits', () => {
  test('presses the last of their number 2 s later, each time', async () => {
    const { effects, receiveDigits, storySinceAnswer } = await createAnswered(scripted(97))
    await receiveDigits('a')
    await effects.advance(3000)
    await receiveDigits('a')
    await effects.advance(10_000)
    expect(storySinceAnswer()).toEqual(['4000 DIGIT 7', '7000 DIGIT 7'])
  })

  test('is divided by the speed', async () => {
    const { effects, receiveDigits, storySinceAnswer } = await createAnswered(scripted(97), { speed: 10 })
    await receiveDigits('a')
    await effects.advance(10_000)
    expect(storySinceAnswer()).toEqual(['400 DIGIT 7'])
  })

  test('presses none after the call has ended, and nobody does who is a machine or not of the script', async () => {
    for (const target of [scripted(85), scripted(80), unscripted(1)]) {
      const { effects, receiveDigits, storySinceAnswer } = await createAnswered(target)
      await receiveDigits('a')
      await effects.advance(3000)
      expect(storySinceAnswer().filter((line) => line.includes('DIGIT'))).toEqual([])
    }
  })

  test('does not mind digits that are sent', async () => {
    const { effects, sendDigits, storySinceAnswer } = await createAnswered()
    await sendDigits('a', '12', { durationMs: 100, intervalMs: 100 })
    await effects.advance(10_000)
    expect(storySinceAnswer()).toEqual([])
  })
})

test('a machine is told from a person after 2 s', async () => {
  for (const [target, result] of [
    [scripted(80), 'MACHINE'],
    [scripted(84), 'MACHINE'],
    [scripted(95), 'HUMAN'],
    [unscripted(1), 'HUMAN'],
  ] as const) {
    const { effects, heard, detectMachine } = await createAnswered(target)
    await detectMachine('a')
    await effects.advance(1999)
    expect(heard.at(-1)?.type).toBe('ANSWERED')
    await effects.advance(1)
    expect(heard.at(-1)).toMatchObject({ type: 'MACHINE', result })
  }
})

describe('a recording', () => {
  test('ends when it is stopped', async () => {
    const { effects, startRecording, stopRecording, storySinceAnswer } = await createAnswered()
    await startRecording('a', 'r', settings)
    await effects.advance(1000)
    await stopRecording('a', 'r')
    await stopRecording('a', 'r')
    await effects.advance(10_000)
    expect(storySinceAnswer()).toEqual(['3000 RECORDING_ENDED r simulated:r.wav'])
  })

  test('ends after its longest duration, whatever the speed', async () => {
    const { effects, startRecording, storySinceAnswer } = await createAnswered(scripted(95), { speed: 10 })
    await startRecording('a', 'r', { ...settings, durationMaxMs: 5000 })
    await effects.advance(10_000)
    expect(storySinceAnswer()).toEqual(['5200 RECORDING_ENDED r simulated:r.wav'])
  })

  test('ends with its call, before the hangup is told', async () => {
    const { effects, driver, startRecording, storySinceAnswer } = await createAnswered()
    await startRecording('a', 'r', settings)
    await driver.hangup('a', 'NORMAL')
    await effects.run()
    expect(storySinceAnswer()).toEqual(['2000 RECORDING_ENDED r simulated:r.wav', '2000 HANGUP NORMAL US'])
  })

  test('of a call that is not there fails', async () => {
    const { effects, startRecording, story } = await createAnswered()
    await startRecording('nobody', 'r', settings)
    await effects.advance(1)
    expect(story('nobody')).toEqual(['2000 RECORDING_ENDED r failed'])
  })
})

describe('a leg', () => {
  test('rings and is answered as a call to that number is, and its end leaves the call', async () => {
    const { effects, dial, driver, storySinceAnswer } = await createAnswered()
    await dial('a', leg('l', scripted(0)))
    await effects.advance(600_000)
    expect(storySinceAnswer()).toEqual(['4000 LEG_CONNECTED l', '9000 LEG_ENDED l answered'])
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    expect(await driver.list()).toEqual(['a'])
  })

  test('that is not answered ends, by its ring time at the latest', async () => {
    const { effects, dial, storySinceAnswer } = await createAnswered()
    await dial('a', leg('busy', scripted(50)))
    await dial('a', leg('silent', scripted(60), 5000))
    await dial('a', leg('lost', scripted(92)))
    await effects.advance(600_000)
    expect(storySinceAnswer()).toEqual(['3000 LEG_ENDED busy', '7000 LEG_ENDED silent'])
  })

  test('keeps the called side from hanging up, who then stays as long as it would have', async () => {
    const { effects, dial, storySinceAnswer } = await createAnswered(scripted(0))
    await effects.advance(1000)
    await dial('a', leg('l', scripted(85)))
    await effects.run()
    expect(storySinceAnswer()).toEqual(['4000 LEG_CONNECTED l', '4500 LEG_ENDED l answered', '9500 HANGUP NORMAL THEM'])
  })

  test('can be hung up, ringing or connected', async () => {
    const { effects, dial, hangupLeg, storySinceAnswer } = await createAnswered()
    await dial('a', leg('one', scripted(95)))
    await dial('a', leg('two', scripted(95)))
    await hangupLeg('a', 'one')
    await effects.advance(5000)
    await hangupLeg('a', 'two')
    await hangupLeg('a', 'nobody')
    await effects.advance(5000)
    expect(storySinceAnswer()).toEqual(['2000 LEG_ENDED one', '4000 LEG_CONNECTED two', '7000 LEG_ENDED two answered'])
  })

  test('ends with its call without a word, and the longest duration goes on', async () => {
    const world = await createWorld()
    await world.place(scripted(95), { maxDurationMs: 10_000 })
    await world.effects.advance(2000)
    await world.driver.dial('a', leg('l', scripted(95)))
    await world.effects.run()
    expect(world.story().slice(2)).toEqual(['4000 LEG_CONNECTED l', '12000 HANGUP TIMEOUT US'])
  })

  test('of a call that is not there ends at once', async () => {
    const { effects, dial, story } = await createAnswered()
    await dial('nobody', leg('l', scripted(0)))
    await effects.advance(1)
    expect(story('nobody')).toEqual(['2000 LEG_ENDED l'])
  })

  test('leaves the fate of other calls as it is', async () => {
    const fates = async (withLeg: boolean) => {
      const world = await createAnswered(scripted(95), { answerRate: 0.5 })
      if (withLeg) await world.dial('a', leg('l', unscripted(9)))
      for (let i = 0; i < 20; i++) await world.place(unscripted(i), { callId: `b${i}` })
      await world.effects.advance(600_000)
      return Array.from({ length: 20 }, (_, i) => world.story(`b${i}`))
    }
    expect(await fates(true)).toEqual(await fates(false))
  })
})

test('an agent takes a call over whose legs have ended', async () => {
  const { effects, dial, driver, storySinceAnswer } = await createAnswered()
  await dial('a', leg('l', scripted(85)))
  await effects.advance(3000)
  await driver.connect('a', phone('agent'))
  await effects.advance(1000)
  expect(storySinceAnswer()).toEqual([
    '3000 LEG_CONNECTED l',
    '3500 LEG_ENDED l answered',
    '6000 AGENT_CONNECTED agent',
  ])
})

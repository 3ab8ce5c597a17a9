import { describe, expect, it } from 'vitest'
import { createAnswered, createWorld } from './support.ts'

const times = { durationMs: 100, intervalMs: 150 }

describe('digits to the called side', () => {
  it('are sent one by one, each at its time', async () => {
    const { driver, advance, callId, sent } = await createAnswered()
    await driver.sendDigits(callId, '1#A', times)
    const digits = () => sent('uuid_send_dtmf').map((command) => command.split(' ').at(-1))
    expect(digits()).toEqual(['1@100'])
    await advance(249)
    expect(digits()).toEqual(['1@100'])
    await advance(1)
    expect(digits()).toEqual(['1@100', '#@100'])
    await advance(250)
    expect(digits()).toEqual(['1@100', '#@100', 'A@100'])
  })

  it('are no more sent once the call has ended', async () => {
    const { driver, advance, callId, sent, ends } = await createAnswered()
    await driver.sendDigits(callId, '12', { durationMs: 100, intervalMs: 5000 })
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
    await advance(10_000)
    expect(sent('uuid_send_dtmf').length).toBe(1)
  })

  it('are an error on a call that rings, has ended or was never there', async () => {
    const { driver, effects, place, ends } = await createWorld()
    const ringing = await place('1180')
    const ended = await place('1486')
    await ends(ended)
    for (const callId of [ringing, ended, effects.id()])
      await expect(driver.sendDigits(callId, '1', times)).rejects.toThrow('not answered')
  })

  it('are an error where the switch has lost the call', async () => {
    const { driver, fake, callId } = await createAnswered()
    fake.restart()
    await expect(driver.sendDigits(callId, '1', times)).rejects.toThrow()
  })
})

describe('digits from the called side', () => {
  it('are told as they are pressed', async () => {
    const { timedStory, advance } = await createAnswered({}, '1020')
    await advance(5000)
    expect(timedStory()).toEqual(['1184 DIGIT 1', '1972 DIGIT 9'])
  })

  it('that are told twice were pressed once, and those that were pressed twice are two', async () => {
    const { fake, callId, story, advance } = await createAnswered()
    fake.faults.doubled = true
    const channel = fake.current.find(callId)
    if (channel !== undefined) for (const digit of ['5', '5']) fake.current.press(channel, digit)
    await advance(100)
    expect(story()).toEqual(['DIGIT 5', 'DIGIT 5'])
  })

  it('are those of a telephone, and nothing else', async () => {
    const { fake, callId, story, advance } = await createAnswered()
    const channel = fake.current.find(callId)
    if (channel !== undefined) for (const digit of ['w', 'F', '', '12', 'd', '*']) fake.current.press(channel, digit)
    await advance(100)
    expect(story()).toEqual(['DIGIT D', 'DIGIT *'])
  })
})

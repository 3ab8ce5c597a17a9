import { describe, expect, it } from 'vitest'
import { subscribedEvents } from '../../../src/telephony/freeswitch/event.ts'
import type { Refusing } from './fake-switch.ts'
import { createAnswered, createWorld } from './support.ts'

const hello = 'http://a.example/hello.wav'
const long = 'http://a.example/long.wav'
const settings = { format: 'wav', durationMaxMs: null, beep: false } as const

describe('a switch that tells things', () => {
  it.each(['swapped', 'doubled', 'strange'] as const)('%s has its calls do what they are asked to', async (fault) => {
    const { fake, driver, leg, place, hears, ends, storyOf, advance } = await createWorld()
    fake.faults[fault] = true
    const callId = await place('1001')
    await hears(callId, 'ANSWERED')
    await driver.play(callId, 'p', [hello, hello])
    await driver.play(callId, 'q', [hello])
    await hears(callId, 'PLAYBACK_ENDED q')
    await driver.startRecording(callId, 'r', { ...settings, durationMaxMs: 1000 })
    await hears(callId, 'RECORDING_ENDED r /opt/recordings/r.wav')
    await driver.dial(callId, leg('l', '1000'))
    await hears(callId, 'LEG_ENDED l answered')
    await driver.play(callId, 's', [long])
    await advance(1000)
    await driver.stopPlayback(callId, 's')
    await hears(callId, 'PLAYBACK_ENDED s')
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
    await advance(5000)
    // News of the call itself is passed on as it comes.
    expect(storyOf(callId).filter((line) => line !== 'RINGING' && line !== 'ANSWERED')).toEqual([
      ...['PLAYBACK_ENDED p', 'PLAYBACK_ENDED q', 'RECORDING_ENDED r /opt/recordings/r.wav'],
      ...['LEG_CONNECTED l', 'LEG_ENDED l answered', 'PLAYBACK_ENDED s', 'HANGUP NORMAL US'],
    ])
    expect(fake.current.list()).toEqual([])
  })

  it('swapped has both of two digits told', async () => {
    const { fake, callId, story, advance } = await createAnswered()
    fake.faults.swapped = true
    fake.faults.doubled = true
    const channel = fake.current.find(callId)
    if (channel !== undefined) for (const digit of ['1', '2']) fake.current.press(channel, digit)
    await advance(100)
    expect(story().sort()).toEqual(['DIGIT 1', 'DIGIT 2'])
  })
})

describe('a switch whose events stop', () => {
  it('while it answers commands is found out by its heartbeat, and what was missed is told', async () => {
    const { fake, driver, place, hears, advance, storyOf, told } = await createWorld()
    const [hangsUp, plays] = [await place('1000'), await place('1001')]
    await hears(hangsUp, 'ANSWERED')
    await hears(plays, 'ANSWERED')
    await driver.play(plays, 'p', [hello])
    // The heartbeat after the last one that is told: the switch has said by then how often there is one.
    await advance(19_000 - 1000)
    await driver.play(plays, 'q', [long])
    await advance(2500)
    const last = await place('1000')
    await hears(last, 'ANSWERED')
    for (const name of subscribedEvents) fake.faults.withheld.add(name)
    await advance(60_000)
    expect(storyOf(last)).toEqual(['RINGING', 'ANSWERED'])
    await advance(25_000)
    expect(told).toEqual(['connected', 'disconnected: it sends no events any more', 'connected'])
    expect(storyOf(last).at(-1)).toBe('HANGUP UNKNOWN THEM')
    expect(storyOf(plays).at(-1)).toMatch(/^PLAYBACK_ENDED q/)
  })

  it('and that never had a heartbeat is left alone', async () => {
    const { fake, advance, told } = await createWorld()
    fake.faults.withheld.add('HEARTBEAT')
    await advance(600_000)
    expect(told).toEqual(['connected'])
  })

  async function createMute() {
    const world = await createWorld()
    for (const name of subscribedEvents) world.fake.faults.withheld.add(name)
    return world
  }

  it('has calls that are looked up, and found, and hung up', async () => {
    const { fake, driver, request, storyOf, advance } = await createMute()
    const placed = request('1001')
    expect(await driver.originate(placed)).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.lookup(placed.callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    expect(await driver.list()).toEqual([placed.callId])
    await driver.hangup(placed.callId, 'NORMAL')
    await advance(100)
    expect(fake.current.list()).toEqual([])
    expect(await driver.lookup(placed.callId)).toEqual({ type: 'CANNOT_TELL' })
    expect(storyOf(placed.callId)).toEqual(['HANGUP UNKNOWN THEM'])
  })

  it('has deadlines kept by the driver all the same', async () => {
    const { fake, driver, request, advance } = await createMute()
    const ringing = request('1180', { ringTimeoutMs: 5000 })
    const talking = request('1001', { maxDurationMs: 5000 })
    for (const placed of [ringing, talking]) {
      await driver.originate(placed)
      await driver.lookup(placed.callId)
    }
    await advance(8000)
    expect(fake.current.list()).toEqual([])
    expect(fake.commands).toContain(`api uuid_kill ${ringing.callId} NO_ANSWER`)
    expect(fake.commands).toContain(`api uuid_kill ${talking.callId} ALLOTTED_TIMEOUT`)
  })
})

describe('a switch that is full, throttled or paused', () => {
  it.each<Refusing>(['FULL', 'THROTTLED', 'PAUSED', 'MISREAD'])(
    '(%s) rings neither legs nor agents',
    async (refusing) => {
      const { fake, driver, leg, phone, callId, story, advance } = await createAnswered()
      fake.current.refuseOriginates(refusing)
      await driver.dial(callId, leg('l', '1001'))
      await driver.connect(callId, phone('agent', '1001'))
      await advance(1000)
      expect(story()).toEqual(['LEG_ENDED l', 'AGENT_MISSED agent'])
      expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
    },
  )
})

describe('a switch that is killed', () => {
  it('takes everything of its calls with it, and each is told of once, before its call', async () => {
    const { fake, driver, leg, callId, hears, story, advance } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await driver.dial(callId, leg('l', '1001'))
    await hears(callId, 'LEG_CONNECTED l')
    await driver.dial(callId, leg('m', '1180'))
    await driver.play(callId, 'p', [long])
    await advance(1000)
    fake.restart()
    await advance(60_000)
    expect(story()).toEqual([
      'LEG_CONNECTED l',
      'RECORDING_ENDED r /opt/recordings/r.wav',
      'PLAYBACK_ENDED p failed',
      'HANGUP UNKNOWN THEM',
    ])
    expect(await driver.list()).toEqual([])
  })

  it('is not asked for anything while it is gone', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    fake.restart()
    await advance(100)
    await expect(driver.dial(callId, leg('l', '1001'))).rejects.toThrow()
    await expect(driver.tone(callId, 't')).rejects.toThrow()
    await expect(driver.startRecording(callId, 'r', settings)).rejects.toThrow()
    await expect(driver.stopRecording(callId, 'r')).rejects.toThrow()
    await expect(driver.stopPlayback(callId, 'p')).rejects.toThrow()
    await expect(driver.hangupLeg(callId, 'l')).rejects.toThrow()
    await advance(5000)
    expect(story()).toEqual(['HANGUP UNKNOWN THEM'])
    expect(fake.jobIds.length).toBe(1)
  })
})

describe('what callers wrote', () => {
  it.each(['alice', 'a}b', "x'y", '1000\r\napi uuid_kill', '1000;x=y', '<1000>', '1000,x=y'])(
    'as a caller id (%j) reaches no command, and no call is placed',
    async (target) => {
      const { fake, driver, request } = await createWorld()
      const from = { ...request('1').from, target, name: target, detail: target, targetName: target }
      expect(await driver.originate({ ...request('1001'), from })).toEqual({ type: 'REJECTED', reason: 'FAILED' })
      expect(fake.commands.filter((one) => one.startsWith('bgapi') || one.includes(target))).toEqual([])
    },
  )
})

import { describe, expect, it } from 'vitest'
import { createRequestQueue } from '../../../src/telephony/asterisk/request-queue.ts'
import { withMedia } from '../../support/media.ts'
import { startOnLine } from './line-support.ts'
import { ableDriver, leg, phone, request } from './support.ts'

const isPlacing = ({ method, path }: { method: string; path: readonly string[] }) =>
  method === 'POST' && path.join() === 'channels'

describe('the queue of requests', () => {
  function open() {
    const queue = createRequestQueue({ underWayMax: 3, newCallsUnderWayMax: 2 })
    const started: string[] = []
    const leaves = new Map<string, () => void>()
    const enter = (name: string, isNewCall: boolean) =>
      leaves.set(
        name,
        queue.enter(isNewCall, () => started.push(name)),
      )
    return { queue, started, enter, leave: (name: string) => leaves.get(name)?.() }
  }

  it('keeps connections free for those who are on the line', () => {
    const { queue, started, enter } = open()
    for (const name of ['call 1', 'call 2', 'call 3']) enter(name, true)
    enter('hangup', false)
    expect(started).toEqual(['call 1', 'call 2', 'hangup'])
    expect(queue.newCallsWaiting).toBe(1)
  })

  it('starts new calls after all others, each kind in its order', () => {
    const { started, enter, leave } = open()
    for (const name of ['a', 'b', 'c']) enter(name, false)
    enter('call 1', true)
    enter('call 2', true)
    enter('d', false)
    for (const name of ['a', 'b', 'c']) leave(name)
    expect(started.slice(3)).toEqual(['d', 'call 1', 'call 2'])
  })

  it('forgets who leaves it, waiting or under way, and makes room once', () => {
    const { queue, started, enter, leave } = open()
    for (const name of ['call 1', 'call 2', 'call 3', 'call 4', 'call 5']) enter(name, true)
    leave('call 3')
    leave('call 1')
    leave('call 1')
    expect(started).toEqual(['call 1', 'call 2', 'call 4'])
    expect(queue.newCallsWaiting).toBe(1)
  })
})

describe('calls that Asterisk takes more slowly than they are placed', () => {
  /** An Asterisk that leaves the first requests for calls without an answer. */
  async function startStalled(count: number) {
    const world = await startOnLine()
    await world.start()
    for (let i = 0; i < count; i++) world.desk.trouble(isPlacing, { type: 'SILENCE' })
    const answers = Array.from({ length: count + 4 }, (_, i) => world.driver.originate(request(`${i}`, '1001')))
    await world.effects.settle()
    return { ...world, answers }
  }

  it('are refused well before anybody stops waiting for their answer, and are known not to have been sent', async () => {
    const { desk, driver, effects, answers } = await startStalled(16)
    await effects.advance(500)
    const late = await Promise.all(answers.slice(16))
    expect(late).toMatchObject(Array(4).fill({ type: 'NOT_SENT' }))
    expect(driver.room?.()).toEqual({ calls: 0, againInMs: 50 })
    await effects.advance(1300)
    expect(await Promise.all(answers.slice(0, 16))).toEqual(Array(16).fill({ type: 'INDETERMINATE' }))
    const asked = desk.asked('POST', 'channels').map(({ body }) => body.channelId)
    expect(asked).toEqual(Array.from({ length: 16 }, (_, i) => `${i}`))
    expect(await driver.lookup('19')).toEqual({ type: 'CANNOT_TELL' })
  })

  it('say so in the log once, and do not keep a hangup waiting', async () => {
    const { desk, driver, effects, said, placeAnswered, ...world } = await startOnLine()
    await world.start()
    await placeAnswered('a')
    for (let i = 0; i < 16; i++) desk.trouble(isPlacing, { type: 'SILENCE' })
    for (let i = 0; i < 40; i++) void driver.originate(request(`${i}`, '1001'))
    await driver.hangup('a', 'NORMAL')
    expect(desk.asked('DELETE', 'channels').length).toBe(1)
    await effects.advance(2000)
    expect(said.entries.filter(({ message }) => message.includes('no connection to Asterisk was free')).length).toBe(1)
  })

  it('end as their hangup says where that comes before they are sent', async () => {
    const { desk, driver, effects, answers, storyOf } = await startStalled(16)
    await driver.hangup('17', 'CANCEL')
    expect(storyOf('17')).toEqual(['HANGUP CANCEL US'])
    await effects.advance(2000)
    expect(await answers[17]).toEqual({ type: 'INDETERMINATE' })
    expect(desk.asked('POST', 'channels').some(({ body }) => body.channelId === '17')).toBe(false)
    expect(desk.asked('DELETE', 'channels')).toEqual([])
    expect(await driver.lookup('17')).toMatchObject({ type: 'ENDED', reason: 'CANCEL' })
  })
})

describe('a request that is withdrawn while every connection is taken', () => {
  /** Whose answered call 'a' is there, and all of whose 20 connections wait for answers that never come. */
  async function startTaken() {
    const world = await startOnLine()
    const { desk, driver, effects, start, placeAnswered } = world
    await start()
    await placeAnswered('a')
    for (let i = 0; i < 20; i++) {
      desk.trouble(({ path }) => path[1] === 'nobody', { type: 'SILENCE' })
      void driver.lookup('nobody').catch(() => {})
    }
    await effects.settle()
    return { ...world, driver: withMedia(driver), ...ableDriver(withMedia(driver)) }
  }

  const settings = { format: 'wav', durationMaxMs: null, beep: false } as const
  type Taken = Awaited<ReturnType<typeof startTaken>>

  it.each<[string, (of: Taken) => Promise<unknown>[], string[]]>([
    [
      'for a playback',
      ({ driver, stopPlayback }) => [driver.play('a', 'p', ['http://localhost/a.wav']), stopPlayback('a', 'p')],
      ['PLAYBACK_ENDED p'],
    ],
    [
      'for a recording',
      ({ startRecording, stopRecording }) => [startRecording('a', 'r', settings), stopRecording('a', 'r')],
      ['RECORDING_ENDED r failed'],
    ],
    ['for somebody else', ({ dial, hangupLeg }) => [dial('a', leg('l', '1001')), hangupLeg('a', 'l')], ['LEG_ENDED l']],
    [
      "for an agent's phone",
      ({ driver }) => [driver.connect('a', phone('x', 'agent1')), driver.withdraw('a', 'x')],
      [],
    ],
    [
      'for what follows on a call that is hung up',
      ({ driver, sendDigits, detectMachine }) => [
        driver.hangup('a', 'NORMAL'),
        sendDigits('a', '1', { durationMs: 100, intervalMs: 100 }).catch(() => {}),
        detectMachine('a').catch(() => {}),
      ],
      ['HANGUP NORMAL US'],
    ],
  ])('%s is never sent', async (_what, ask, story) => {
    const world = await startTaken()
    const { desk, effects, storyOf } = world
    const sentBefore = desk.asked('POST', 'channels').length
    const asked = ask(world)
    await effects.advance(10_000)
    await Promise.all(asked)
    expect(desk.asked('POST', 'channels').slice(sentBefore)).toEqual([])
    expect(storyOf('a').slice(2)).toEqual(story)
  })
})

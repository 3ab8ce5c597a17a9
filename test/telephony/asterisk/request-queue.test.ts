import { describe, expect, it } from 'vitest'
import { createRequestQueue } from '../../../src/telephony/asterisk/request-queue.ts'
import { startOnLine } from './line-support.ts'
import { request } from './support.ts'

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
    expect(late).toEqual(Array(4).fill({ type: 'REJECTED', reason: 'CONGESTION', retryAfterMs: 500, notSent: true }))
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

import { describe, expect, it } from 'vitest'
import { startOnLine } from './line-support.ts'

const minuteMs = 60_000

/** A driver whose requests for the connection for events are taken and not answered. */
async function startUnanswered(count: number) {
  const world = await startOnLine()
  world.desk.leaveUnanswered(count)
  await world.start()
  return world
}

describe('a connection that Asterisk does not answer although it answers requests', () => {
  it('is told of as an Asterisk that hangs, and asked for again after 10 s, 20 s and 40 s', async () => {
    const { desk, effects, told, driver } = await startUnanswered(3)
    await effects.advance(5000)
    expect(told).toEqual([expect.stringContaining('it hangs, and has to be restarted')])
    expect((await driver.health()).detail).toContain('it hangs')
    const asked: number[] = []
    for (let second = 0; second < 120 && told.length < 2; second++) {
      const before = desk.greetings()
      await effects.advance(1000)
      if (desk.greetings() > before) asked.push(second + 1)
    }
    // Each is waited for 5 s; whether its time has come is looked at every 10 s.
    expect(asked).toEqual([10, 35, 80])
    expect(told.at(-1)).toBe('connected')
  })

  it('is asked for ten times at most, for each keeps a session of Asterisk', async () => {
    const { desk, effects, told } = await startUnanswered(1000)
    await effects.advance(6 * 60 * minuteMs)
    expect(desk.greetings()).toBe(10)
    expect(told.length).toBe(1)
  })

  it('is asked for at once when Asterisk was started anew', async () => {
    const { desk, line, effects, told } = await startUnanswered(1000)
    await effects.advance(6 * 60 * minuteMs)
    line.kill()
    await effects.advance(minuteMs)
    desk.leaveUnanswered(0)
    desk.boot()
    await effects.advance(10_000)
    expect(told.at(-1)).toBe('connected')
  })

  it('is asked for as ever where nothing at all is answered', async () => {
    const { desk, effects, told, start } = await startOnLine()
    desk.leaveUnanswered(2)
    desk.trouble(({ path }) => path.join() === 'asterisk,info', { type: 'SILENCE' })
    desk.trouble(({ path }) => path.join() === 'asterisk,info', { type: 'SILENCE' })
    await start()
    await effects.advance(30_000)
    expect(told).toEqual(['disconnected: no connection within 5000 ms', 'connected'])
  })
})

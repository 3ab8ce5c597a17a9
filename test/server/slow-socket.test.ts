import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createEffects } from '../../src/kernel/effects.ts'
import { limits } from '../../src/limits.ts'
import { bareSubscription, endlessCampaign, liveCampaign, quiet, turn, twoEndlessCampaigns } from './live-campaign.ts'
import { manualTimers } from './manual-timers.ts'
import { startServer } from './start-server.ts'

/** How often a client with nothing to read is sent a heartbeat. */
const pingIntervalMs = 12_000
const eventBytes = 64 * 1024

/** A server whose timers are the test's, and a client of it that has subscribed. */
async function given(answers: Parameters<typeof startServer>[0]) {
  const { elapse, timer, count } = manualTimers()
  const { port, lines } = await startServer(answers, { effects: { ...createEffects(), timer } })
  const connect = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws')
    onTestFinished(() => socket.terminate())
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    return socket
  }
  const subscribe = (socket: WebSocket) =>
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: bareSubscription } }))
  return { elapse, timers: count, connect, subscribe, lines }
}

async function closeOf(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = await once(socket, 'close')
  return [code, String(reason)]
}

const told = [1013, 'The client did not read for too long. Reconnect, and resume after your last cursor.']

describe('a client that stops reading', () => {
  test('is closed after 10 s with 1013, its source ended at once, and reads so when it reads again', async () => {
    const { sent, answers, returned } = endlessCampaign()
    const { elapse, timers, connect, subscribe, lines } = await given(answers)
    const socket = await connect()
    subscribe(socket)
    socket.pause()
    await quiet(sent)
    elapse(limits.streamReadWithinMs - 1)
    await quiet(sent)
    expect(socket.readyState).toBe(socket.OPEN)
    expect(lines).toEqual([])
    elapse(1)
    await returned
    expect(timers()).toBe(0)
    expect(lines).toMatchObject([{ level: 'info' }])
    socket.resume()
    expect(await closeOf(socket)).toEqual(told)
  })

  test('costs less than 2 MB', async () => {
    const { sent, answers } = endlessCampaign()
    const { connect, subscribe } = await given(answers)
    const socket = await connect()
    subscribe(socket)
    socket.pause()
    await quiet(sent)
    expect(sent.count * eventBytes).toBeGreaterThanOrEqual(limits.socketUnreadBytesMax)
    expect(sent.count * eventBytes).toBeLessThan(limits.socketUnreadBytesMax + 2 * eventBytes)
    expect(limits.socketUnreadBytesMax + 2 * eventBytes).toBeLessThan(2_000_000)
  })

  test('is the only one that notices', async () => {
    const { sent, answers } = twoEndlessCampaigns()
    const { elapse, connect, subscribe } = await given(answers)
    const [stuck, other] = [await connect(), await connect()]
    subscribe(stuck)
    stuck.pause()
    await quiet(sent)
    const received = { count: 0 }
    other.on('message', () => received.count++)
    subscribe(other)
    const until = async (count: number) => {
      while (received.count < count) await turn()
    }
    await until(100)
    elapse(limits.streamReadWithinMs - 1)
    await until(received.count + 100)
    elapse(1)
    await until(received.count + 100)
    expect(other.readyState).toBe(other.OPEN)
    stuck.resume()
    expect(await closeOf(stuck)).toEqual(told)
  })

  test('with nothing to read is sent heartbeats, and closed when it answers none', async () => {
    const { stream, answers } = liveCampaign()
    const { elapse, connect, subscribe } = await given(answers)
    const socket = await connect()
    subscribe(socket)
    await stream.waiting()
    socket.pause()
    elapse(pingIntervalMs)
    elapse(limits.streamReadWithinMs)
    await stream.returned
    socket.resume()
    expect(await closeOf(socket)).toEqual(told)
  })

  test('and says of what it has not read that it has is sent no more than the kernel takes for it', async () => {
    const { sent, answers } = endlessCampaign()
    const { connect, subscribe } = await given(answers)
    const socket = await connect()
    subscribe(socket)
    socket.pause()
    await quiet(sent)
    const stalledAt = sent.count
    const cause = 'x'.repeat(eventBytes)
    let bytes = JSON.stringify({ type: 'connection_ack' }).length
    for (let n = 1; n <= 600; n++) {
      const payload = { data: { campaignTransitioned: { cursor: `cursor-${n}`, cause } } }
      bytes += JSON.stringify({ id: '1', type: 'next', payload }).length
      socket.pong(String(bytes))
      for (let turns = 0; turns < 10; turns++) await turn()
    }
    expect(sent.count).toBeGreaterThan(stalledAt)
    expect(sent.count).toBeLessThan(500)
  })
})

describe('a client that reads', () => {
  test('however slowly, is not closed, and misses nothing', async () => {
    const { sent, answers } = endlessCampaign()
    const { elapse, connect, subscribe } = await given(answers)
    const socket = await connect()
    const cursors: string[] = []
    socket.on('message', (data) => {
      cursors.push(JSON.parse(String(data)).payload.data.campaignTransitioned.cursor)
      socket.pause()
    })
    subscribe(socket)
    for (let round = 0; round < 20; round++) {
      const seen = cursors.length
      socket.resume()
      while (cursors.length === seen) await turn()
      await quiet(sent)
      elapse(limits.streamReadWithinMs - 1)
    }
    expect(socket.readyState).toBe(socket.OPEN)
    expect(cursors).toEqual(cursors.map((_, i) => `cursor-${i + 1}`))
  })

  test('and has nothing to read stays, however long that is', async () => {
    const { stream, answers } = liveCampaign()
    const { elapse, timers, connect, subscribe } = await given(answers)
    const socket = await connect()
    subscribe(socket)
    await stream.waiting()
    for (let round = 0; round < 3; round++) {
      const asked = once(socket, 'ping')
      elapse(pingIntervalMs)
      await asked
      for (let turns = 0; turns < 100; turns++) await turn()
      elapse(limits.streamReadWithinMs)
    }
    expect(socket.readyState).toBe(socket.OPEN)
    expect(timers()).toBe(1)
  })
})

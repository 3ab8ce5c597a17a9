import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
import { limits } from '../../src/limits.ts'
import { fakeCampaignTransition } from '../graphql/fake-objects.ts'
import { bareSubscription, endlessCampaign, liveCampaign, quiet, turn, twoEndlessCampaigns } from './live-campaign.ts'
import { manualTimers } from './manual-timers.ts'
import { startServer } from './start-server.ts'

const lookMs = limits.streamReadWithinMs

/** A server whose timers are the test's. */
async function given(answers: Parameters<typeof startServer>[0]) {
  const { elapse, timer, count } = manualTimers()
  const { port, lines } = await startServer(answers, { effects: { ...createEffects(), timer } })
  return { elapse, timers: count, port, lines }
}

/** A client of server-sent events that has asked for them, and reads once it is resumed. */
function ask(port: number) {
  const body = JSON.stringify({ query: bareSubscription })
  const socket: Socket = connect(port, '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  socket.pause()
  socket.on('error', () => undefined)
  const received = { bytes: 0, text: '' }
  socket.on('data', (data) => {
    received.bytes += data.length
    received.text = `${received.text}${data}`.slice(-1000)
  })
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  // To listen for data has set it going again.
  socket.pause()
  return { socket, received, closed: new Promise<void>((resolve) => socket.once('close', () => resolve())) }
}

test('a client of a server-sent stream that stops reading is cut when it has taken nothing for 10 s', async () => {
  const { sent, answers, returned } = endlessCampaign()
  const { elapse, timers, port, lines } = await given(answers)
  const { socket, received, closed } = ask(port)
  await quiet(sent)
  elapse(lookMs)
  expect(lines).toEqual([])
  elapse(lookMs)
  await returned
  expect(timers()).toBe(0)
  expect(lines).toMatchObject([{ level: 'info' }])
  socket.resume()
  await closed
  expect(received.text).not.toContain('event: complete')
})

test('the others go on', async () => {
  const { sent, answers, returned } = twoEndlessCampaigns()
  const { elapse, port } = await given(answers)
  const { socket: stuck } = ask(port)
  await quiet(sent)
  const { socket: other, received } = ask(port)
  other.resume()
  const more = async () => {
    const before = received.bytes
    while (received.bytes < before + 4_000_000) await turn()
  }
  for (let look = 0; look < 5; look++) {
    await more()
    elapse(lookMs)
  }
  await returned
  await more()
  expect(stuck.destroyed).toBe(false)
  expect(other.readyState).toBe('open')
})

test('a client that reads, however slowly, is not cut', async () => {
  const { sent, answers } = endlessCampaign()
  const { elapse, port, lines } = await given(answers)
  const { socket, received } = ask(port)
  for (let look = 0; look < 5; look++) {
    await quiet(sent)
    elapse(lookMs)
    // The kernel says that there is room again when a good part of what it holds has been read.
    const before = sent.count
    socket.resume()
    while (sent.count === before) await turn()
    socket.pause()
  }
  expect(lines).toEqual([])
  expect(received.bytes).toBeGreaterThan(0)
})

test('a client with nothing to read stays, however long that is', async () => {
  const { stream, answers } = liveCampaign()
  const { elapse, port, lines } = await given(answers)
  const { socket, received } = ask(port)
  socket.resume()
  await stream.waiting()
  for (let look = 0; look < 5; look++) elapse(lookMs)
  stream.push(fakeCampaignTransition({ cause: 'at last' }))
  while (!received.text.includes('at last')) await turn()
  expect(lines).toEqual([])
})

test('a client that leaves is no longer looked at', async () => {
  const { stream, answers } = liveCampaign()
  const { timers, port } = await given(answers)
  const { socket } = ask(port)
  await stream.waiting()
  expect(timers()).toBe(1)
  socket.destroy()
  await stream.returned
  expect(timers()).toBe(0)
})

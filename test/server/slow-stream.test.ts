import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fakeCampaignTransition } from '../graphql/fake-objects.ts'
import { bareSubscription, endlessCampaign, liveCampaign, quiet, turn, twoEndlessCampaigns } from './live-campaign.ts'
import { startServer } from './start-server.ts'

// The time is that of the connection itself, which no test can move: it is made short.
vi.mock('../../src/limits.ts', async (load) => {
  const { limits } = await load<typeof import('../../src/limits.ts')>()
  return { limits: { ...limits, streamReadWithinMs: 100 } }
})

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

test('a client of a server-sent stream that stops reading is cut, and its source ended', async () => {
  const { sent, answers, returned } = endlessCampaign()
  const { port, lines } = await startServer(answers)
  const { socket, received, closed } = ask(port)
  await quiet(sent)
  await returned
  expect(lines).toMatchObject([{ level: 'info' }])
  socket.resume()
  await closed
  expect(received.text).not.toContain('event: complete')
})

test('the others go on', async () => {
  const { sent, answers, returned } = twoEndlessCampaigns()
  const { port } = await startServer(answers)
  const { socket: stuck } = ask(port)
  await quiet(sent)
  const { socket: other, received } = ask(port)
  other.resume()
  const more = async () => {
    const before = received.bytes
    while (received.bytes < before + 4_000_000) await turn()
  }
  await more()
  await returned
  expect(stuck.destroyed).toBe(false)
  expect(other.readyState).toBe('open')
})

test('a client with nothing to read stays, however long that is', async () => {
  const { stream, answers } = liveCampaign()
  const { port, lines } = await startServer(answers)
  const { socket, received } = ask(port)
  socket.resume()
  // Comments that keep the connection alive come three times a second in tests.
  const comments = () => received.text.split(':\n\n').length - 1
  while (comments() < 4) await turn()
  stream.push(fakeCampaignTransition({ cause: 'at last' }))
  while (!received.text.includes('at last')) await turn()
  expect(lines).toEqual([])
})

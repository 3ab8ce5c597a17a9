import { expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { givenCentre, givenMailServer } from '../sending/support.ts'
import { tel } from '../support/given.ts'
import { givenProgram } from './program.ts'

const count = 1000
const unlimited = { DIALGRAPH_CALLS_PER_SECOND: '0', DIALGRAPH_CONCURRENT_CALLS_MAX: '0' }
const places = Array.from({ length: count }, (_, place) => place)

test('a campaign of e-mails reaches a thousand people through a real mail server, each once', async () => {
  const server = await givenMailServer()
  const text = 'Dear {{target.name}}, it is on its way.'
  const program = await givenProgram(
    { ...unlimited, DIALGRAPH_SMTP_URL: server.url },
    { type: 'FLOW', actions: [{ type: 'EMAIL_SEND', option: { subject: 'Your order', text } }] },
  )
  const addressOf = (place: number) => `person${place}@example.com`
  await program.add(
    places.map((place) => ({ name: `P${place}`, destination: { type: 'EMAIL', target: addressOf(place) } })),
  )
  await program.runToEnd()
  expect(server.mails.map(({ to }) => to.join()).toSorted()).toEqual(places.map(addressOf).toSorted())
  for (const { to, source } of server.mails)
    expect(source).toContain(`Dear P${/\d+/.exec(to[0] ?? '')?.[0]}, it is on its way.`)
  const [stats] = await program.app.campaigns.stats(localViewer, [program.campaignId])
  expect(stats).toMatchObject({ callsTotal: count, success: count, fail: 0, targetsDone: count })
}, 60_000)

test('a campaign of messages reaches a thousand people through a real message centre, each once', async () => {
  const centre = await givenCentre()
  const program = await givenProgram(
    { ...unlimited, DIALGRAPH_SMPP_URL: centre.url },
    { type: 'FLOW', actions: [{ type: 'MESSAGE_SEND', option: { text: 'Hello {{target.name}}' } }] },
  )
  const numberOf = (place: number) => `+1202555${String(place).padStart(4, '0')}`
  await program.add(places.map((place) => ({ name: `P${place}`, destination: tel(numberOf(place)) })))
  await program.runToEnd()
  const received = centre.submitted.map(
    (pdu) => pdu as unknown as { destination_addr: string; short_message: { message: string } },
  )
  expect(received.map((pdu) => `+${pdu.destination_addr}`).toSorted()).toEqual(places.map(numberOf).toSorted())
  for (const { destination_addr: to, short_message: text } of received)
    expect(text.message).toBe(`Hello P${Number(to.slice(-4))}`)
  const [stats] = await program.app.campaigns.stats(localViewer, [program.campaignId])
  expect(stats).toMatchObject({ callsTotal: count, success: count, fail: 0, targetsDone: count })
}, 60_000)

test('a campaign that sends is not run where there is nothing to send by', async () => {
  const send = (type: 'EMAIL_SEND' | 'MESSAGE_SEND', option: object) => ({ type, option })
  const program = await givenProgram(
    {},
    {
      type: 'FLOW',
      actions: [send('EMAIL_SEND', { subject: 'Hello', text: 'Hello' }), send('MESSAGE_SEND', { text: 'Hello' })],
    },
  )
  const { errors } = await program.run()
  expect(errors.map(({ code, field }) => [code, ...field])).toEqual([
    ['STATE_CONFLICT', 'actions'],
    ['STATE_CONFLICT', 'actions'],
  ])
  expect(errors.map(({ message }) => /DIALGRAPH_\w+/.exec(message)?.[0])).toEqual([
    'DIALGRAPH_SMTP_URL',
    'DIALGRAPH_SMPP_URL',
  ])
})

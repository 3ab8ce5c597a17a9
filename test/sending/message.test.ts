import { describe, expect, test } from 'vitest'
import type { SendingResult } from '../../src/domain/sending.ts'
import type { Log } from '../../src/kernel/log.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { limits } from '../../src/limits.ts'
import { countResults, givenCentre, givenDeadPort, givenReceiver, givenSender, message, webhook } from './support.ts'

const throttled = 0x58
const queueFull = 0x14

describe('a message', () => {
  test('is submitted once, from number to number', async () => {
    const centre = await givenCentre()
    const { sender } = givenSender({ messages: centre.url })
    expect(await sender.send(message({ text: 'Grüße' }))).toEqual({
      type: 'TAKEN',
      detail: 'The message centre took it as id1.',
    })
    expect(centre.submitted).toHaveLength(1)
    expect(centre.submitted[0]).toMatchObject({
      ...{ source_addr: '12025550100', source_addr_ton: 1, source_addr_npi: 1 },
      ...{ destination_addr: '12025550101', dest_addr_ton: 1, dest_addr_npi: 1 },
      ...{ data_coding: 0, esm_class: 0, short_message: { message: 'Grüße' } },
    })
  })

  test('that is long goes in parts of one text, or in one payload', async () => {
    const centre = await givenCentre()
    const { sender, pass } = givenSender({ messages: centre.url })
    expect(await pass(sender.send(message({ text: 'x'.repeat(300) })))).toMatchObject({ type: 'TAKEN' })
    expect(centre.submitted.map((pdu) => (pdu as unknown as { esm_class: number }).esm_class)).toEqual([0x40, 0x40])
    const whole = await givenCentre(() => 0, { parameters: '?long=payload' })
    const { sender: other } = givenSender({ messages: whole.url })
    expect(await other.send(message({ text: 'x'.repeat(300) }))).toMatchObject({ type: 'TAKEN' })
    expect(whole.submitted).toMatchObject([{ message_payload: { message: 'x'.repeat(300) } }])
    const many = await other.send(message({ text: 'ж'.repeat(67 * limits.messagePartsMax + 1) }))
    expect(many).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining(`${limits.messagePartsMax + 1}`) })
  })

  test('is refused with the name of the status, and unknown where only a part of it was taken', async () => {
    const centre = await givenCentre((_pdu, _session, place) => (place === 2 ? 0 : 0x0b))
    const { sender, pass } = givenSender({ messages: centre.url })
    expect(await sender.send(message())).toEqual({
      type: 'REFUSED',
      detail: 'The message centre answered with ESME_RINVDSTADR.',
    })
    expect(await pass(sender.send(message({ text: 'x'.repeat(400) })))).toMatchObject({
      type: 'UNKNOWN',
      detail: expect.stringContaining('1 of 3 parts'),
    })
    expect(centre.submitted).toHaveLength(3)
  })

  test('is unknown where the connection is lost after it was submitted; the next one finds another connection', async () => {
    const centre = await givenCentre((_pdu, _session, place) => {
      if (place > 1) return 0
      centre.drop()
      return undefined
    })
    const { sender, pass } = givenSender({ messages: centre.url })
    expect(await sender.send(message())).toMatchObject({ type: 'UNKNOWN' })
    expect(await pass(sender.send(message()))).toMatchObject({ type: 'TAKEN' })
    expect(centre.submitted).toHaveLength(2)
  })

  test('waits for the message centre, and is refused when it does not come', async () => {
    const { sender, effects, pass } = givenSender({ messages: `smpp://us:secret@127.0.0.1:${await givenDeadPort()}` })
    const result = await pass(sender.send(message()))
    expect(result).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('ECONNREFUSED') })
    expect(effects.monotonic()).toBe(limits.messageWithinMs)
  })

  test('that waits, or is answered late, keeps nothing running when the sender has stopped', async () => {
    const mute = await givenCentre(() => undefined)
    const servers = [`smpp://us:secret@127.0.0.1:${await givenDeadPort()}`, mute.url]
    for (const messages of servers) {
      const { sender, effects } = givenSender({ messages })
      const sent = sender.send(message())
      await (messages === mute.url ? mute.reached(1) : effects.settle())
      await sender.stop()
      expect(await sent).toMatchObject({ type: 'UNKNOWN' })
      await effects.run({ limitMs: 0 })
    }
  })

  test('waits until the message centre lets us in; what it says is logged once, without the password', async () => {
    const entries: string[] = []
    const note = (fields: object, text: string) => entries.push(JSON.stringify({ ...fields, text }))
    const log: Log = { ...silentLog, info: note, warn: note }
    let refusals = 3
    const centre = await givenCentre(() => 0, { bindStatus: () => (refusals-- > 0 ? 0x0e : 0) })
    const { sender, pass } = givenSender({ messages: centre.url, log })
    expect(await pass(sender.send(message()))).toMatchObject({ type: 'TAKEN' })
    expect(entries).toEqual([
      expect.stringContaining('ESME_RINVPASWD'),
      expect.stringContaining('bound to the message centre'),
    ])
    expect(entries.join()).not.toContain('secret')
  })

  test('that hangs is unknown at its deadline, and other kinds are not held up', async () => {
    const centre = await givenCentre(() => undefined)
    const receiver = await givenReceiver((response) => response.end())
    const { sender, effects } = givenSender({ messages: centre.url })
    const sent = sender.send(message())
    await centre.reached(1)
    expect(await sender.send(webhook(receiver.url))).toMatchObject({ type: 'TAKEN' })
    await effects.advance(limits.messageWithinMs)
    expect(await sent).toMatchObject({ type: 'UNKNOWN' })
    expect(centre.submitted).toHaveLength(1)
  })

  test('is not sent to a centre that missed its heartbeats: a new connection is made', async () => {
    const centre = await givenCentre(() => 0, { isMute: true })
    const { sender, effects, pass } = givenSender({ messages: centre.url })
    await sender.send(message())
    await effects.advance(limits.messageCentreHeartbeatMs + limits.messageCentreAnswerMs)
    expect(await pass(sender.send(message()))).toMatchObject({ type: 'TAKEN' })
    expect(centre.sessions).toHaveLength(2)
  })

  test('that is throttled is sent again at a lower pace: a thousand are taken, each once', async () => {
    const takenTexts: string[] = []
    let bucket = 20
    let filledAtMs = 0
    let throttledCount = 0
    const centre = await givenCentre((pdu, _session, place) => {
      const nowMs = effects.monotonic()
      bucket = Math.min(20, bucket + ((nowMs - filledAtMs) * 20) / 1000)
      filledAtMs = nowMs
      if (bucket < 1) {
        throttledCount++
        return place % 2 ? throttled : queueFull
      }
      bucket--
      takenTexts.push((pdu as unknown as { short_message: { message: string } }).short_message.message)
      return 0
    })
    const { sender, effects, pass } = givenSender({ messages: centre.url })
    const texts = Array.from({ length: 1000 }, (_, place) => `text ${place}`)
    const results: Promise<SendingResult[]> = Promise.all(texts.map((text) => sender.send(message({ text }))))
    expect(countResults(await pass(results))).toEqual({ TAKEN: 1000 })
    expect(takenTexts.sort()).toEqual(texts.sort())
    // Most questions are not asked in vain.
    expect(throttledCount).toBeGreaterThan(0)
    expect(throttledCount).toBeLessThan(500)
  }, 60_000)

  test('of a thousand is taken once, over one connection', async () => {
    const centre = await givenCentre()
    const { sender, pass } = givenSender({ messages: centre.url })
    const results = Promise.all(Array.from({ length: 1000 }, () => sender.send(message())))
    expect(countResults(await pass(results))).toEqual({ TAKEN: 1000 })
    expect(centre.submitted).toHaveLength(1000)
    expect(centre.sessions).toHaveLength(1)
  }, 60_000)
})

describe('a gateway of messages', () => {
  test('gets JSON, with the password in a header and not in the address', async () => {
    const gateway = await givenReceiver((response) => response.writeHead(202).end())
    const { sender } = givenSender({ messages: gateway.url.replace('//', '//us:p%40ss@'), secret: 'a key' })
    expect(await sender.send(message())).toMatchObject({ type: 'TAKEN' })
    const [{ request, body } = { request: null, body: '' }] = gateway.received
    expect(JSON.parse(body)).toEqual({
      ...{ id: 'm1', from: '+12025550100', to: '+12025550101', text: 'It is on its way.' },
    })
    expect(request?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('us:p@ss').toString('base64')}`,
      'webhook-id': 'm1',
      'webhook-signature': expect.stringMatching(/^v1,/),
    })
  })
})

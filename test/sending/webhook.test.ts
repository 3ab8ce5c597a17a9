import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { limits } from '../../src/limits.ts'
import { signedHeaders } from '../../src/sending/webhook.ts'
import { countResults, email, givenDeadPort, givenReceiver, givenSender, webhook } from './support.ts'

describe('a webhook', () => {
  test('is one request with the JSON, the id of the sending, and the time', async () => {
    const receiver = await givenReceiver((response) => response.writeHead(204).end())
    const { sender, effects } = givenSender()
    const result = await sender.send({ ...webhook(`${receiver.url}/new?list=7`, 'w7'), method: 'PUT' })
    expect(result).toEqual({ type: 'TAKEN', detail: 'The receiver answered 204.' })
    expect(receiver.received).toHaveLength(1)
    const [{ request, body }] = receiver.received as [(typeof receiver.received)[0]]
    expect(body).toBe('{"name":"Ann"}')
    expect(request).toMatchObject({ method: 'PUT', url: '/new?list=7' })
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'w7',
      'webhook-timestamp': String(effects.now() / 1000),
    })
    expect(request.headers).not.toHaveProperty('webhook-signature')
  })

  test('is signed as Standard Webhooks says', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    // The example that the standard's own libraries are tested with.
    const headers = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1_614_265_330_999, secret)
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')

    const receiver = await givenReceiver((response) => response.end())
    const { sender } = givenSender({ secret })
    await sender.send(webhook(receiver.url))
    expect(receiver.received[0]?.request.headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}=$/)
  })

  test.each([
    [200, 'TAKEN'],
    [302, 'UNKNOWN'],
    [307, 'REFUSED'],
    [404, 'REFUSED'],
    [408, 'REFUSED'],
    [421, 'REFUSED'],
    [429, 'REFUSED'],
    [500, 'UNKNOWN'],
    [503, 'UNKNOWN'],
  ])('that is answered %i is %s, and not sent again', async (status, type) => {
    const receiver = await givenReceiver((response) => response.writeHead(status, { location: '/there' }).end('no'))
    const { sender } = givenSender()
    expect(await sender.send(webhook(receiver.url))).toMatchObject({
      type,
      detail: expect.stringContaining(`${status}`),
    })
    expect(receiver.received).toHaveLength(1)
  })

  test('is TAKEN where the answer has arrived before a time limit that a stall has made late', async () => {
    const simulated = createSimulatedEffects()
    const answers: (() => void)[] = []
    let askedFor = () => {}
    const isAsked = new Promise<void>((resolve) => {
      askedFor = resolve
    })
    const receiver = await givenReceiver((response) => {
      answers.push(() => response.end())
      askedFor()
    })
    let read = simulated.yieldToLoop
    const { sender } = givenSender({ effects: { ...simulated, yieldToLoop: () => read() } })
    const sent = sender.send(webhook(receiver.url))
    await isAsked
    read = async () => {
      for (const answer of answers.splice(0)) answer()
      await sent
    }
    await simulated.advance(limits.sendingWithinMs)
    expect((await sent).type).toBe('TAKEN')
  })

  test('is refused where nobody listens, and unknown where the connection is lost after it was sent', async () => {
    const { sender } = givenSender()
    const dead = await sender.send(webhook(`http://127.0.0.1:${await givenDeadPort()}/`))
    expect(dead).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('ECONNREFUSED') })
    const resetting = await givenReceiver((response) => response.socket?.resetAndDestroy())
    expect(await sender.send(webhook(resetting.url))).toMatchObject({ type: 'UNKNOWN' })
    expect(resetting.received).toHaveLength(1)
  })

  test.each(['ftp://example.com/', 'no address', 'http://ann:secret@127.0.0.1/', 'file:///etc/passwd'])(
    'to %s is refused, and the password is not named',
    async (url) => {
      const { type, detail } = await givenSender().sender.send(webhook(url))
      expect(type).toBe('REFUSED')
      expect(detail).not.toContain('secret')
    },
  )

  test('that hangs is unknown at the deadline, and holds up no other', async () => {
    const receiver = await givenReceiver((response, { request }) => {
      if (request.url === '/ok') response.end()
    })
    const { sender, effects } = givenSender()
    const hanging = Array.from({ length: limits.sendingsPerEndpointMax + 1 }, (_, place) =>
      sender.send(webhook(`${receiver.url}/hang?n=${place}`)),
    )
    await receiver.reached(limits.sendingsPerEndpointMax)
    expect(await sender.send(webhook(`${receiver.url}/ok`))).toMatchObject({ type: 'TAKEN' })
    // The last of them had to wait for a place, and has its own time from then on.
    expect(receiver.received).toHaveLength(limits.sendingsPerEndpointMax + 1)
    await effects.advance(limits.sendingWithinMs)
    await receiver.reached(limits.sendingsPerEndpointMax + 2)
    await effects.advance(limits.sendingWithinMs)
    expect(countResults(await Promise.all(hanging))).toEqual({ UNKNOWN: limits.sendingsPerEndpointMax + 1 })
  })

  test('whose answer is long is taken without all of it', async () => {
    const answer = Buffer.alloc(limits.sendingAnswerBytesMax + 1, 'x')
    const receiver = await givenReceiver((response) => response.writeHead(200).write(answer))
    const { sender } = givenSender()
    expect(await sender.send(webhook(receiver.url))).toMatchObject({ type: 'TAKEN' })
  })
})

describe('a sender', () => {
  test('that is stopped says unknown of what is under way, and refused of what is not', async () => {
    const receiver = await givenReceiver(() => {})
    const { sender } = givenSender()
    const all = Array.from({ length: limits.sendingsPerEndpointMax + 2 }, () => sender.send(webhook(receiver.url)))
    await receiver.reached(limits.sendingsPerEndpointMax)
    await sender.stop()
    expect(countResults(await Promise.all(all))).toEqual({ UNKNOWN: limits.sendingsPerEndpointMax, REFUSED: 2 })
    expect(await sender.send(webhook(receiver.url))).toMatchObject({ type: 'REFUSED' })
    expect(receiver.received).toHaveLength(limits.sendingsPerEndpointMax)
  })

  test('says which setting is missing, and refuses what needs it', async () => {
    const { sender } = givenSender()
    expect(sender.missing('WEBHOOK')).toBeNull()
    expect(sender.missing('EMAIL')).toContain('DIALGRAPH_SMTP_URL')
    expect(sender.missing('MESSAGE')).toContain('DIALGRAPH_SMPP_URL')
    expect(await sender.send(email())).toEqual({ type: 'REFUSED', detail: sender.missing('EMAIL') })
    const { sender: whole } = givenSender({
      mail: 'smtp://127.0.0.1?from=us@example.com',
      messages: 'smpp://us:secret@127.0.0.1',
    })
    expect([whole.missing('EMAIL'), whole.missing('MESSAGE')]).toEqual([null, null])
  })
})

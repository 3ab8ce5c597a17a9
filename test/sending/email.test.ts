import { describe, expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import {
  countResults,
  email,
  givenDeadPort,
  givenMailServer,
  givenMuteServer,
  givenReceiver,
  givenSender,
  webhook,
} from './support.ts'

/** An error that smtp-server answers with that code. */
const answer = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

describe('a mail', () => {
  test('is plain text in UTF-8, from the mailbox of the address, with the id of the sending', async () => {
    const server = await givenMailServer()
    const { sender } = givenSender({ mail: server.url })
    const to = ['ann@example.com', 'bob+x@example.org']
    const sent = email({ id: '0198-7', to, subject: 'Grüße, €5', text: '.\r\nSchöne Grüße\n.\nEnde' })
    expect(await sender.send(sent)).toMatchObject({ type: 'TAKEN', detail: expect.stringContaining('250') })
    const [mail] = server.mails
    expect(mail?.to).toEqual(to)
    const [head = '', ...body] = (mail?.source ?? '').split('\r\n\r\n')
    expect(head).toContain('From: Sales <sales@example.com>')
    expect(head).toContain('To: ann@example.com, bob+x@example.org')
    expect(head).toContain('Message-ID: <0198-7@example.com>')
    expect(head).toContain('Date: Mon, 05 Jan 2026 09:00:00 +0000')
    expect(head).toContain(`Subject: =?UTF-8?B?${Buffer.from('Grüße, €5').toString('base64')}?=`)
    expect(head).toContain('Content-Type: text/plain; charset=utf-8')
    expect(body.join('\r\n\r\n').trimEnd()).toBe('.\r\nSch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n.\r\nEnde')
  })

  test.each([
    [{ subject: 'Hello\r\nBcc: all@example.com' }],
    [{ to: ['ann@example.com>\r\nRCPT TO:<eve@example.com'] }],
    [{ to: ['ann@example.com, eve@example.com'] }],
    [{ to: ['Ann <ann@example.com>'] }],
    [{ to: ['ann'] }],
    [{ to: [] }],
  ])('%j is refused before anything is sent', async (change) => {
    const server = await givenMailServer()
    const { sender } = givenSender({ mail: server.url })
    expect(await sender.send(email(change))).toMatchObject({ type: 'REFUSED' })
    expect(server.connections.count()).toBe(0)
  })

  test('is refused where the server refuses a recipient, or the text, or us', async () => {
    const server = await givenMailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('nobody') ? answer(450, 'mailbox busy') : null),
      onData(stream, _session, done) {
        stream.on('end', () => done(answer(552, 'too\r\nlarge')))
        stream.resume()
      },
    })
    const { sender } = givenSender({ mail: server.url })
    const refusals = [
      await sender.send(email({ to: ['nobody@example.com'] })),
      await sender.send(email()),
      await sender.send(email({ to: ['x'.repeat(64).concat('@example.com'), 'nobody@example.com'] })),
    ]
    expect(refusals).toEqual([
      { type: 'REFUSED', detail: expect.stringContaining('450 mailbox busy') },
      { type: 'REFUSED', detail: expect.stringContaining('552 too large') },
      { type: 'REFUSED', detail: expect.stringContaining('552') },
    ])
    const busy = await givenMailServer({ onConnect: (_session, done) => done(answer(421, 'too many connections')) })
    const { sender: other } = givenSender({ mail: busy.url })
    expect(await other.send(email())).toEqual({
      type: 'REFUSED',
      detail: expect.stringContaining('421 too many connections'),
    })
  })

  test('that only some of its recipients have is unknown: it must not be sent to those again', async () => {
    const server = await givenMailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('nobody') ? answer(550, 'no such user') : null),
    })
    const { sender } = givenSender({ mail: server.url })
    const result = await sender.send(email({ to: ['nobody@example.com', 'ann@example.com'] }))
    expect(result).toMatchObject({ type: 'UNKNOWN', detail: expect.stringContaining('1 of 2') })
    expect(server.mails).toHaveLength(1)
  })

  test('is unknown where the connection is lost after its text, and refused where it is lost before', async () => {
    let dropsEarly = false
    const server = await givenMailServer({
      onRcptTo: (_address, _session, done) => (dropsEarly ? server.drop() : done()),
      onData(stream) {
        stream.on('end', server.drop)
        stream.resume()
      },
    })
    const { sender } = givenSender({ mail: server.url })
    expect(await sender.send(email())).toMatchObject({ type: 'UNKNOWN' })
    dropsEarly = true
    expect(await sender.send(email())).toMatchObject({ type: 'REFUSED' })
    const { sender: lost } = givenSender({ mail: `smtp://127.0.0.1:${await givenDeadPort()}?from=us@example.com` })
    expect(await lost.send(email())).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('ECONNREFUSED') })
  })

  test('goes over a connection that is open already, and over a new one where that turns out to be dead', async () => {
    let dropsNext = false
    const server = await givenMailServer({
      onMailFrom(_address, _session, done) {
        if (dropsNext) server.drop()
        else done()
        dropsNext = false
      },
    })
    const { sender } = givenSender({ mail: server.url })
    for (const id of ['e1', 'e2']) expect(await sender.send(email({ id }))).toMatchObject({ type: 'TAKEN' })
    expect(server.connections.count()).toBe(1)
    dropsNext = true
    expect(await sender.send(email({ id: 'e3' }))).toMatchObject({ type: 'TAKEN' })
    expect(server.connections.count()).toBe(2)
    expect(server.mails).toHaveLength(3)
    // A new one that dies before it has the text is not tried again.
    await sender.stop()
    dropsNext = true
    const { sender: other } = givenSender({ mail: server.url })
    expect(await other.send(email({ id: 'e4' }))).toMatchObject({ type: 'REFUSED' })
    expect(server.connections.count()).toBe(3)
  })

  test('to a server that hangs ends at its deadline, and other kinds are not held up', async () => {
    const server = await givenMailServer({
      onData(stream) {
        stream.on('end', () => server.texts.add())
        stream.resume()
      },
    })
    const receiver = await givenReceiver((response) => response.end())
    const { sender, effects } = givenSender({ mail: server.url })
    const hanging = Array.from({ length: limits.mailConnectionsMax + 1 }, () => sender.send(email()))
    await server.texts.reached(limits.mailConnectionsMax)
    expect(await sender.send(webhook(receiver.url))).toMatchObject({ type: 'TAKEN' })
    await effects.advance(limits.mailWithinMs)
    expect(countResults(await Promise.all(hanging.slice(0, -1)))).toEqual({ UNKNOWN: limits.mailConnectionsMax })
    await server.texts.reached(limits.mailConnectionsMax + 1)
    await sender.stop()
    expect(await hanging.at(-1)).toMatchObject({ type: 'UNKNOWN' })
  })

  test('to a server that does not greet is refused at its deadline', async () => {
    const server = await givenMuteServer()
    const { sender, effects } = givenSender({ mail: `smtp://127.0.0.1:${server.port}?from=us@example.com` })
    const sent = sender.send(email())
    await server.connections.reached(1)
    await effects.advance(limits.mailWithinMs)
    expect(await sent).toMatchObject({
      type: 'REFUSED',
      detail: expect.stringContaining(`${limits.mailWithinMs} ms`),
    })
  })

  test('logs in, and is refused where the password is wrong', async () => {
    const server = await givenMailServer({
      authOptional: false,
      onAuth: ({ username, password }, _session, done) =>
        password === 'p@ss' ? done(null, { user: username }) : done(answer(535, 'wrong')),
      allowInsecureAuth: true,
    })
    const { sender } = givenSender({ mail: server.url.replace('//', '//ann:p%40ss@') })
    expect(await sender.send(email())).toMatchObject({ type: 'TAKEN' })
    const { sender: wrong } = givenSender({ mail: server.url.replace('//', '//ann:guess@') })
    const { type, detail } = await wrong.send(email())
    expect({ type, detail }).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('535') })
    expect(detail).not.toContain('guess')
  })

  test('does not go to a server whose certificate nobody vouches for', async () => {
    const server = await givenMailServer({ disabledCommands: [] })
    const { sender } = givenSender({ mail: { ...server.settings, encryption: 'REQUIRED' } })
    expect(await sender.send(email())).toMatchObject({ type: 'REFUSED', detail: expect.stringMatching(/certificate/) })
    expect(server.mails).toHaveLength(0)
  })

  test('goes nowhere without TLS where TLS is required, and neither does the password', async () => {
    const server = await givenMailServer({ onAuth: () => expect.unreachable('a password was sent') })
    const login = { user: 'ann', password: 'secret' }
    const { sender } = givenSender({ mail: { ...server.settings, encryption: 'REQUIRED', login } })
    expect(await sender.send(email())).toMatchObject({ type: 'REFUSED', detail: expect.stringMatching(/STARTTLS/) })
    expect(server.mails).toHaveLength(0)
  })

  test('of a thousand reaches its receiver once', async () => {
    const server = await givenMailServer()
    const { sender } = givenSender({ mail: server.url })
    const ids = Array.from({ length: 1000 }, (_, place) => `e${place}`)
    const results = await Promise.all(ids.map((id) => sender.send(email({ id }))))
    expect(countResults(results)).toEqual({ TAKEN: 1000 })
    const received = server.mails.map(({ source }) => /Message-ID: <(e\d+)@/.exec(source)?.[1])
    expect(received.sort()).toEqual(ids.sort())
    expect(server.connections.count()).toBeLessThanOrEqual(
      1000 / limits.mailsPerConnectionMax + limits.mailConnectionsMax,
    )
  }, 60_000)
})

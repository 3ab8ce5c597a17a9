import { describe, expect, test } from 'vitest'
import { createTape, startDialer, startFakeCarrier } from './remote-support.ts'
import { request, scripted } from './support.ts'

const welcome = { type: 'WELCOME', version: 3, epoch: 'an epoch' }
const news = { type: 'NEWS', news: { type: 'RINGING', callId: 'a', at: 1 } }

describe('a carrier that does not keep to the protocol is left:', () => {
  const answer = (content: unknown) => ({ type: 'ANSWER', id: 1, answer: content })
  test.each<[string, readonly unknown[], string]>([
    ['news before the greeting', [news], 'WELCOME comes first'],
    ['a greeting of another version', [{ ...welcome, version: 2 }], 'version'],
    ['a second greeting', [welcome, welcome], 'WELCOME comes first, and once'],
    ['a type nobody knows', [welcome, { type: 'SONG' }], 'type'],
    ['no type', [welcome, 'RINGING'], 'object'],
    ['no JSON', [welcome, Buffer.from('{')], 'JSON'],
    ['bytes', [welcome, Uint8Array.of(1, 2)], 'not bytes'],
    ['news of no call', [welcome, { type: 'NEWS', news: { type: 'RINGING', at: 1 } }], 'callId'],
    ['news nobody knows', [welcome, { type: 'NEWS', news: { type: 'SONG', callId: 'a', at: 1 } }], 'type'],
    ['a reason nobody knows', [welcome, { type: 'NEWS', news: { ...hangup('BORED') } }], 'reason'],
    ['an answer that nobody asked for', [welcome, { ...answer(null), id: 2 }], 'not under way'],
    ['the same answer twice', [welcome, answer({ type: 'ACCEPTED' }), answer({ type: 'ACCEPTED' })], 'not under way'],
    ['an answer of another form', [welcome, answer({ type: 'NOT_SEEN' })], 'ORIGINATE of another form'],
  ])('%s', async (_name, messages, complaint) => {
    const ends = createTape<string>()
    const { url } = await startFakeCarrier((socket) => {
      const [first, ...others] = messages
      socket.on('close', (code, reason) => ends.push(`${code} ${reason}`))
      say(first)
      // What comes after the greeting comes after the first request.
      socket.on('message', (data) => {
        if (String(data).includes('ORIGINATE')) for (const message of others) say(message)
      })

      function say(message: unknown) {
        if (Buffer.isBuffer(message)) socket.send(String(message))
        else if (message instanceof Uint8Array) socket.send(message)
        else socket.send(JSON.stringify(message))
      }
    })
    const { driver, told, until, said } = startDialer(url)
    await told.count(1)
    const placed = driver.originate(request('a', scripted(0)))
    await until('disconnected')
    expect(told.entries.at(-1)).toBe('disconnected: it sent a bad message')
    await ends.count(1)
    expect(ends.entries).toEqual(['4400 Bad message'])
    const bad = said.entries.filter((of) => of.message.includes('bad message'))
    expect(bad).toEqual([
      { level: 'warn', message: expect.any(String), fields: { url, complaint: expect.stringContaining(complaint) } },
    ])
    const answered = messages.some((of) => JSON.stringify(of).includes('ACCEPTED'))
    const sent = messages[0] === welcome
    expect(await placed).toEqual(
      answered ? { type: 'ACCEPTED' } : sent ? { type: 'INDETERMINATE' } : { type: 'REJECTED', reason: 'FAILED' },
    )
  })

  test('but not for fields that are new', async () => {
    const { url } = await startFakeCarrier((socket) => {
      socket.send(JSON.stringify({ ...welcome, weather: 'fine' }))
      socket.send(JSON.stringify({ ...news, news: { ...news.news, weather: 'fine' } }))
    })
    const { told, heard } = startDialer(url)
    await told.count(2)
    expect(told.entries).toEqual(['connected', 'a RINGING'])
    expect(heard).toEqual([news.news])
  })

  function hangup(reason: string) {
    return { type: 'HANGUP', callId: 'a', at: 1, reason, by: 'US', detail: '' }
  }
})

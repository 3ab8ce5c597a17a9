import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { BadFrame, createFrameReader, type Frame } from '../../../src/telephony/freeswitch/frames.ts'

const event = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-json\n\n${body}`
const said = ({ headers, body }: Frame) => [headers.get('content-type') ?? '', headers.get('reply-text') ?? '', body]

const conversation = [
  'Content-Type: auth/request\n\n',
  'Content-Type: command/reply\nReply-Text: +OK accepted\n\n',
  event('{"name":"Käse\\n\\n"}'),
  'Content-Type: api/response\nContent-Length: 6\n\n+OK\n\n\n',
  event('{}'),
].join('')
const frames = [
  ['auth/request', '', null],
  ['command/reply', '+OK accepted', null],
  ['text/event-json', '', '{"name":"Käse\\n\\n"}'],
  ['api/response', '', '+OK\n\n\n'],
  ['text/event-json', '', '{}'],
]

describe('the messages of the event socket', () => {
  it('are read out of one piece', () => {
    expect(createFrameReader().push(Buffer.from(conversation)).map(said)).toEqual(frames)
  })

  it('are read wherever they are cut', () => {
    const bytes = Buffer.from(conversation)
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const reader = createFrameReader()
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const read = edges.flatMap((edge, i) => reader.push(bytes.subarray(edges[i - 1] ?? 0, edge)))
        expect(read.map(said)).toEqual(frames)
      }),
    )
  })

  it('come one byte after the other', () => {
    const reader = createFrameReader()
    const read = [...Buffer.from(conversation)].flatMap((byte) => reader.push(Buffer.from([byte])))
    expect(read.map(said)).toEqual(frames)
  })

  it('are not there before their last byte is', () => {
    const reader = createFrameReader()
    const bytes = Buffer.from(event('{"a":1}'))
    expect(reader.push(bytes.subarray(0, -1))).toEqual([])
    expect(reader.push(bytes.subarray(-1)).map(said)).toEqual([['text/event-json', '', '{"a":1}']])
  })

  it('of many megabytes are copied a fixed number of times, however many pieces they arrive in', () => {
    const reader = createFrameReader()
    const bytes = Buffer.from(event('x'.repeat(20 * 1024 * 1024)))
    const concat = vi.spyOn(Buffer, 'concat')
    onTestFinished(() => concat.mockRestore())
    const read: Frame[] = []
    for (let start = 0; start < bytes.length; start += 4096)
      read.push(...reader.push(bytes.subarray(start, start + 4096)))
    expect(read.length).toBe(1)
    const copiedBytes = concat.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0)
    expect(copiedBytes).toBeLessThan(3 * bytes.length)
  })

  it.each([
    ['whose headers do not end', 'x'.repeat(70_000)],
    ['whose body is too long', 'Content-Length: 99999999\n\n'],
    ['whose length is no number', 'Content-Length: 1e3\n\n'],
    ['whose length is negative', 'Content-Length: -1\n\n'],
  ])('%s are refused', (_, text) => {
    expect(() => createFrameReader().push(Buffer.from(text))).toThrow(BadFrame)
  })
})

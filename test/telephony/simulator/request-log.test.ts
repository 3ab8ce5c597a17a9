import { appendFileSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createRequestLog } from '../../../src/telephony/simulator/request-log.ts'
import { givenPath } from '../../cli/support.ts'
import { request, scripted } from './support.ts'

const lookup = (callId: string) => ({ type: 'LOOKUP', id: 1, callId }) as const

describe('the log of requests', () => {
  test('is in the file before note returns, one line a request, without numbers', async () => {
    const effects = createSimulatedEffects()
    const file = givenPath('requests.jsonl')
    const log = createRequestLog({ effects, file })
    log.note({ type: 'ORIGINATE', id: 1, request: { ...request('a', scripted(0)), tryCount: 2 } }, 'one')
    const text = readFileSync(file, 'utf8')
    const startedAt = effects.now()
    await effects.advance(5)
    log.note({ type: 'HANGUP', id: 2, callId: 'a', reason: 'CANCEL' }, 'two')
    log.close()
    expect(text).toBe(`${JSON.stringify(log.after(0).entries[0])}\n`)
    expect(text).not.toContain('555')
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { position: 1, at: startedAt, what: 'ORIGINATE', installationId: 'one', callId: 'a', tryCount: 2 },
      { position: 2, at: startedAt + 5, what: 'HANGUP', installationId: 'two', callId: 'a', reason: 'CANCEL' },
    ])
  })

  test('goes on in a file that is there', () => {
    const file = givenPath('requests.jsonl')
    appendFileSync(file, 'what was there\n')
    const log = createRequestLog({ effects: createSimulatedEffects(), file })
    log.note(lookup('a'), 'one')
    log.close()
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'what was there',
      expect.stringContaining('"position":1'),
      '',
    ])
  })

  test('does not tell of those who read it', () => {
    const log = createRequestLog({ effects: createSimulatedEffects(), file: null })
    log.note({ type: 'REQUESTS', id: 1, after: 0 }, 'one')
    expect(log.after(0)).toEqual({ entries: [], more: false })
  })

  test('is read page by page, and forgets the oldest', () => {
    const log = createRequestLog({ effects: createSimulatedEffects(), file: null, entriesMax: 1500 })
    for (let i = 1; i <= 1649; i++) log.note(lookup(`call ${i}`), 'one')
    expect(log.after(0).entries).toHaveLength(1000)
    expect(log.after(0).entries[0]?.position).toBe(1)
    log.note(lookup('call 1650'), 'one')

    const positions = (after: number) => log.after(after).entries.map(({ position }) => position)
    expect(positions(0)).toEqual(Array.from({ length: 1000 }, (_, i) => 151 + i))
    expect(log.after(0).more).toBe(true)
    expect(positions(1150)).toEqual(Array.from({ length: 500 }, (_, i) => 1151 + i))
    expect(log.after(1150).more).toBe(false)
    expect(log.after(650).more).toBe(false)
    expect(positions(1650)).toEqual([])
    expect(positions(1_000_000)).toEqual([])
    expect(log.after(1649).entries).toMatchObject([{ callId: 'call 1650', position: 1650 }])
  })

  test('of a file that cannot be written is an error of the configuration', () => {
    const open = () => createRequestLog({ effects: createSimulatedEffects(), file: '/dev/shm/there/is/none' })
    expect(open).toThrow(/^Cannot write the log of requests: ENOENT/)
  })

  test('that finds no room throws', () => {
    const log = createRequestLog({ effects: createSimulatedEffects(), file: '/dev/full' })
    expect(() => log.note(lookup('a'), 'one')).toThrow('ENOSPC')
    expect(log.after(0).entries).toEqual([])
  })
})

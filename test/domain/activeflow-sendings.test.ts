import { describe, expect, test } from 'vitest'
import type { Sending, SendingResult } from '../../src/domain/sending.ts'
import { call, flowCall, list, run, type Step, step } from './activeflow-support.ts'
import { number, target } from './support.ts'

const stop = step('STOP')
const mail = { ...number('ann@example.com'), type: 'EMAIL' } as const
const ann = target([0, 0], { name: 'Ann "A" O\'Neill\n', data: '{"id": 7, "tags": ["a"]}' })
const withMail = {
  ...ann,
  destinations: ann.destinations.map((of) => (of.index === 1 ? { ...of, address: mail } : of)),
}

/** What an action sends. */
function sent(of: Step, context: Parameters<typeof run>[1] = {}): Sending | undefined {
  const { requests } = run(list(of), { target: withMail, ...context })
  return requests.flatMap((request) => (request.type === 'SEND' ? [request.sending] : []))[0]
}

function bodyOf(data: unknown): string | null {
  const sending = sent(step('WEBHOOK_SEND', { url: 'https://example.com/hook', data }))
  return sending?.type === 'WEBHOOK' ? sending.body : null
}

describe('WEBHOOK_SEND', () => {
  test('sends its data to its address under an id of its own', () => {
    const option = { url: 'https://example.com/hook', method: 'PUT', data: { a: 1 } }
    expect(sent(step('WEBHOOK_SEND', option))).toEqual({
      ...{ id: 'made-1', type: 'WEBHOOK', url: 'https://example.com/hook', method: 'PUT', body: '{"a":1}' },
    })
  })

  test('puts variables into the texts of its data as texts, whatever they hold', () => {
    expect(bodyOf({ name: '{{target.name}}', ids: ['{{target.data.id}}', 2, null, true], '{{x}}': 'y' })).toBe(
      JSON.stringify({ name: ann.name, ids: ['7', 2, null, true], '{{x}}': 'y' }),
    )
    expect(bodyOf('{{target.name}}')).toBe(JSON.stringify(ann.name))
  })

  test('takes a text that is JSON for what it says, as VoIPBIN has it', () => {
    expect(bodyOf('{"name": "{{target.name}}"}')).toBe(`{"name": ${JSON.stringify(ann.name)}}`)
    expect(bodyOf('[1, "{{target.data.tags}}"]')).toBe('[1, "[\\"a\\"]"]')
    expect(bodyOf('5')).toBe('"5"')
  })

  test('hands on a text that is JSON character for character, but for the texts that change', () => {
    const text =
      '{ "id":12345678901234567890, "big" : 1e400,\n"price":1.10, "e":"\\u00e9", "{{x}}":"{{x}}", "of":["{{target.data.id}}"]}'
    expect(bodyOf(text)).toBe(text.replace(':"{{x}}"', ':""').replace('{{target.data.id}}', '7'))
  })

  test('tells of the call and of every variable where it has no data', () => {
    expect(JSON.parse(bodyOf(undefined) ?? '')).toEqual({
      campaigncallId: 'call',
      activeflowId: 'activeflow',
      actionId: '0',
      variables: expect.objectContaining({ 'target.name': ann.name, 'target.data.id': '7', 'call.id': 'call' }),
    })
  })

  test('refuses what has become too long', () => {
    const long = { ...ann, data: JSON.stringify({ text: 'x'.repeat(9000) }) }
    const data = Array.from({ length: 8 }, () => '{{target.data.text}}')
    const { outcomes, asked } = run(list(step('WEBHOOK_SEND', { url: 'https://example.com/', data }), stop), {
      target: long,
    })
    expect(asked).toEqual([])
    expect(outcomes).toEqual(['refused: its data is too long with its variables put in', 'stopped'])
  })
})

describe('EMAIL_SEND', () => {
  const email = (option: object = {}) => step('EMAIL_SEND', { subject: 'To {{target.name}}', text: 'Hi', ...option })

  test('goes to the addresses that it names, and to those alone', () => {
    const to = ['a@example.com', 'b@example.com']
    expect(sent(email({ to }))).toMatchObject({ id: 'made-1', type: 'EMAIL', to, text: 'Hi' })
  })

  test('goes to the destination of the call, or else to the first mail address of the target', () => {
    expect(sent(email())).toMatchObject({ to: ['ann@example.com'] })
    const other = { ...mail, target: 'other@example.com' }
    expect(sent(email(), { call: { ...flowCall, destination: other } })).toMatchObject({ to: ['other@example.com'] })
  })

  test('has no line break in its subject', () => {
    expect(sent(email())).toMatchObject({ subject: 'To Ann "A" O\'Neill ' })
  })

  test('is refused where the target has no address', () => {
    expect(run(list(email(), stop), { target: ann }).outcomes).toEqual([
      'refused: the target has no e-mail address',
      'stopped',
    ])
  })
})

describe('MESSAGE_SEND', () => {
  const message = (option: object = {}) => step('MESSAGE_SEND', { text: 'Hi {{target.data.id}}', ...option })

  test('goes to the destination of the call with its caller id', () => {
    expect(sent(message())).toEqual({
      ...{ id: 'made-1', type: 'MESSAGE', text: 'Hi 7' },
      ...{ from: call.source.target, to: call.destination.target },
    })
  })

  test('goes to the first number of the target where the destination is none', () => {
    expect(sent(message(), { call: { ...flowCall, destination: mail } })).toMatchObject({ to: '+12025550100' })
  })

  test('goes from and to the numbers that it names', () => {
    const numbers = { text: 'Hi', to: '+12025550111', source: '+12025550122' }
    expect(sent(message(numbers), { target: null })).toMatchObject({ to: '+12025550111', from: '+12025550122' })
  })

  test('is refused where there is no number to send it from, or nothing to say', () => {
    const unnumbered = { ...call, source: mail }
    expect(run(list(message()), { call: unnumbered }).outcomes).toEqual([
      'refused: the outplan has no telephone number to send it from',
    ])
    expect(run(list(step('MESSAGE_SEND', { text: '{{target.detail}}' }))).outcomes).toEqual([
      'refused: nothing is left to say',
    ])
  })

  test('sends nothing to a number that is never dialed, which may have been stored before it was refused', () => {
    const costly = { ...flowCall, destination: number('+19005550123') }
    expect(run(list(message()), { call: costly }).outcomes).toEqual([
      'refused: nothing is sent to a number that is never dialed',
    ])
  })
})

describe('what came of it', () => {
  const message = step('MESSAGE_SEND', { text: 'Hi' })
  const result = (type: SendingResult['type']) =>
    ({ type: 'SENT', sendingId: 'made-1', result: { type, detail: 'the server said so' } }) as const

  test('lets a call go on, and is noted', () => {
    for (const [type, outcome] of [
      ['TAKEN', 'sent'],
      ['REFUSED', 'refused: the server said so'],
      ['UNKNOWN', 'unknown: the server said so'],
    ] as const) {
      const onCall = run(list(message, stop))
      expect(onCall.hear({ ...result(type), sendingId: 'other' })).toBe(false)
      onCall.hear(result(type))
      expect(onCall.outcomes).toEqual([outcome, 'stopped'])
      expect(onCall.flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
    }
  })

  test('ends a FLOW, FAILED or UNKNOWN, unless it was taken', () => {
    for (const [type, reason] of [
      ['TAKEN', 'NORMAL'],
      ['REFUSED', 'FAILED'],
      ['UNKNOWN', 'UNKNOWN'],
    ] as const) {
      const flow = run(list(message, step('SLEEP', { durationMs: 0 })), { call: flowCall })
      flow.hear(result(type))
      expect(flow.flowOutcome).toEqual({ type: 'HANG_UP', reason })
      expect(flow.outcomes).toHaveLength(type === 'TAKEN' ? 2 : 1)
    }
  })

  test('ends a FLOW, FAILED, also where nothing could be sent at all', () => {
    const flow = run(list(step('EMAIL_SEND', { subject: 'a', text: 'b' }), stop), { call: flowCall })
    expect(flow).toMatchObject({ flowOutcome: { type: 'HANG_UP', reason: 'FAILED' }, asked: [] })
  })

  test('is waited for, for however long it takes', () => {
    const onCall = run(list(message, stop))
    expect(onCall.wait(24 * 3_600_000)).toBe(false)
    expect(onCall.hear({ type: 'MISSED' })).toBe(false)
  })
})

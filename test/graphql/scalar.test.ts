import { describe, expect, test } from 'vitest'
import { parseInstant } from '../../src/graphql/scalars.ts'
import { ask } from './ask.ts'
import { fakeSource } from './fake-app.ts'
import { fakeCampaign, someInstant } from './fake-objects.ts'

describe('an instant', () => {
  test.each([
    ['2026-11-20T06:03:00.000Z', someInstant],
    ['2026-11-20T06:03:00Z', someInstant],
    ['2026-11-20t06:03:00z', someInstant],
    ['2026-11-20T07:33:00+01:30', someInstant],
    ['2026-11-19T22:03:00-08:00', someInstant],
    ['2026-11-20T06:03:00.1Z', someInstant + 100],
    ['2026-11-20T06:03:00.123999Z', someInstant + 123],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
  ])('%s is read', (text, at) => {
    expect(parseInstant(text)).toBe(at)
  })

  test.each([
    '2026-11-20T06:03:00',
    '2026-11-20 06:03:00Z',
    '2026-11-20',
    '2026-11-20T06:03Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T06:03:60Z',
    '2026-11-20T06:03:00+24:00',
    '2026-11-20T06:03:00+0100',
    '2026-11-20T06:03:00.Z',
    ' 2026-11-20T06:03:00Z',
    '+002026-11-20T06:03:00Z',
    'tomorrow',
    '',
  ])('%j is refused', (text) => {
    expect(parseInstant(text)).toBeNull()
  })

  test('goes out in UTC with milliseconds', async () => {
    const { source } = fakeSource({ campaigns: { byIds: async () => [fakeCampaign()] } })
    const { data } = await ask(source, '{ campaign(id: "a") { createdAt deletedAt } }')
    expect(data).toEqual({ campaign: { createdAt: '2026-11-20T06:03:00.000Z', deletedAt: null } })
  })
})

test('JSON literals may hold variables', async () => {
  const { source, argsOf } = fakeSource({ campaigns: { update: async () => ({ value: null, errors: [] }) } })
  await ask(
    source,
    `mutation ($text: JSON) {
      campaignUpdate(id: "a", input: { actions: [{ type: TALK, option: { text: $text, n: [1, 2.5, true, null] } }] }) { userErrors { code } }
    }`,
    { text: 'hello' },
  )
  expect(argsOf('campaigns.update')).toEqual([
    ['a', { actions: [{ type: 'TALK', option: { text: 'hello', n: [1, 2.5, true, null] } }] }],
  ])
})

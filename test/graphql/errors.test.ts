import { describe, expect, test } from 'vitest'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
import { ask, errorsOf } from './ask.ts'
import { fakePage, fakeSource } from './fake-app.ts'
import { fakeCampaign, fakeOutplan } from './fake-objects.ts'

const masked = ['INTERNAL_SERVER_ERROR', 'Internal server error.']

describe('what goes wrong in a resolver', () => {
  test('keeps the code and the message of a RequestError, with its path and without its cause', async () => {
    const { source, lines } = fakeSource({
      campaigns: {
        page: async () => {
          throw new RequestError('BAD_CURSOR', 'Not a cursor of this list.')
        },
      },
    })
    const result = await ask(source, '{ list: campaigns(after: "x") { totalCount } }')
    expect(result).toEqual({
      data: null,
      errors: [
        {
          message: 'Not a cursor of this list.',
          path: ['list'],
          locations: [{ line: 1, column: 3 }],
          extensions: { code: 'BAD_CURSOR' },
        },
      ],
    })
    expect(lines).toEqual([])
  })

  test('says nothing of anything else, and is logged with its cause', async () => {
    const cause = new Error('SQLITE_CORRUPT: /var/lib/secret.sqlite, +12025550100')
    const { source, lines } = fakeSource({
      campaigns: {
        byIds: async () => {
          throw cause
        },
      },
    })
    const result = await ask(source, '{ campaign(id: "a") { id } }')
    expect(errorsOf(result)).toEqual([masked])
    expect(JSON.stringify(result)).not.toMatch(/SQLITE|secret|1202/)
    expect(lines).toMatchObject([{ level: 'error', fields: { err: cause, path: 'campaign' } }])
  })

  test('is TRY_AGAIN, with the time to wait, where the database is busy, which is no defect', async () => {
    const busy = new StorageFailure('The file /opt/secret is locked', { kind: 'BUSY' })
    const { source, lines } = fakeSource({
      campaigns: {
        run: async () => {
          throw busy
        },
      },
    })
    const result = await ask(source, 'mutation { a: campaignRun(id: "a") { userErrors { code } } }')
    expect(result).toEqual({
      data: null,
      errors: [
        {
          message: expect.stringMatching(/^Another program keeps the database busy; nothing was changed. Try again/),
          path: ['a'],
          locations: [{ line: 1, column: 12 }],
          extensions: { code: 'TRY_AGAIN', retryAfterMs: 1000 },
        },
      ],
    })
    expect(JSON.stringify(result)).not.toContain('secret')
    expect(lines).toMatchObject([{ level: 'warn', fields: { err: busy } }])
  })

  test.each(['FAILED', 'BROKEN', 'DAMAGED'] as const)('is a defect where the storage is %s', async (kind) => {
    const { source, lines } = fakeSource({
      campaigns: {
        run: async () => {
          throw new StorageFailure('disk I/O error', { kind })
        },
      },
    })
    expect(errorsOf(await ask(source, 'mutation { campaignRun(id: "a") { userErrors { code } } }'))).toEqual([masked])
    expect(lines).toMatchObject([{ level: 'error' }])
  })

  test('is logged once, however many fields it fails', async () => {
    const rows = ['a', 'b', 'c'].map((id) => fakeCampaign({ id, outplanId: `outplan-${id}` }))
    const { source, lines } = fakeSource({
      campaigns: { page: async () => fakePage(rows) },
      outplans: {
        byIds: async () => {
          throw new Error('gone')
        },
      },
    })
    const result = await ask(source, '{ campaigns { nodes { outplan { id } } } }')
    expect(errorsOf(result)).toEqual([masked, masked, masked])
    expect(lines).toHaveLength(1)
  })

  test('is a defect where a value does not fit its type', async () => {
    const { source, lines } = fakeSource({
      outplans: { byIds: async () => [fakeOutplan({ dialTimeoutMs: 2 ** 40 })] },
    })
    expect(errorsOf(await ask(source, '{ outplan(id: "a") { dialTimeoutMs } }'))).toEqual([masked])
    expect(lines).toHaveLength(1)
  })

  test('is a defect where something is missing that cannot be', async () => {
    const { source } = fakeSource({ campaigns: { stats: async () => [], byIds: async () => [fakeCampaign()] } })
    expect(errorsOf(await ask(source, '{ campaign(id: "a") { stats { success } } }'))).toEqual([masked])
  })
})

describe('what is wrong with a request', () => {
  const codesOf = async (query: string, variables?: Record<string, unknown>, operationName?: string) => {
    const { source, lines } = fakeSource({ campaigns: { byIds: async () => [fakeCampaign()] } })
    const result = await ask(source, query, variables, operationName)
    expect(lines).toEqual([])
    return errorsOf(result).map(([code]) => code)
  }

  test('is GRAPHQL_PARSE_FAILED when it cannot be read', async () => {
    expect(await codesOf('{ campaign(')).toEqual(['GRAPHQL_PARSE_FAILED'])
  })

  test('is GRAPHQL_VALIDATION_FAILED when it does not fit the schema', async () => {
    expect(await codesOf('{ a b }')).toEqual(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'])
    expect(await codesOf('{ campaigns(first: "ten") { totalCount } }')).toEqual(['GRAPHQL_VALIDATION_FAILED'])
  })

  test('is BAD_USER_INPUT when a variable does not fit its type', async () => {
    const query = 'query ($first: Int!) { campaigns(first: $first) { totalCount } }'
    expect(await codesOf(query, { first: 'ten' })).toEqual(['BAD_USER_INPUT'])
    expect(await codesOf(query, {})).toEqual(['BAD_USER_INPUT'])
    const input = 'mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) { userErrors { code } } }'
    expect(await codesOf(input, { input: { name: null, colour: 1 } })).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT'])
  })

  test('is BAD_USER_INPUT when an instant is none, in a variable and in the document', async () => {
    const query = 'query ($at: DateTime) { campaigncalls(filter: { createdAfter: $at }) { totalCount } }'
    expect(await codesOf(query, { at: '2026-02-30T00:00:00Z' })).toEqual(['BAD_USER_INPUT'])
    expect(await codesOf(query, { at: 5 })).toEqual(['BAD_USER_INPUT'])
    const { source } = fakeSource()
    const result = await ask(source, '{ campaigncalls(filter: { createdAfter: "yesterday" }) { totalCount } }')
    expect(result.errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' }, locations: [{ line: 1, column: 41 }] },
    ])
  })

  test('is BAD_USER_INPUT when the operation to run is not in the document', async () => {
    const query = 'query A { latestCursor } query B { latestCursor }'
    expect(await codesOf(query)).toEqual(['BAD_USER_INPUT'])
    expect(await codesOf(query, {}, 'C')).toEqual(['BAD_USER_INPUT'])
    expect(await codesOf(query, {}, 'B')).toEqual([])
  })
})

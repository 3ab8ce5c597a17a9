import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import { fakePage, fakeSource } from './fake-app.ts'
import { fakeCall, fakeCampaign } from './fake-objects.ts'

const rows = ['a', 'b'].map((id) => fakeCampaign({ id, name: id.toUpperCase() }))

test('a connection shows its page as nodes and as edges with cursors', async () => {
  const page = fakePage(rows, { hasNextPage: true, totalCount: async () => 40 })
  const { source } = fakeSource({ campaigns: { page: async () => page } })
  const { data } = await ask(
    source,
    `{ campaigns(first: 2) {
      totalCount
      nodes { name }
      edges { cursor node { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`,
  )
  expect(data).toEqual({
    campaigns: {
      totalCount: 40,
      nodes: [{ name: 'A' }, { name: 'B' }],
      edges: [
        { cursor: 'at-a', node: { id: 'a' } },
        { cursor: 'at-b', node: { id: 'b' } },
      ],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'at-a', endCursor: 'at-b' },
    },
  })
})

test('an empty page has no cursors', async () => {
  const { source } = fakeSource({ campaigns: { page: async () => fakePage([]) } })
  const { data } = await ask(source, '{ campaigns { nodes { id } pageInfo { startCursor endCursor } } }')
  expect(data).toEqual({ campaigns: { nodes: [], pageInfo: { startCursor: null, endCursor: null } } })
})

test('rows are counted only when the count is asked for', async () => {
  let counted = 0
  const totalCount = async () => ++counted
  const { source } = fakeSource({ campaigns: { page: async () => fakePage(rows, { totalCount }) } })
  await ask(source, '{ campaigns { nodes { id } pageInfo { hasNextPage } } }')
  expect(counted).toBe(0)
  await ask(source, '{ campaigns { totalCount } }')
  expect(counted).toBe(1)
})

test('arguments of a connection reach the house as they were given, with their defaults', async () => {
  const { source, argsOf } = fakeSource({ campaigns: { page: async () => fakePage([]) } })
  await ask(source, '{ campaigns(last: 3, before: "x", filter: { status: [RUN], queueId: null }) { totalCount } }')
  expect(argsOf('campaigns.page')).toEqual([
    [
      {
        last: 3,
        before: 'x',
        filter: { status: ['RUN'], queueId: null, includeDeleted: false },
        orderBy: 'CREATED_AT_DESC',
      },
    ],
  ])
})

test('the calls of a campaign and of a target are asked for within their parent', async () => {
  const calls = fakePage([fakeCall()])
  const { source, argsOf } = fakeSource({
    campaigns: { byIds: async () => [fakeCampaign({ id: 'c' })] },
    outdialTargets: { byIds: async () => [{ id: 't' } as never] },
    campaigncalls: { pagesWithin: async () => [calls] },
  })
  await ask(
    source,
    '{ campaign(id: "c") { campaigncalls(first: 1, filter: { campaignId: "other" }) { nodes { id } } } }',
  )
  await ask(source, '{ outdialTarget(id: "t") { campaigncalls(last: 2) { nodes { id } } } }')
  expect(argsOf('campaigncalls.pagesWithin')).toEqual([
    [
      { parent: 'campaignId', ids: ['c'] },
      { first: 1, filter: { campaignId: 'other' }, orderBy: 'CREATED_AT_DESC' },
      ['id'],
    ],
    [{ parent: 'outdialTargetId', ids: ['t'] }, { last: 2, orderBy: 'CREATED_AT_ASC' }, ['id']],
  ])
})

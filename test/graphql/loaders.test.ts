import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import { fakePage, fakeSource } from './fake-app.ts'
import {
  fakeAgent,
  fakeCampaign,
  fakeCampaignTransition,
  fakeDialing,
  fakeOutplan,
  fakeQueue,
  fakeStats,
  fakeTarget,
  someInstant,
} from './fake-objects.ts'

const ids = ['a', 'b', 'c']

test('one relation of many rows is one question, each id once', async () => {
  const rows = ids.map((id) => fakeCampaign({ id, outplanId: id === 'c' ? 'outplan-a' : `outplan-${id}` }))
  const { source, argsOf } = fakeSource({
    campaigns: { page: async () => fakePage(rows) },
    outplans: { byIds: async (_viewer, asked) => asked.map((id) => fakeOutplan({ id })) },
  })
  const { data } = await ask(source, '{ campaigns { nodes { outplan { id } } } }')
  expect(data).toEqual({
    campaigns: {
      nodes: [{ outplan: { id: 'outplan-a' } }, { outplan: { id: 'outplan-b' } }, { outplan: { id: 'outplan-a' } }],
    },
  })
  expect(argsOf('outplans.byIds')).toEqual([[['outplan-a', 'outplan-b']]])
})

test('a reference that is not set asks nothing', async () => {
  const { source, calls } = fakeSource({ campaigns: { byIds: async () => [fakeCampaign()] } })
  const { data } = await ask(source, '{ campaign(id: "a") { outplan { id } queue { id } nextCampaign { id } } }')
  expect(data).toEqual({ campaign: { outplan: null, queue: null, nextCampaign: null } })
  expect(calls.map(({ name }) => name)).toEqual(['transitions.latestPosition', 'campaigns.byIds'])
})

test('counters, reports and latest transitions of many campaigns are one question each', async () => {
  const rows = ids.map((id) => fakeCampaign({ id }))
  const { source, argsOf } = fakeSource({
    campaigns: {
      page: async () => fakePage(rows),
      stats: async (_viewer, asked) => asked.map(() => fakeStats()),
      dialing: async (_viewer, asked) => asked.map(() => fakeDialing()),
    },
    transitions: {
      latestOfCampaigns: async (_viewer, asked) => asked.map((campaignId) => [fakeCampaignTransition({ campaignId })]),
    },
  })
  const { errors } = await ask(
    source,
    `{ campaigns { nodes {
      stats { success } again: stats { fail } dialing { allowed }
      transitions(last: 1) { cause } more: transitions { cursor }
    } } }`,
  )
  expect(errors).toBeUndefined()
  expect(argsOf('campaigns.stats')).toEqual([[ids]])
  expect(argsOf('campaigns.dialing')).toEqual([[rows]])
  expect(argsOf('transitions.latestOfCampaigns')).toEqual([
    [ids, 1],
    [ids, 20],
  ])
})

test('agents of queues, how many are available, and how many calls wait are one question each', async () => {
  const rows = ids.map((id) => fakeQueue({ id }))
  const agents = ['1', '2', '3'].map((id) => fakeAgent({ id }))
  const { source, argsOf } = fakeSource({
    queues: {
      page: async () => fakePage(rows),
      agents: async (_viewer, asked) => asked.map((id) => (id === 'b' ? [] : agents)),
      availableAgents: async (_viewer, asked) => asked.map((id) => (id === 'b' ? 0 : 2)),
      waitingCalls: async (_viewer, asked) => asked.map((_id, index) => index),
    },
  })
  const { data } = await ask(source, '{ queues { nodes { availableAgents agents { id } waitingCalls } } }')
  const all = [{ id: '1' }, { id: '2' }, { id: '3' }]
  expect(data).toEqual({
    queues: {
      nodes: [
        { availableAgents: 2, agents: all, waitingCalls: 0 },
        { availableAgents: 0, agents: [], waitingCalls: 1 },
        { availableAgents: 2, agents: all, waitingCalls: 2 },
      ],
    },
  })
  expect(argsOf('queues.agents')).toEqual([[ids]])
  expect(argsOf('queues.availableAgents')).toEqual([[ids]])
  expect(argsOf('queues.waitingCalls')).toEqual([[ids]])
})

test('when targets become due is one question', async () => {
  const rows = ids.map((id) => fakeTarget({ id }))
  const { source, argsOf } = fakeSource({
    outdialTargets: {
      byIds: async (_viewer, asked) => rows.filter(({ id }) => asked.includes(id)),
      nextAttemptAt: async () => [someInstant, null, null],
    },
  })
  const { data } = await ask(
    source,
    '{ a: outdialTarget(id: "a") { nextAttemptAt } b: outdialTarget(id: "b") { nextAttemptAt } c: outdialTarget(id: "c") { nextAttemptAt } }',
  )
  expect(data).toEqual({
    a: { nextAttemptAt: '2026-11-20T06:03:00.000Z' },
    b: { nextAttemptAt: null },
    c: { nextAttemptAt: null },
  })
  expect(argsOf('outdialTargets.byIds')).toEqual([[ids, null]])
  expect(argsOf('outdialTargets.nextAttemptAt')).toEqual([[rows]])
})

test('pages together are asked about at once', async () => {
  let made = 0
  const some = () => Array.from({ length: 200 }, () => fakeCampaign({ id: `c${++made}`, outplanId: `o${made}` }))
  const { source, argsOf } = fakeSource({
    campaigns: { page: async () => fakePage(some()) },
    outplans: { byIds: async (_viewer, asked) => asked.map((id) => fakeOutplan({ id })) },
  })
  const { errors } = await ask(
    source,
    '{ a: campaigns { nodes { outplan { id } } } b: campaigns { nodes { outplan { id } } } }',
  )
  expect(errors).toBeUndefined()
  expect(argsOf('outplans.byIds').map(([asked]) => (asked as string[]).length)).toEqual([400])
})

test('a mutation sees what it changed, and a later field what that one changed', async () => {
  let name = 'before'
  const rename = async () => {
    name = `${name}!`
    return { value: fakeCampaign({ id: 'b', nextCampaignId: 'a' }), errors: [] }
  }
  const { source, argsOf } = fakeSource({
    campaigns: { update: rename, byIds: async (_viewer, asked) => asked.map((id) => fakeCampaign({ id, name })) },
  })
  const { data } = await ask(
    source,
    `mutation {
      one: campaignUpdate(id: "b", input: {}) { campaign { nextCampaign { name } } }
      two: campaignUpdate(id: "b", input: {}) { campaign { nextCampaign { name } } }
    }`,
  )
  expect(data).toEqual({
    one: { campaign: { nextCampaign: { name: 'before!' } } },
    two: { campaign: { nextCampaign: { name: 'before!!' } } },
  })
  expect(argsOf('campaigns.byIds')).toHaveLength(2)
})

test('the position of the log is read before anything else', async () => {
  const { source, calls } = fakeSource({
    transitions: { latestPosition: () => 41 },
    campaigns: { page: async () => fakePage([]) },
  })
  const { data } = await ask(source, '{ campaigns { totalCount } latestCursor }')
  expect(data).toMatchObject({ latestCursor: 'cursor-41' })
  expect(calls[0]?.name).toBe('transitions.latestPosition')
})

import { describe, expect, test } from 'vitest'
import type { AnyNode } from '../../src/app/api.ts'
import { ask, errorsOf } from './ask.ts'
import { fakeSource } from './fake-app.ts'
import {
  fakeActiveflow,
  fakeAgent,
  fakeCall,
  fakeCampaign,
  fakeDoneCall,
  fakeOutdial,
  fakeOutplan,
  fakeQueue,
  fakeStats,
  fakeTarget,
  someInstant,
} from './fake-objects.ts'

describe('nodes', () => {
  const nodes: AnyNode[] = [
    { type: 'Campaign', value: fakeCampaign() },
    { type: 'Outdial', value: fakeOutdial() },
    { type: 'OutdialTarget', value: fakeTarget() },
    { type: 'Outplan', value: fakeOutplan() },
    { type: 'Queue', value: fakeQueue() },
    { type: 'Agent', value: fakeAgent() },
    { type: 'Campaigncall', value: fakeCall() },
    { type: 'Activeflow', value: fakeActiveflow() },
  ]

  test('are of their own type, and null where there is none', async () => {
    const known = new Map(nodes.map((node) => [node.value.id, node]))
    const { source, argsOf } = fakeSource({
      nodes: { byIds: async (_viewer, ids) => ids.map((id) => known.get(id) ?? null) },
    })
    const ids = ['none', ...known.keys()]
    const { data } = await ask(
      source,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Agent { extension } } }',
      { ids },
    )
    expect(data).toEqual({
      nodes: [
        null,
        ...nodes.map(({ type, value }) => ({
          __typename: type,
          id: value.id,
          ...(type === 'Agent' && { extension: '102' }),
        })),
      ],
    })
    expect(argsOf('nodes.byIds')).toEqual([[ids]])
    expect((await ask(source, '{ node(id: "queue-1") { __typename } }')).data).toEqual({
      node: { __typename: 'Queue' },
    })
    expect((await ask(source, '{ node(id: "none") { __typename } }')).data).toEqual({ node: null })
  })

  test('are at most five hundred at once', async () => {
    const { source, calls } = fakeSource({ nodes: { byIds: async (_viewer, ids) => ids.map(() => null) } })
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const ids = Array.from({ length: 501 }, (_, index) => `${index}`)
    expect(errorsOf(await ask(source, query, { ids }))).toEqual([
      ['BAD_USER_INPUT', 'nodes takes at most 500 ids, got 501.'],
    ])
    expect(calls.map(({ name }) => name)).not.toContain('nodes.byIds')
    expect(errorsOf(await ask(source, query, { ids: ids.slice(1) }))).toEqual([])
  })
})

describe('mutations', () => {
  test('answer with the object and no errors', async () => {
    const { source, argsOf } = fakeSource({
      campaigns: { run: async () => ({ value: fakeCampaign({ status: 'RUN' }), errors: [] }) },
    })
    const { data } = await ask(source, 'mutation { campaignRun(id: "a") { campaign { status } userErrors { code } } }')
    expect(data).toEqual({ campaignRun: { campaign: { status: 'RUN' }, userErrors: [] } })
    expect(argsOf('campaigns.run')).toEqual([['a']])
  })

  test('answer with what the caller can put right', async () => {
    const errors = [{ code: 'BLANK', field: ['outdialId'], message: 'A campaign needs an outdial to run.' }] as const
    const { source } = fakeSource({ campaigns: { run: async () => ({ value: null, errors }) } })
    const { data } = await ask(
      source,
      'mutation { campaignRun(id: "a") { campaign { id } userErrors { code field message } } }',
    )
    expect(data).toEqual({ campaignRun: { campaign: null, userErrors: errors } })
  })

  test('tell null from what is left out', async () => {
    const { source, argsOf } = fakeSource({
      campaigns: { update: async () => ({ value: null, errors: [] }) },
      outdialTargets: { update: async () => ({ value: null, errors: [] }) },
    })
    await ask(
      source,
      'mutation { campaignUpdate(id: "a", input: { queueId: null, name: "N" }) { userErrors { code } } }',
    )
    expect(argsOf('campaigns.update')).toEqual([['a', { queueId: null, name: 'N' }]])
    const update =
      'mutation ($input: OutdialTargetUpdateInput!) { outdialTargetUpdate(id: "t", input: $input) { userErrors { code } } }'
    await ask(source, update, { input: { name: 'N' } })
    await ask(source, update, { input: { destinations: null } })
    await ask(source, update, { input: { destinations: [null, { target: '+12025550100' }] } })
    const address = { type: 'TEL', target: '+12025550100', targetName: '', name: '', detail: '' }
    expect(argsOf('outdialTargets.update')).toStrictEqual([
      ['t', { name: 'N' }],
      ['t', { destinations: null }],
      ['t', { destinations: [null, address] }],
    ])
  })

  test('of targets answer with the list, the targets and the count', async () => {
    const outdial = fakeOutdial()
    const { source, argsOf } = fakeSource({
      outdialTargets: {
        add: async () => ({ value: { outdial, targets: [fakeTarget()] }, errors: [] }),
        reset: async () => ({ value: { outdial, resetCount: 4 }, errors: [] }),
      },
    })
    const { data } = await ask(
      source,
      `mutation {
        outdialTargetsAdd(outdialId: "o", targets: [{ destinations: [{ target: "1" }, null] }]) { outdial { targetsTotal } targets { id } userErrors { code } }
        outdialTargetsReset(outdialId: "o") { outdial { id } resetCount userErrors { code } }
      }`,
    )
    expect(data).toEqual({
      outdialTargetsAdd: { outdial: { targetsTotal: 6 }, targets: [{ id: 'target-1' }], userErrors: [] },
      outdialTargetsReset: { outdial: { id: 'outdial-1' }, resetCount: 4, userErrors: [] },
    })
    const destination = { type: 'TEL', target: '1', targetName: '', name: '', detail: '' }
    expect(argsOf('outdialTargets.add')).toEqual([
      ['o', [{ name: '', detail: '', data: '', destinations: [destination, null] }]],
    ])
    expect(argsOf('outdialTargets.reset')).toEqual([['o', 'FAILED']])
  })

  test('of targets answer with nulls when the list is not there', async () => {
    const errors = [{ code: 'NOT_FOUND', field: ['outdialId'], message: 'No such outdial.' }] as const
    const { source } = fakeSource({
      outdialTargets: { add: async () => ({ value: null, errors }), reset: async () => ({ value: null, errors }) },
    })
    const { data } = await ask(
      source,
      `mutation {
        outdialTargetsAdd(outdialId: "o", targets: []) { outdial { id } targets { id } userErrors { code } }
        outdialTargetsReset(outdialId: "o", which: ALL) { outdial { id } resetCount userErrors { code } }
      }`,
    )
    expect(data).toEqual({
      outdialTargetsAdd: { outdial: null, targets: null, userErrors: [{ code: 'NOT_FOUND' }] },
      outdialTargetsReset: { outdial: null, resetCount: null, userErrors: [{ code: 'NOT_FOUND' }] },
    })
  })
})

describe('fields', () => {
  test('show 0 as never where a target was not tried', async () => {
    const { source } = fakeSource({
      outdialTargets: {
        byIds: async () => [fakeTarget({ id: 'a' }), fakeTarget({ id: 'b', lastAttemptAt: someInstant })],
      },
    })
    const { data } = await ask(
      source,
      '{ a: outdialTarget(id: "a") { lastAttemptAt } b: outdialTarget(id: "b") { lastAttemptAt } }',
    )
    expect(data).toEqual({ a: { lastAttemptAt: null }, b: { lastAttemptAt: '2026-11-20T06:03:00.000Z' } })
  })

  test('of a call are null until they are known', async () => {
    const { source } = fakeSource({
      campaigncalls: { byIds: async () => [fakeCall({ id: 'a' }), fakeDoneCall({ id: 'b' })] },
      agents: { byIds: async () => [fakeAgent()] },
    })
    const fields = '{ status result hangupReason answeredAt endedAt agent { name } }'
    const { data } = await ask(source, `{ a: campaigncall(id: "a") ${fields} b: campaigncall(id: "b") ${fields} }`)
    expect(data).toEqual({
      a: { status: 'DIALING', result: null, hangupReason: null, answeredAt: null, endedAt: null, agent: null },
      b: {
        status: 'DONE',
        result: 'SUCCESS',
        hangupReason: 'NORMAL',
        answeredAt: '2026-11-20T06:03:00.000Z',
        endedAt: '2026-11-20T06:03:05.000Z',
        agent: { name: 'Grace' },
      },
    })
  })

  test('of the counters are sums and shares, null where there is nothing to share', async () => {
    const counted = fakeStats({
      callsTotal: 10,
      callsDialing: 2,
      callsProgressing: 1,
      answered: 4,
      abandoned: 1,
      targetsIdle: 5,
      targetsDone: 2,
    })
    const { source } = fakeSource({
      campaigns: {
        byIds: async () => [fakeCampaign({ id: 'a' }), fakeCampaign({ id: 'b' })],
        stats: async () => [counted, fakeStats()],
      },
    })
    const fields = '{ stats { targetsTotal callsDone answerRate abandonRate } }'
    const { data } = await ask(source, `{ a: campaign(id: "a") ${fields} b: campaign(id: "b") ${fields} }`)
    expect(data).toEqual({
      a: { stats: { targetsTotal: 7, callsDone: 7, answerRate: 0.5, abandonRate: 0.25 } },
      b: { stats: { targetsTotal: 0, callsDone: 0, answerRate: null, abandonRate: null } },
    })
  })
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import { action } from '../support/given-actions.ts'
import { createServedWorld } from './served-world.ts'

/** The very query that the README shows. */
const nestedQuery = (() => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const block = /<!-- the nested query -->\n```sh\n[^\n]*\n([\s\S]*?)\nJSON\n```/.exec(readme)?.[1] ?? ''
  return /"query": "([\s\S]*)"/.exec(block)?.[1] ?? ''
})()

interface Nested {
  campaigns: {
    nodes: {
      name: string
      campaigncalls: { nodes: { outdialTarget: { name: string }; agent: { name: string } | null }[] }
    }[]
  }
}

/** Campaigns whose calls have been taken by agents, and the statements that a function ran meanwhile. */
async function worldWithCalls(campaigns: number) {
  const statements: string[] = []
  const world = await createServedWorld({ onStatement: (sql) => statements.push(sql) })
  for (let i = 0; i < campaigns; i++) {
    const queue = await givenQueue(world)
    await givenAgents(world, queue.id, [{}, {}])
    const people = [[scripted(i, 202)], [scripted(i, 303)], [scripted(i, 404)]]
    const { campaign } = await givenReady(world, { people, campaign: { queueId: queue.id } })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
  }
  await world.run()
  return {
    world,
    async counted<Result>(work: () => Promise<Result>) {
      statements.length = 0
      const result = await work()
      return { result, statements: statements.filter((sql) => /^\s*select/i.test(sql)) }
    },
  }
}

test('the nested query costs one statement for each relation, whatever the number of parents', async () => {
  for (const campaigns of [1, 4]) {
    const { world, counted } = await worldWithCalls(campaigns)
    const { result, statements } = await counted(() => world.must<Nested>(nestedQuery))
    expect(result.campaigns.nodes).toHaveLength(campaigns)
    expect(result.campaigns.nodes.flatMap((of) => of.campaigncalls.nodes)).toHaveLength(campaigns * 3)
    expect(result.campaigns.nodes.every((of) => of.campaigncalls.nodes.some((call) => call.agent !== null))).toBe(true)
    const from = (table: string) => statements.filter((sql) => sql.includes(`from "${table}"`)).length
    expect({
      campaigns: from('campaign'),
      campaigncalls: from('campaigncall'),
      outdialTargets: from('outdial_target'),
      agents: from('agent'),
      all: statements.length,
    }).toEqual({ campaigns: 1, campaigncalls: 1, outdialTargets: 1, agents: 1, all: 4 })
    await world.close()
  }
})

test('a board of campaigns with their statistics, calls and what blocks them costs 20 statements at most', async () => {
  const board = `{
    campaigns(first: 20) {
      nodes {
        name
        stats { targetsTotal targetsIdle callsTotal callsDialing success fail hangupReasons { reason count } }
        dialing { blockedBy message availableAgents allowed nextAttemptAt }
        transitions(last: 5) { to at }
        campaigncalls(first: 20) {
          nodes { status outdialTarget { name status } agent { name status } queue { name availableAgents } }
        }
      }
    }
  }`
  const counts: number[] = []
  for (const campaigns of [2, 10]) {
    const { world, counted } = await worldWithCalls(campaigns)
    const { result, statements } = await counted(() => world.must<Nested>(board))
    expect(result.campaigns.nodes.flatMap((of) => of.campaigncalls.nodes)).toHaveLength(campaigns * 3)
    counts.push(statements.length)
    await world.close()
  }
  expect(Math.max(...counts)).toBeLessThanOrEqual(20)
})

test('a count is run only where totalCount is asked for', async () => {
  const { world, counted } = await worldWithCalls(1)
  const counts = async (query: string) =>
    (await counted(() => world.must(query))).statements.filter((sql) => sql.includes('count(')).length
  expect(await counts('{ campaigncalls { nodes { id } } }')).toBe(0)
  expect(await counts('{ campaigncalls { totalCount } }')).toBe(1)
  await world.close()
})

test('what was run and recorded on fifty calls costs as many statements as on two', async () => {
  const query = `{
    campaigncalls(first: 100) {
      nodes {
        activeflow {
          status
          currentAction { type }
          variables
          executed { action { type } startedAt endedAt outcome }
          campaigncall { id }
        }
        recordings { location startedAt endedAt }
      }
    }
  }`
  interface Run {
    campaigncalls: { nodes: { activeflow: { executed: { outcome: string }[] }; recordings: unknown[] }[] }
  }
  const costs: number[] = []
  for (const count of [2, 50]) {
    const statements: string[] = []
    const world = await createServedWorld({ onStatement: (sql) => statements.push(sql) })
    const queue = await givenQueue(world)
    await givenAgents(world, queue.id, [{}, {}])
    const { campaign } = await givenReady(world, {
      people: Array.from({ length: count }, (_, i) => [scripted(i % 50, 200 + i)]),
      campaign: { actions: [action('RECORDING_START'), action('QUEUE_JOIN')], queueId: queue.id },
    })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.run()
    statements.length = 0
    const { nodes } = (await world.must<Run>(query)).campaigncalls
    expect(nodes).toHaveLength(count)
    for (const { activeflow, recordings } of nodes)
      expect([activeflow.executed.map(({ outcome }) => outcome), recordings.length]).toEqual([
        ['recording', 'connected to an agent'],
        1,
      ])
    costs.push(statements.filter((sql) => /^\s*select/i.test(sql)).length)
    await world.close()
  }
  expect(costs[1]).toBe(costs[0])
})

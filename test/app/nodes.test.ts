import { expect, test } from 'vitest'
import { callsOf, givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import { givenWorld, unknownId } from './support.ts'

test('nodes are found by their ids, of whatever kind they are, in the order of the ids', async () => {
  const world = await givenWorld({ startEngine: true })
  const { app, viewer } = world
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  const ready = await givenReady(world, { people: [[scripted(60)]] })
  must(await app.campaigns.run(viewer, ready.campaign.id))
  await world.advance(100)
  const [call] = await callsOf(world, ready.campaign.id)
  const answered = await givenReady(world, { people: [[scripted(95)]] })
  must(await app.campaigns.run(viewer, answered.campaign.id))
  await world.advance(3000)
  const [talking] = await callsOf(world, answered.campaign.id)
  const kinds = {
    Activeflow: talking?.activeflowId,
    Agent: agent?.id,
    Campaigncall: call?.id,
    OutdialTarget: ready.targets[0]?.id,
    Outplan: ready.outplan.id,
    Queue: queue.id,
    Outdial: ready.outdial.id,
    Campaign: ready.campaign.id,
  }
  const ids = Object.values(kinds).map((id) => id ?? '')
  const nodes = await app.nodes.byIds(viewer, [...ids, unknownId, ids[0] ?? '', ids[1]?.toUpperCase() ?? '', 'x'])
  expect(nodes.map((node) => node?.type ?? null)).toEqual([...Object.keys(kinds), null, 'Activeflow', 'Agent', null])
  expect(nodes.slice(0, 8).map((node) => node?.value.id)).toEqual(ids)
  expect(nodes[7]?.value).toEqual((await app.campaigns.byIds(viewer, [ready.campaign.id]))[0])
})

test('no ids are no nodes', async () => {
  const world = await givenWorld()
  expect(await world.app.nodes.byIds(world.viewer, [])).toEqual([])
})

test('kinds are asked one after the other, each only for what is still missing', async () => {
  const statements: string[] = []
  const world = await givenWorld({ onStatement: (sql) => statements.push(sql) })
  const { campaign } = await givenReady(world, { people: [] })
  statements.length = 0
  await world.app.nodes.byIds(world.viewer, [campaign.id, campaign.id])
  expect(statements).toHaveLength(1)
  statements.length = 0
  await world.app.nodes.byIds(world.viewer, [unknownId])
  expect(statements).toHaveLength(8)
})

import { expect, test } from 'vitest'
import type { Unit } from '../../src/app/unit-of-work.ts'
import type { Agent } from '../../src/domain/agent.ts'
import { ConstraintViolation } from '../../src/kernel/errors.ts'
import { givenAgent } from '../support/given.ts'
import { change, givenWorld } from './support.ts'

/** A world with two agents, one of which can be saved in a state that the database refuses. */
async function givenAgents() {
  const world = await givenWorld()
  const agents: readonly [Agent, Agent] = [await givenAgent(world), await givenAgent(world)]
  const spoil = (unit: Unit) => unit.saveAgent(agents[1], { ...agents[1], status: 'ASLEEP' as never })
  const rename = (unit: Unit) => unit.saveAgent(agents[0], { ...agents[0], detail: 'renamed' })
  const details = async () =>
    (await world.app.agents.byIds(world.viewer, [agents[0].id, agents[1].id])).map((agent) => agent?.detail)
  return { world, spoil, rename, details }
}

test('a step whose changes the database refuses is undone, and the rest of the transaction is committed', async () => {
  const { world, spoil, rename, details } = await givenAgents()
  await change(world, async (unit) => {
    rename(unit)
    const failing = unit.savepoint(async () => spoil(unit))
    await expect(failing).rejects.toBeInstanceOf(ConstraintViolation)
  })
  expect(await details()).toEqual(['renamed', ''])
})

test('changes that the database refuses outside a savepoint are never committed in part, whoever catches the error', async () => {
  const { world, spoil, rename, details } = await givenAgents()
  const committing = change(world, async (unit) => {
    rename(unit)
    await unit.stored()
    spoil(unit)
    await unit.savepoint(async () => {}).catch(() => {})
    // A savepoint that fails later does not make the first failure good.
    await unit.savepoint(async () => spoil(unit)).catch(() => {})
  })
  await expect(committing).rejects.toBeInstanceOf(ConstraintViolation)
  expect(await details()).toEqual(['', ''])
})

test('an object that is saved several times is written in its newest state, and read so before that', async () => {
  const { world, details } = await givenAgents()
  const [first] = (await world.app.agents.page(world.viewer, { first: 1 })).rows
  await change(world, async (unit) => {
    const agent = first as Agent
    unit.saveAgent(agent, { ...agent, detail: 'once' })
    expect((await unit.objects.agent(agent.customerId, agent.id))?.detail).toBe('once')
    unit.saveAgent(agent, { ...agent, detail: 'twice' })
    const { agents } = await unit.stored()
    expect((await agents.byId(agent.customerId, agent.id))?.detail).toBe('twice')
  })
  expect(await details()).toEqual(['twice', ''])
})

import { describe, expect, test } from 'vitest'
import { callsOf, givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import { dump, expectRefused, givenWorld } from './support.ts'

async function givenCall(number: string, inQueue = false) {
  const world = await givenWorld({ startEngine: true })
  const queue = inQueue ? await givenQueue(world, { waitTimeoutMs: 0 }) : null
  const [agent] = queue ? await givenAgents(world, queue.id, [{}]) : []
  const settings = queue ? { queueId: queue.id, actions: [{ type: 'QUEUE_JOIN' as const }] } : {}
  const plan = { maxTryCounts: [1] }
  const { campaign } = await givenReady(world, { people: [[number]], plan, campaign: settings })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(100)
  if (agent) must(await world.app.agents.setStatus(world.viewer, agent.id, 'AWAY'))
  const call = async () => {
    const [found] = await callsOf(world, campaign.id)
    if (!found) throw new Error('no call was made')
    return found
  }
  const hangup = async () => world.app.campaigncalls.hangup(world.viewer, (await call()).id)
  return { world, call, hangup }
}

describe('a hangup', () => {
  test('of a call that rings is stored as CANCEL, and the call ends with that once the carrier says so', async () => {
    const { world, call, hangup } = await givenCall(scripted(60))
    const asked = must(await hangup())
    expect(asked).toMatchObject({ status: 'DIALING', endRequest: { reason: 'CANCEL', at: world.effects.now() } })
    await world.advance(2000)
    expect(await call()).toMatchObject({ status: 'DONE', hangupReason: 'CANCEL', result: 'FAIL' })
  })

  test('of an answered call is stored as NORMAL', async () => {
    const { world, call, hangup } = await givenCall(scripted(95))
    await world.advance(5000)
    expect(must(await hangup())).toMatchObject({ status: 'PROGRESSING', endRequest: { reason: 'NORMAL' } })
    await world.advance(2000)
    expect(await call()).toMatchObject({ status: 'DONE', hangupReason: 'NORMAL', result: 'SUCCESS' })
  })

  test('of a call that waits for an agent is stored as CANCEL', async () => {
    const { world, call, hangup } = await givenCall(scripted(95), true)
    await world.advance(5000)
    expect(await call()).toMatchObject({ status: 'PROGRESSING', phase: 'WAITING' })
    expect(must(await hangup())).toMatchObject({ endRequest: { reason: 'CANCEL' } })
    await world.advance(2000)
    expect(await call()).toMatchObject({ status: 'DONE', hangupReason: 'CANCEL' })
  })

  test('that was asked for already returns the call, and changes nothing', async () => {
    const { world, call, hangup } = await givenCall(scripted(60))
    must(await hangup())
    await world.settle()
    const before = dump(world)
    expect(must(await hangup())).toEqual(await call())
    expect(dump(world)).toEqual(before)
  })

  test('of a call that is done is a STATE_CONFLICT, and the call is shown as it stands', async () => {
    const { world, call, hangup } = await givenCall(scripted(50))
    await world.run()
    const done = await call()
    expect(done.status).toBe('DONE')
    await expectRefused(world, ['STATE_CONFLICT id'], hangup, done)
  })
})

describe('the transitions of calls', () => {
  test('come for each call, oldest first, with versions from 1', async () => {
    const { world, call } = await givenCall(scripted(0))
    await world.run()
    const { id } = await call()
    const [none, transitions = []] = await world.app.campaigncalls.transitions(world.viewer, [
      'unknown',
      id.toUpperCase(),
    ])
    expect(none).toEqual([])
    expect(transitions.map((of) => [of.version, of.event, of.from, of.to])).toEqual([
      [1, 'CREATED', null, 'DIALING'],
      [2, 'ANSWERED', 'DIALING', 'PROGRESSING'],
      [3, 'ENDED', 'PROGRESSING', 'DONE'],
    ])
  })
})

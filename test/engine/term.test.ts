import { expect, test } from 'vitest'
import { TermLost } from '../../src/app/terms.ts'
import { callsOf, givenReady, givenTargets, must, scripted } from '../support/given.ts'
import { createWorld } from '../support/world.ts'

test('an engine stands down when another has taken over its database', async () => {
  const first = await createWorld()
  const { campaign, outdial } = await givenReady(first, { people: [], campaign: { endHandle: 'CONTINUE' } })
  must(await first.app.campaigns.run(first.viewer, campaign.id))
  await first.settle()
  const second = await createWorld({ file: first.file, effects: first.effects })
  await second.settle()
  // Told of by the first process alone: only its engine wakes, and finds out.
  await givenTargets(first, outdial.id, [[scripted(0)]])
  await first.settle()
  expect(await callsOf(first, campaign.id)).toEqual([])
  expect(first.complaints.splice(0)).toMatchObject([
    { message: 'another engine has taken over; this one places no more calls' },
  ])
  await second.close()
  await first.close()
})

test('calls in flight are not put in doubt by an engine whose database another has taken over', async () => {
  const first = await createWorld()
  const { campaign, outdial } = await givenReady(first, { people: [] })
  must(await first.app.campaigns.run(first.viewer, campaign.id))
  await givenTargets(first, outdial.id, [[scripted(0)]])
  await first.settle()
  const second = await createWorld({ file: first.file, effects: first.effects })
  await second.settle()
  const [before] = await callsOf(second, campaign.id)
  await first.advance(1)
  await expect(first.app.terms.doubtCalls()).rejects.toBeInstanceOf(TermLost)
  expect(await callsOf(second, campaign.id)).toEqual([before])
  await second.close()
  await first.close()
})

test('an engine that is alone in its database goes on', async () => {
  const world = await createWorld()
  const { campaign, outdial } = await givenReady(world, { people: [], campaign: { endHandle: 'CONTINUE' } })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  await givenTargets(world, outdial.id, [[scripted(0)]])
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.close()
})

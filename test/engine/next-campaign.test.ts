import { expect, test } from 'vitest'
import {
  callsOf,
  campaignStepsOf,
  givenCampaign,
  givenReady,
  givenRunning,
  must,
  scripted,
  statusOf,
} from '../support/given.ts'
import { givenWorld } from '../support/given-world.ts'
import type { World } from '../support/world.ts'

const answered = scripted(0)

async function latestCause(world: World, campaignId: string) {
  const [steps = []] = await world.app.transitions.latestOfCampaigns(world.viewer, [campaignId], 1)
  return steps[0]?.cause
}

test('NX-1: at its natural end a campaign runs the next one, and the cause names it', async () => {
  const world = await givenWorld()
  const next = await givenReady(world, { people: [[answered]] })
  const { campaign } = await givenRunning(world, {
    people: [[answered]],
    campaign: { nextCampaignId: next.campaign.id },
  })
  await world.run()
  expect(await campaignStepsOf(world, next.campaign.id)).toEqual(['STOP RUN', 'RUN STOP'])
  const [steps = []] = await world.app.transitions.latestOfCampaigns(world.viewer, [next.campaign.id], 2)
  expect(steps[0]?.cause).toContain(`"${campaign.name}"`)
  expect(await callsOf(world, next.campaign.id)).toMatchObject([{ result: 'SUCCESS' }])
})

test('the stop of a campaign comes before the run of the next one in the log', async () => {
  const world = await givenWorld()
  const next = await givenReady(world, { people: [[answered]] })
  await givenRunning(world, { people: [[answered]], campaign: { nextCampaignId: next.campaign.id } })
  await world.run()
  const steps = await world.app.transitions.campaignList(world.viewer, { first: 10 })
  expect(steps.map((step) => [step.campaignId === next.campaign.id ? 'next' : 'first', step.to])).toEqual([
    ['first', 'RUN'],
    ['first', 'STOP'],
    ['next', 'RUN'],
    ['next', 'STOP'],
  ])
})

test('a campaign that was stopped does not run the next one', async () => {
  const world = await givenWorld()
  const next = await givenReady(world, { people: [[answered]] })
  const { campaign } = await givenRunning(world, {
    people: [[answered]],
    campaign: { nextCampaignId: next.campaign.id },
  })
  await world.settle()
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  await world.run()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  expect(await campaignStepsOf(world, next.campaign.id)).toEqual([])
})

test('a next campaign that cannot be run is the recorded cause, and logged', async () => {
  const world = await givenWorld()
  const next = await givenCampaign(world)
  const { campaign } = await givenRunning(world, { people: [[answered]], campaign: { nextCampaignId: next.id } })
  await world.run()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  expect(await latestCause(world, campaign.id)).toContain('could not be run: The campaign has no outplan.')
  expect(world.complaints).toMatchObject([{ level: 'warn', fields: { nextCampaignId: next.id } }])
  expect(await campaignStepsOf(world, next.id)).toEqual([])
})

test('a next campaign that was deleted is the recorded cause', async () => {
  const world = await givenWorld()
  const next = await givenCampaign(world)
  const { campaign } = await givenRunning(world, { people: [[answered]], campaign: { nextCampaignId: next.id } })
  must(await world.app.campaigns.delete(world.viewer, next.id))
  await world.run()
  expect(await latestCause(world, campaign.id)).toContain('could not be run: it was deleted.')
})

test('a next campaign that runs already is left alone', async () => {
  const world = await givenWorld()
  const next = await givenRunning(world, { people: [[scripted(95)]] })
  const { campaign } = await givenRunning(world, {
    people: [[answered]],
    campaign: { nextCampaignId: next.campaign.id },
  })
  await world.advance(10_000)
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  expect(await campaignStepsOf(world, next.campaign.id)).toEqual(['STOP RUN'])
  expect(world.complaints).toEqual([])
})

test('campaigns follow each other along a chain', async () => {
  const world = await givenWorld()
  const third = await givenReady(world, { people: [[answered]] })
  const second = await givenReady(world, { people: [], campaign: { nextCampaignId: third.campaign.id } })
  await givenRunning(world, { people: [[answered]], campaign: { nextCampaignId: second.campaign.id } })
  await world.run()
  expect(await campaignStepsOf(world, second.campaign.id)).toEqual(['STOP RUN', 'RUN STOP'])
  expect(await campaignStepsOf(world, third.campaign.id)).toEqual(['STOP RUN', 'RUN STOP'])
})

test('a ring of campaigns is refused when it is saved', async () => {
  const world = await givenWorld()
  const second = await givenCampaign(world)
  const first = await givenCampaign(world, { nextCampaignId: second.id })
  const outcome = await world.app.campaigns.update(world.viewer, second.id, { nextCampaignId: first.id })
  expect(outcome.errors).toMatchObject([{ code: 'INVALID', field: ['input', 'nextCampaignId'] }])
  const itself = await world.app.campaigns.update(world.viewer, second.id, { nextCampaignId: second.id })
  expect(itself.errors).toMatchObject([{ code: 'INVALID', field: ['input', 'nextCampaignId'] }])
})

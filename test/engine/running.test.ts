import { expect, test } from 'vitest'
import {
  callsOf,
  campaignStepsOf,
  dialingOf,
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenReady,
  givenRunning,
  must,
  scripted,
  statusOf,
  targetsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const busy = scripted(50)
const answered = scripted(0)

test('SM-1: running a campaign without an outdial is refused, and it stays stopped', async () => {
  const world = await givenWorld()
  const outplan = await givenOutplan(world)
  const campaign = await givenCampaign(world, { outplanId: outplan.id })
  const outcome = await world.app.campaigns.run(world.viewer, campaign.id)
  expect(outcome.errors).toMatchObject([{ code: 'BLANK', field: ['outdialId'] }])
  expect(outcome.value).toMatchObject({ id: campaign.id, status: 'STOP' })
  expect(await campaignStepsOf(world, campaign.id)).toEqual([])
})

test('running a campaign without an outplan is refused', async () => {
  const world = await givenWorld()
  const outdial = await givenOutdial(world)
  const campaign = await givenCampaign(world, { outdialId: outdial.id })
  const outcome = await world.app.campaigns.run(world.viewer, campaign.id)
  expect(outcome.errors).toMatchObject([{ code: 'BLANK', field: ['outplanId'] }])
})

test('running a campaign whose outplan was deleted is refused', async () => {
  const world = await givenWorld()
  const { campaign, outplan } = await givenReady(world, { people: [] })
  must(await world.app.outplans.delete(world.viewer, outplan.id))
  const outcome = await world.app.campaigns.run(world.viewer, campaign.id)
  expect(outcome.errors).toMatchObject([{ code: 'NOT_FOUND', field: ['outplanId'] }])
})

test('SM-2: running a campaign that runs returns it as it is, without a transition', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[scripted(95)]] })
  await world.settle()
  const [before] = await world.app.campaigns.byIds(world.viewer, [campaign.id])
  expect(must(await world.app.campaigns.run(world.viewer, campaign.id))).toEqual(before)
  expect(await campaignStepsOf(world, campaign.id)).toEqual(['STOP RUN'])
})

test('SM-3: a campaign that is stopped with a call dialing is STOPPING until the call has ended', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[busy], [busy]], campaign: { concurrentCallsMax: 1 } })
  await world.settle()
  expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOPPING')
  await world.advance(999)
  expect(await statusOf(world, campaign.id)).toBe('STOPPING')
  await world.advance(1)
  expect(await campaignStepsOf(world, campaign.id)).toEqual(['STOP RUN', 'RUN STOPPING', 'STOPPING STOP'])
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
})

test('the end of the last call and the stop of its campaign are one commit', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[busy], [busy]] })
  await world.settle()
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  const seen: string[] = []
  world.app.reader.wakeup.onRing(() => {
    seen.push(world.app.reader.latestPosition().toString())
  })
  await world.advance(1000)
  const [stopped] = await world.app.transitions.latestOfCampaigns(world.viewer, [campaign.id], 1)
  const calls = (await world.app.transitions.campaigncallList(world.viewer, { first: 500 })).at(-1)
  // No commit ended between the last call's entry and the campaign's.
  expect(stopped?.[0]?.position).toBe((calls?.position ?? 0) + 1)
  expect(seen).not.toContain(String(calls?.position))
})

test('a campaign that is stopped with no call in flight is STOP at once', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[busy]] })
  await world.advance(1000)
  expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOP')
})

test('stopping a campaign that is STOPPING or STOP changes nothing', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[busy]] })
  await world.settle()
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOPPING')
  await world.run()
  expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOP')
  expect(await campaignStepsOf(world, campaign.id)).toEqual(['STOP RUN', 'RUN STOPPING', 'STOPPING STOP'])
})

test('no call starts from the commit of the stop on', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenReady(world, { people: [[busy], [busy], [busy]] })
  const running = world.app.campaigns.run(world.viewer, campaign.id)
  const stopping = world.app.campaigns.stop(world.viewer, campaign.id)
  await Promise.all([running, stopping])
  await world.settle()
  expect(carrier.requests).toEqual([])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a stopped campaign dials nothing, whatever is added to its list', async () => {
  const world = await givenWorld()
  const { campaign } = await givenReady(world, { people: [[answered]] })
  await world.run()
  expect(await callsOf(world, campaign.id)).toEqual([])
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CAMPAIGN_NOT_RUNNING')
})

test('a STOPPING campaign that is run again goes on with its calls in flight', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[answered], [answered]],
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  expect(must(await world.app.campaigns.run(world.viewer, campaign.id)).status).toBe('RUN')
  await world.run()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ result: 'SUCCESS' }, { result: 'SUCCESS' }])
  expect(await campaignStepsOf(world, campaign.id)).toEqual(['STOP RUN', 'RUN STOPPING', 'STOPPING RUN', 'RUN STOP'])
})

test('a list with retries still to come keeps its campaign running', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[busy]], plan: { maxTryCounts: [2] } })
  await world.advance(3_600_000)
  expect(await statusOf(world, campaign.id)).toBe('RUN')
  await world.run()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('one bad target does not end the campaign', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[scripted(75)], [answered]],
    plan: { maxTryCounts: [1] },
    campaign: { concurrentCallsMax: 1 },
  })
  await world.run()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ result: 'FAIL' }, { result: 'SUCCESS' }])
})

test('targets that no rule will ever let through do not keep a campaign running', async () => {
  const world = await givenWorld()
  // Nobody has a destination 0, and the plan knows no other.
  const { campaign, outdial } = await givenRunning(world, {
    people: [[null, answered]],
    plan: { maxTryCounts: [1] },
  })
  await world.settle()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  expect(await callsOf(world, campaign.id)).toEqual([])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: false }])
})

test('a campaign with an empty list ends as soon as it runs', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [] })
  await world.settle()
  expect(await campaignStepsOf(world, campaign.id)).toEqual(['STOP RUN', 'RUN STOP'])
})

test('a campaign can be deleted when it is STOP only', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[busy]] })
  await world.settle()
  const conflict = [{ code: 'STATE_CONFLICT', message: 'campaign must be deactive' }]
  expect((await world.app.campaigns.delete(world.viewer, campaign.id)).errors).toMatchObject(conflict)
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  expect((await world.app.campaigns.delete(world.viewer, campaign.id)).errors).toMatchObject(conflict)
  await world.run()
  must(await world.app.campaigns.delete(world.viewer, campaign.id))
  // The name and the list are free again, and the calls can still be read.
  await givenCampaign(world, { name: campaign.name, outdialId: outdial.id })
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
})

test('while a campaign is not STOP its list, plan and queue can be neither deleted nor exchanged', async () => {
  const world = await givenWorld()
  const { campaign, outdial, outplan } = await givenRunning(world, { people: [[busy]] })
  await world.settle()
  const other = await givenOutdial(world)
  const { app, viewer } = world
  expect((await app.outdials.delete(viewer, outdial.id)).errors).toMatchObject([{ code: 'IN_USE' }])
  expect((await app.outplans.delete(viewer, outplan.id)).errors).toMatchObject([{ code: 'IN_USE' }])
  const exchanged = await app.campaigns.update(viewer, campaign.id, { outdialId: other.id, outplanId: null })
  expect(exchanged.errors.map((of) => [of.code, ...of.field])).toEqual([
    ['IN_USE', 'input', 'outdialId'],
    ['IN_USE', 'input', 'outplanId'],
  ])
})

test('other settings can be edited at any time and count from the next decision', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[busy], [busy], [busy]],
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  must(await world.app.campaigns.update(world.viewer, campaign.id, { concurrentCallsMax: null }))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(3)
})

test('a call keeps the actions that it was dialed with', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, {
    people: [[answered]],
    campaign: { actions: [{ type: 'PLAY', option: { urls: ['https://example.com/a.wav'] } }] },
  })
  await world.settle()
  must(await world.app.campaigns.update(world.viewer, campaign.id, { actions: [{ type: 'HANGUP', option: {} }] }))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
})

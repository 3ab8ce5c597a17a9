import { expect, test } from 'vitest'
import WebSocket from 'ws'
import { callsOf, givenReady, must, scripted } from '../support/given.ts'
import { createServedWorld } from './served-world.ts'

interface Event {
  campaigncallTransitioned: {
    cursor: string
    event: string
    version: number
    campaigncall: { id: string; campaign: { name: string } }
  }
}
const liveQuery = (args = '') =>
  `subscription { campaigncallTransitioned${args} { cursor event version campaigncall { id campaign { name } } } }`

test('a subscription that runs while a campaign is renamed shows the new name in its next event', async () => {
  const world = await createServedWorld()
  const { campaign } = await givenReady(world, { people: [[scripted(0)]] })
  const client = await world.connect()
  const after = (await world.must<{ latestCursor: string }>('{ latestCursor }')).latestCursor
  const events = client.iterate<Event>({ query: liveQuery(`(after: "${after}")`) })
  const next = async () => (await events.next()).value?.data?.campaigncallTransitioned
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  expect(await next()).toMatchObject({ event: 'CREATED', campaigncall: { campaign: { name: campaign.name } } })
  await world.must(
    `mutation { campaignUpdate(id: "${campaign.id}", input: { name: "Renamed" }) { userErrors { code } } }`,
  )
  await world.advance(2000)
  expect(await next()).toMatchObject({ event: 'ANSWERED', campaigncall: { campaign: { name: 'Renamed' } } })
  await world.close()
})

test('a subscription with a cursor replays and goes on live, without a gap and without a repeat', async () => {
  const world = await createServedWorld()
  const { campaign } = await givenReady(world, {
    people: [[scripted(0)], [scripted(50)], [scripted(1)]],
    plan: { maxTryCounts: [1] },
  })
  const { latestCursor } = await world.must<{ latestCursor: string }>('{ latestCursor }')
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(1500)
  const client = await world.connect()
  const events = client.iterate<Event>({ query: liveQuery(`(after: "${latestCursor}", campaignId: "${campaign.id}")`) })
  const seen: string[] = []
  const take = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const of = (await events.next()).value?.data?.campaigncallTransitioned
      seen.push(`${of?.campaigncall.id} ${of?.version} ${of?.event}`)
    }
  }
  // Three were created and one was busy before anybody listened; four more follow.
  await take(4)
  await world.run()
  await take(4)
  const calls = await callsOf(world, campaign.id)
  const lists = await world.app.campaigncalls.transitions(
    world.viewer,
    calls.map((call) => call.id),
  )
  const logged = lists.flat().sort((a, b) => a.position - b.position)
  expect(seen).toEqual(logged.map((of) => `${of.campaigncallId} ${of.version} ${of.event}`))
  await world.close()
})

test('a subscription to an unknown campaign fails at once, and the socket goes on', async () => {
  const world = await createServedWorld()
  const client = await world.connect()
  const stream = client.iterate({ query: liveQuery('(campaignId: "00000000-0000-7000-8000-000000000000")') })
  const answer = (await stream.next()).value
  expect(answer?.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  const { value } = await client.iterate({ query: '{ latestCursor }' }).next()
  expect(value?.data).toHaveProperty('latestCursor')
  await world.close()
})

test('a subscriber that stops reading keeps nobody from being served', async () => {
  const world = await createServedWorld()
  const people = Array.from({ length: 150 }, (_, i) => [scripted(i % 50, 200 + Math.floor(i / 50))])
  const { campaign } = await givenReady(world, { people })
  // Large events, so that the buffers of the kernel are full soon.
  const padding = Array.from({ length: 200 }, (_, i) => `a${i}: activeflowId`).join(' ')
  const stuck = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await new Promise((resolve) => stuck.once('open', resolve))
  stuck.send(JSON.stringify({ type: 'connection_init' }))
  await new Promise((resolve) => stuck.once('message', resolve))
  const query = `subscription { campaigncallTransitioned { campaigncall { ${padding} } } }`
  stuck.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
  stuck.pause()

  const client = await world.connect()
  const { latestCursor } = await world.must<{ latestCursor: string }>('{ latestCursor }')
  const events = client.iterate<Event>({ query: liveQuery(`(after: "${latestCursor}")`) })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  const running = world.run()
  for (let ended = 0; ended < 150; ) {
    const event = (await events.next()).value?.data?.campaigncallTransitioned
    if (event?.event === 'ENDED') ended++
  }
  await running
  expect((await fetch(`${world.url}/health`)).status).toBe(200)
  stuck.terminate()
  await world.close()
})

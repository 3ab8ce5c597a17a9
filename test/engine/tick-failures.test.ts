import { expect, test } from 'vitest'
import { callsOf, givenReady, givenRunning, givenTargets, must, scripted, statusOf } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'

const people = [[scripted(0)], [scripted(1)]]
const plan = { maxTryCounts: [1] }
const hungUp = { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' } as const

/** A world whose storage refuses every commit while it is full. */
async function givenFullDisk() {
  const disk = { full: false, refused: 0 }
  const onStatement = (sql: string) => {
    if (sql !== 'COMMIT' || !disk.full) return
    disk.refused++
    throw new Error('database or disk is full')
  }
  return { ...(await givenScriptedWorld({ onStatement })), disk }
}

test('news that comes while the storage fails is recorded once it works again', async () => {
  const { world, carrier, disk } = await givenFullDisk()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.settle()
  disk.full = true
  carrier.tell(carrier.callId(0), hungUp)
  carrier.tell(carrier.callId(1), hungUp)
  await world.advance(10_000)
  expect(world.complaints.splice(0).map((of) => of.message)).toContain('a tick of the engine failed')
  disk.full = false
  await world.advance(1000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'BUSY' }, { hangupReason: 'BUSY' }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a storage that fails is tried again after pauses, not without end', async () => {
  const { world, carrier, disk } = await givenFullDisk()
  await givenRunning(world, { people, plan })
  await world.settle()
  disk.full = true
  carrier.tell(carrier.callId(0), hungUp)
  await world.advance(10_000)
  expect(disk.refused).toBeGreaterThan(5)
  expect(disk.refused).toBeLessThan(50)
  world.complaints.length = 0
  disk.full = false
})

test('a call whose commit fails is not placed until one succeeds', async () => {
  const { world, carrier, disk } = await givenFullDisk()
  const { outdial } = await givenRunning(world, { people: [], plan, campaign: { endHandle: 'CONTINUE' } })
  await world.settle()
  // Full from the commit of the new target on.
  world.app.reader.wakeup.onRing(() => {
    disk.full = carrier.requests.length === 0
  })
  await givenTargets(world, outdial.id, people)
  await world.advance(5000)
  expect(disk.refused).toBeGreaterThan(0)
  expect(carrier.requests).toEqual([])
  disk.full = false
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(2)
  world.complaints.length = 0
})

test('an item that no tick can record is dropped, and the others are recorded', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.settle()
  const poisoned = carrier.callId(0)
  const run = world.app.ticks.run
  world.app.ticks.run = (look) =>
    run(() => {
      const request = look()
      const hit = request.news.items.some((item) => item.type === 'NEWS' && item.news.callId === poisoned)
      if (hit) throw new Error('poison')
      return request
    })
  carrier.tell(poisoned, { type: 'RINGING' })
  carrier.tell(carrier.callId(1), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }, { hangupReason: 'BUSY' }])
  expect(world.complaints.splice(0).at(-1)).toMatchObject({ message: 'news that cannot be recorded is dropped' })
})

test('news of a moment at which the storage failed more than once is not let go', async () => {
  for (const refusals of [1, 2, 3, 4, 5]) {
    const { world, carrier } = await givenScriptedWorld()
    const { campaign } = await givenRunning(world, { people, plan })
    await world.settle()
    const run = world.app.ticks.run
    let left = refusals
    world.app.ticks.run = (request) => (left-- > 0 ? Promise.reject(new Error('locked')) : run(request))
    carrier.tell(carrier.callId(0), hungUp)
    carrier.tell(carrier.callId(1), hungUp)
    await world.advance(5000)
    expect((await callsOf(world, campaign.id)).map((call) => call.status)).toEqual(['DONE', 'DONE'])
    world.complaints.length = 0
  }
})

test('a tick that fails without news runs again after a second', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenReady(world, { people, plan })
  await world.settle()
  const run = world.app.ticks.run
  let failures = 0
  world.app.ticks.run = (request) => {
    if (failures >= 2) return run(request)
    failures++
    return Promise.reject(new Error('for a moment'))
  }
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(1999)
  expect(carrier.requests).toHaveLength(0)
  await world.advance(1)
  expect(carrier.requests).toHaveLength(2)
  world.complaints.length = 0
})

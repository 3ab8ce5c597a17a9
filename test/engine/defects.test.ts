import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { callsOf, givenRunning, givenTargets, must, scripted, statusOf, targetsOf } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'
import type { World } from '../support/world.ts'

const plan = { maxTryCounts: [3], tryIntervalMs: 60_000 }
const poisoned = scripted(1)
const people = [[scripted(0)], [poisoned], [scripted(2)]]

/** Lets the making of a call to one number fail, as a defect of ours would. */
function poison(world: World, number: string) {
  const spoiler = new Database(world.file)
  spoiler.exec(`create trigger poison before insert on campaigncall when new.destination like '%${number}%'
    begin select raise(abort, 'poison'); end`)
  return () => {
    spoiler.exec('drop trigger poison')
    spoiler.close()
  }
}

test('a target whose dialing fails keeps nobody else from being dialed, and is tried again after its interval', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const cure = poison(world, poisoned)
  const { campaign, outdial } = await givenRunning(world, { people, plan })
  await world.settle()
  expect(carrier.requests.map((of) => of.to.target)).toEqual([scripted(0), scripted(2)])
  expect(await targetsOf(world, outdial.id)).toMatchObject([
    { status: 'PROGRESSING' },
    { status: 'IDLE', lastAttemptAt: world.effects.now(), failedInRow: 1, reached: false },
    { status: 'PROGRESSING' },
  ])
  expect(world.complaints.splice(0)).toMatchObject([
    { level: 'error', message: 'a target could not be claimed and is tried again after its interval' },
  ])
  cure()
  await world.advance(59_999)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
  await world.advance(1)
  expect(carrier.requests.at(-1)?.to.target).toBe(poisoned)
  expect((await targetsOf(world, outdial.id))[1]).toMatchObject({ status: 'PROGRESSING', attempt: 1, failedInRow: 0 })
})

test('the second time in a row it is set aside, and its campaign comes to its end', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const cure = poison(world, poisoned)
  const { campaign, outdial } = await givenRunning(world, { people: [[poisoned]], plan })
  await world.advance(60_000)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true, outcome: 'FAIL' }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  expect(carrier.requests).toEqual([])
  expect(world.complaints.splice(0).at(-1)?.message).toBe('a target could not be claimed and is set aside')
  cure()
  must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE', failedInRow: 0 }])
})

test('a target that was dialed in between is not set aside by the next failure', async () => {
  const { world, carrier } = await givenScriptedWorld()
  let cure = poison(world, poisoned)
  const { outdial } = await givenRunning(world, { people: [[poisoned]], plan, campaign: { endHandle: 'CONTINUE' } })
  await world.settle()
  cure()
  await world.advance(60_000)
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  await world.settle()
  cure = poison(world, poisoned)
  await world.advance(60_000)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE', failedInRow: 1, attempt: 1 }])
  await givenTargets(world, outdial.id, [[scripted(3)]])
  await world.settle()
  expect(carrier.requests.at(-1)?.to.target).toBe(scripted(3))
  cure()
  world.complaints.length = 0
})

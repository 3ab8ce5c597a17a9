import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/app/api.ts'
import { givenAgent, givenCampaign, givenOutdial, givenOutplan, givenQueue, must, tel } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenWorld, zeroUuid } from './support.ts'

type Input = Record<string, unknown>

interface Noun {
  /** An input that is sound, without an id. */
  readonly sound: Input
  readonly given: (world: World) => Promise<{ readonly id: string }>
  readonly create: (world: World, input: Input) => Promise<Outcome<unknown>>
  readonly update: (world: World, id: string, input: Input) => Promise<Outcome<unknown>>
}

const nouns = {
  campaign: {
    sound: {
      ...{ name: 'Fresh', detail: '', type: 'CALL', pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100 },
      ...{ endHandle: 'STOP', actions: [] },
    },
    given: (world) => givenCampaign(world),
    create: ({ app, viewer }, input) => app.campaigns.create(viewer, input as never),
    update: ({ app, viewer }, id, input) => app.campaigns.update(viewer, id, input),
  },
  outplan: {
    sound: {
      name: 'Fresh',
      detail: '',
      source: tel('+12025550199'),
      dialTimeoutMs: 1000,
      tryIntervalMs: 0,
      maxTryCounts: [1],
    },
    given: (world) => givenOutplan(world),
    create: ({ app, viewer }, input) => app.outplans.create(viewer, input as never),
    update: ({ app, viewer }, id, input) => app.outplans.update(viewer, id, input),
  },
  outdial: {
    sound: { name: 'Fresh', detail: '', data: '' },
    given: (world) => givenOutdial(world),
    create: ({ app, viewer }, input) => app.outdials.create(viewer, input as never),
    update: ({ app, viewer }, id, input) => app.outdials.update(viewer, id, input),
  },
  queue: {
    sound: { name: 'Fresh', detail: '', strategy: 'RANDOM', waitTimeoutMs: 0, agentRingMs: 1000 },
    given: (world) => givenQueue(world),
    create: ({ app, viewer }, input) => app.queues.create(viewer, input as never),
    update: ({ app, viewer }, id, input) => app.queues.update(viewer, id, input),
  },
  agent: {
    sound: { name: 'Fresh', detail: '', extension: '500', wrapUpMs: 0 },
    given: (world) => givenAgent(world),
    create: ({ app, viewer }, input) => app.agents.create(viewer, input as never),
    update: ({ app, viewer }, id, input) => app.agents.update(viewer, id, input),
  },
} as const satisfies Record<string, Noun>

type Case = readonly [what: string, changes: Input, error: string]

/** Texts and ids that are the same for all five. */
const common: Case[] = [
  ['a blank name', { name: '' }, 'BLANK name'],
  ['a name of blanks', { name: ' \t\n ' }, 'BLANK name'],
  ['a name of 256 characters', { name: 'a'.repeat(256) }, 'TOO_LONG name'],
  ['a name that is a number', { name: 5 }, 'INVALID name'],
  ['a detail of 2001 characters', { detail: 'a'.repeat(2001) }, 'TOO_LONG detail'],
]

const own: Record<keyof typeof nouns, Case[]> = {
  campaign: [
    ['service level 0', { serviceLevel: 0 }, 'OUT_OF_RANGE serviceLevel'],
    ['service level 1001', { serviceLevel: 1001 }, 'OUT_OF_RANGE serviceLevel'],
    ['half a percent', { serviceLevel: 1.5 }, 'INVALID serviceLevel'],
    ['ratio 120', { ratio: 120 }, 'INVALID ratio'],
    ['ratio 0', { ratio: 0 }, 'INVALID ratio'],
    ['no calls at all', { concurrentCallsMax: 0 }, 'OUT_OF_RANGE concurrentCallsMax'],
    ['10001 calls', { concurrentCallsMax: 10_001 }, 'OUT_OF_RANGE concurrentCallsMax'],
    ['a pacing of its own', { pacing: 'PREDICTIVE' }, 'INVALID pacing'],
    ['an end of its own', { endHandle: 'AGAIN' }, 'INVALID endHandle'],
  ],
  outplan: [
    ['a ring time of 999 ms', { dialTimeoutMs: 999 }, 'OUT_OF_RANGE dialTimeoutMs'],
    ['a ring time of 120001 ms', { dialTimeoutMs: 120_001 }, 'OUT_OF_RANGE dialTimeoutMs'],
    ['a negative interval', { tryIntervalMs: -1 }, 'OUT_OF_RANGE tryIntervalMs'],
    ['an interval over 31 days', { tryIntervalMs: 31 * 24 * 3_600_000 + 1 }, 'OUT_OF_RANGE tryIntervalMs'],
    ['no try counts', { maxTryCounts: [] }, 'BLANK maxTryCounts'],
    ['six try counts', { maxTryCounts: [1, 0, 0, 0, 0, 0] }, 'LIMIT_EXCEEDED maxTryCounts'],
    ['no try at all', { maxTryCounts: [0, 0, 0, 0, 0] }, 'INVALID maxTryCounts'],
    ['one try count of 0', { maxTryCounts: [0] }, 'INVALID maxTryCounts'],
    ['51 tries', { maxTryCounts: [1, 51] }, 'OUT_OF_RANGE maxTryCounts.1'],
    ['a negative try count', { maxTryCounts: [1, -1] }, 'OUT_OF_RANGE maxTryCounts.1'],
    ['a source that is no number', { source: tel('caller') }, 'INVALID source.target'],
    ['a blank source', { source: tel(' ') }, 'BLANK source.target'],
    ['a source of no kind', { source: { ...tel('+12025550100'), type: 'FAX' } }, 'INVALID source.type'],
    [
      'a source with a name too long',
      { source: { ...tel('+12025550100'), name: 'a'.repeat(256) } },
      'TOO_LONG source.name',
    ],
  ],
  outdial: [['data of 10001 characters', { data: 'a'.repeat(10_001) }, 'TOO_LONG data']],
  queue: [
    ['a strategy of its own', { strategy: 'LOUDEST' }, 'INVALID strategy'],
    ['a negative wait', { waitTimeoutMs: -1 }, 'OUT_OF_RANGE waitTimeoutMs'],
    ['a wait over an hour', { waitTimeoutMs: 3_600_001 }, 'OUT_OF_RANGE waitTimeoutMs'],
    ['a ring time of 999 ms', { agentRingMs: 999 }, 'OUT_OF_RANGE agentRingMs'],
    ['a ring time of 120001 ms', { agentRingMs: 120_001 }, 'OUT_OF_RANGE agentRingMs'],
  ],
  agent: [
    ['a blank extension', { extension: ' ' }, 'BLANK extension'],
    ['an extension of 33 characters', { extension: '1'.repeat(33) }, 'TOO_LONG extension'],
    ['an extension with a blank in it', { extension: '1 2' }, 'INVALID extension'],
    ['an extension in another script', { extension: '१२' }, 'INVALID extension'],
    ['a negative wrap-up', { wrapUpMs: -1 }, 'OUT_OF_RANGE wrapUpMs'],
    ['a wrap-up over an hour', { wrapUpMs: 3_600_001 }, 'OUT_OF_RANGE wrapUpMs'],
    ['an address that is no extension', { address: { ...tel('a b'), type: 'EXTENSION' } }, 'INVALID address.target'],
    ['an address that is no SIP URI', { address: { ...tel('ada'), type: 'SIP' } }, 'INVALID address.target'],
    ['an address that is no e-mail', { address: { ...tel('ada'), type: 'EMAIL' } }, 'INVALID address.target'],
  ],
}

/** What each noun takes at the ends of its ranges. */
const bounds: Record<keyof typeof nouns, Input[]> = {
  campaign: [
    { name: 'a'.repeat(255), detail: 'a'.repeat(2000), serviceLevel: 1, ratio: 400, concurrentCallsMax: 1 },
    { name: ` ${'b'.repeat(255)} `, serviceLevel: 1000, ratio: 150, concurrentCallsMax: 10_000 },
  ],
  outplan: [
    { dialTimeoutMs: 1000, tryIntervalMs: 0, maxTryCounts: [0, 0, 0, 0, 50] },
    { dialTimeoutMs: 120_000, tryIntervalMs: 31 * 24 * 3_600_000, maxTryCounts: [1] },
  ],
  outdial: [{ name: 'a'.repeat(255), data: 'a'.repeat(10_000) }],
  queue: [
    { waitTimeoutMs: 0, agentRingMs: 1000 },
    { waitTimeoutMs: 3_600_000, agentRingMs: 120_000 },
  ],
  agent: [
    { extension: 'a', wrapUpMs: 0 },
    { extension: 'Az09*#+_.-'.padEnd(32, '1'), wrapUpMs: 3_600_000 },
  ],
}

const placed = (error: string) => [error.replace(' ', ' input.')]

describe.each(Object.keys(nouns) as (keyof typeof nouns)[])('the input of %s', (name) => {
  const noun: Noun = nouns[name]

  test.each([...common, ...own[name]])('refuses %s, at creation and at an update', async (_, changes, error) => {
    const world = await givenWorld()
    const object = await noun.given(world)
    await expectRefused(world, placed(error), () => noun.create(world, { ...noun.sound, ...changes }))
    await expectRefused(world, placed(error), () => noun.update(world, object.id, changes), object)
  })

  test.each(Object.keys(noun.sound).filter((field) => field !== 'type'))(
    'refuses an explicit null for %s',
    async (field) => {
      const world = await givenWorld()
      const object = await noun.given(world)
      await expectRefused(world, [`BLANK input.${field}`], () => noun.create(world, { ...noun.sound, [field]: null }))
      await expectRefused(
        world,
        [`BLANK input.${field}`],
        () => noun.update(world, object.id, { [field]: null }),
        object,
      )
    },
  )

  test('takes what is at the ends of its ranges', async () => {
    const world = await givenWorld()
    const object = await noun.given(world)
    for (const [i, changes] of bounds[name].entries()) {
      must(await noun.create(world, { ...noun.sound, name: `Created ${i}`, extension: `x${i}`, ...changes }))
      const { name: _, extension: __, ...rest } = changes
      must(await noun.update(world, object.id, rest))
    }
  })

  test('trims the name', async () => {
    const world = await givenWorld()
    const created = must(await noun.create(world, { ...noun.sound, name: ' \tFresh ' })) as { id: string; name: string }
    expect(created.name).toBe('Fresh')
    expect(must(await noun.update(world, created.id, { name: ' Other ' }))).toMatchObject({ name: 'Other' })
  })

  test('tells of everything at once', async () => {
    const world = await givenWorld()
    const changes = { name: '', detail: 'a'.repeat(2001) }
    const errors = ['BLANK input.name', 'TOO_LONG input.detail']
    await expectRefused(world, errors, () => noun.create(world, { ...noun.sound, ...changes }))
  })

  test('refuses an id that is none, at creation', async () => {
    const world = await givenWorld()
    for (const id of ['', 'first', '0189', zeroUuid, `${zeroUuid}1`]) {
      await expectRefused(world, ['INVALID input.id'], () => noun.create(world, { ...noun.sound, id }))
    }
  })

  test('of an update that says nothing changes nothing but its time', async () => {
    const world = await givenWorld()
    const object = await noun.given(world)
    await world.advance(5)
    const updatedAt = world.effects.now()
    expect(must(await noun.update(world, object.id, {}))).toEqual({ ...object, updatedAt })
  })
})

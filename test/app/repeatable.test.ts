import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../src/app/api.ts'
import type { OutdialTargetInput } from '../../src/app/requests.ts'
import type { Viewer } from '../../src/app/viewer.ts'
import {
  givenAgents,
  givenCampaign,
  givenOutdial,
  givenQueue,
  givenReady,
  givenTargets,
  must,
  scripted,
  tel,
} from '../support/given.ts'
import type { World } from '../support/world.ts'
import { dump, expectRefused, givenWorld, stranger } from './support.ts'

const chosen = '01890000-0000-7000-8000-0000000000aa'
const other = '01890000-0000-7000-8000-0000000000bb'

type Input = Record<string, unknown>
type Made = { readonly id: string }

interface Noun {
  readonly input: Input
  /** The same creation, said otherwise. */
  readonly same: Input
  /** Another creation. */
  readonly changed: Input
  readonly create: (world: World, input: Input, viewer?: Viewer) => Promise<Outcome<Made>>
  readonly rename: (world: World, id: string) => Promise<Outcome<Made>>
  readonly remove: (world: World, id: string) => Promise<Outcome<Made>>
}

const campaignInput = {
  ...{ name: 'Fresh', detail: '', type: 'CALL', pacing: 'RATIO', serviceLevel: 100, ratio: 200, endHandle: 'STOP' },
  actions: [{ type: 'TALK', option: { text: 'Hi' } }, { type: 'HANGUP' }],
}

const nouns: Record<string, Noun> = {
  campaign: {
    input: campaignInput,
    same: {
      ...campaignInput,
      ...{
        name: ' Fresh ',
        outplanId: null,
        queueId: '00000000-0000-0000-0000-000000000000',
        concurrentCallsMax: null,
      },
      actions: [
        { type: 'TALK', option: { text: ' Hi ' }, id: null, nextId: null },
        { type: 'HANGUP', option: { reason: 'NORMAL' } },
      ],
    },
    changed: { ...campaignInput, actions: [] },
    create: ({ app, viewer }, input, by = viewer) => app.campaigns.create(by, input as never),
    rename: ({ app, viewer }, id) => app.campaigns.update(viewer, id, { name: 'Renamed' }),
    remove: ({ app, viewer }, id) => app.campaigns.delete(viewer, id),
  },
  outplan: {
    input: {
      name: 'Fresh',
      detail: '',
      source: tel('+12025550199'),
      dialTimeoutMs: 5000,
      tryIntervalMs: 0,
      maxTryCounts: [1],
    },
    same: {
      ...{ name: 'Fresh', detail: '', source: tel('+1 (202) 555-0199'), dialTimeoutMs: 5000, tryIntervalMs: 0 },
      maxTryCounts: [1, 0, 0, 0, 0],
    },
    changed: {
      name: 'Fresh',
      detail: '',
      source: tel('+12025550199'),
      dialTimeoutMs: 5001,
      tryIntervalMs: 0,
      maxTryCounts: [1],
    },
    create: ({ app, viewer }, input, by = viewer) => app.outplans.create(by, input as never),
    rename: ({ app, viewer }, id) => app.outplans.update(viewer, id, { name: 'Renamed' }),
    remove: ({ app, viewer }, id) => app.outplans.delete(viewer, id),
  },
  outdial: {
    input: { name: 'Fresh', detail: '', data: '' },
    same: { name: '\tFresh', detail: '', data: '' },
    changed: { name: 'Fresh', detail: '', data: 'x' },
    create: ({ app, viewer }, input, by = viewer) => app.outdials.create(by, input as never),
    rename: ({ app, viewer }, id) => app.outdials.update(viewer, id, { name: 'Renamed' }),
    remove: ({ app, viewer }, id) => app.outdials.delete(viewer, id),
  },
  queue: {
    input: { name: 'Fresh', detail: '', strategy: 'RANDOM', waitTimeoutMs: 0, agentRingMs: 1000 },
    same: { name: 'Fresh ', detail: '', agentRingMs: 1000, waitTimeoutMs: 0, strategy: 'RANDOM' },
    changed: { name: 'Fresh', detail: '', strategy: 'RING_ALL', waitTimeoutMs: 0, agentRingMs: 1000 },
    create: ({ app, viewer }, input, by = viewer) => app.queues.create(by, input as never),
    rename: ({ app, viewer }, id) => app.queues.update(viewer, id, { name: 'Renamed' }),
    remove: ({ app, viewer }, id) => app.queues.delete(viewer, id),
  },
  agent: {
    input: { name: 'Fresh', detail: '', extension: '500', wrapUpMs: 0 },
    same: { name: 'Fresh', detail: '', extension: ' 500 ', wrapUpMs: 0, address: null },
    changed: { name: 'Fresh', detail: '', extension: '501', wrapUpMs: 0 },
    create: ({ app, viewer }, input, by = viewer) => app.agents.create(by, input as never),
    rename: ({ app, viewer }, id) => app.agents.update(viewer, id, { name: 'Renamed', extension: '502' }),
    remove: ({ app, viewer }, id) => app.agents.delete(viewer, id),
  },
}

describe.each(Object.entries(nouns))('the creation of %s under a chosen id', (name, noun) => {
  const given = async () => {
    const world = await givenWorld()
    const made = must(await noun.create(world, { ...noun.input, id: chosen.toUpperCase() }))
    return { world, made, create: (input: Input) => noun.create(world, { ...input, id: chosen }) }
  }

  test('sent again returns what the first one made, and changes nothing', async () => {
    const { world, made, create } = await given()
    await world.advance(1000)
    const before = dump(world)
    expect(made.id).toBe(chosen)
    expect(must(await create(noun.input))).toEqual(made)
    expect(must(await create(noun.same))).toEqual(made)
    expect(dump(world)).toEqual(before)
  })

  test('sent again returns the object as it stands, edited or deleted since', async () => {
    const { world, create } = await given()
    const renamed = must(await noun.rename(world, chosen))
    expect(must(await create(noun.input))).toEqual(renamed)
    const deleted = must(await noun.remove(world, chosen))
    expect(must(await create(noun.input))).toEqual(deleted)
    expect(deleted).toMatchObject({ name: 'Renamed', deletedAt: world.effects.now() })
  })

  test('of something else is TAKEN, also after a deletion', async () => {
    const { world, create } = await given()
    await expectRefused(world, ['TAKEN input.id'], () => create(noun.changed))
    must(await noun.remove(world, chosen))
    await expectRefused(world, ['TAKEN input.id'], () => create(noun.changed))
  })

  test('that was refused takes no id', async () => {
    const world = await givenWorld()
    await expectRefused(world, ['BLANK input.name'], () => noun.create(world, { ...noun.input, id: chosen, name: '' }))
    expect(must(await noun.create(world, { ...noun.changed, id: chosen })).id).toBe(chosen)
  })

  test('is free for another customer', async () => {
    const { world, made } = await given()
    const theirs = must(await noun.create(world, { ...noun.changed, id: chosen }, stranger))
    expect(theirs).toMatchObject({ id: chosen, customerId: stranger.customerId })
    expect(must(await noun.create(world, { ...noun.input, id: chosen }))).toEqual(made)
  })

  test('is made once when it is sent twice at the same time', async () => {
    const world = await givenWorld()
    const send = () => noun.create(world, { ...noun.input, id: chosen })
    const [first, second] = await Promise.all([send(), send()])
    expect(must(first)).toEqual(must(second))
  })

  test('is TAKEN by an object of another kind, whether its id was chosen or made', async () => {
    const world = await givenWorld({ startEngine: true })
    const queue = await givenQueue(world)
    const [agent] = await givenAgents(world, queue.id, [{}], 'OFFLINE')
    const ready = await givenReady(world, { people: [[scripted(60)]] })
    must(await world.app.campaigns.run(world.viewer, ready.campaign.id))
    await world.advance(100)
    const calls = await world.app.campaigncalls.page(world.viewer, { orderBy: 'CREATED_AT_ASC' })
    const made: Record<string, string | undefined> = {
      ...{ campaign: ready.campaign.id, outplan: ready.outplan.id, outdial: ready.outdial.id, queue: queue.id },
      ...{ agent: agent?.id, target: ready.targets[0]?.id, call: calls.rows[0]?.id },
    }
    for (const [kind, id] of Object.entries(made)) {
      expect(id, kind).toBeDefined()
      await expectRefused(world, ['TAKEN input.id'], () => noun.create(world, { ...noun.input, id }))
    }
    for (const [kind, another] of Object.entries(nouns)) {
      if (kind === name) continue
      const world = await givenWorld()
      must(await another.create(world, { ...another.input, id: chosen }))
      await expectRefused(world, ['TAKEN input.id'], () => noun.create(world, { ...noun.input, id: chosen }))
    }
  })
})

describe('a creation that can be repeated', () => {
  test('is refused for what is wrong in the world, and takes no id then either', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    await givenCampaign(world, { name: 'Fresh' })
    const create = (name: string) => app.campaigns.create(viewer, { ...campaignInput, name, id: chosen } as never)
    await expectRefused(world, ['TAKEN input.name'], () => create('Fresh'))
    expect(must(await create('Other')).id).toBe(chosen)
  })

  test('is found before anything else is checked', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { outdial, outplan, campaign: holder } = await givenReady(world, { people: [] })
    must(await app.campaigns.delete(viewer, holder.id))
    const input = { ...campaignInput, id: chosen, outdialId: outdial.id, outplanId: outplan.id } as never
    const made = must(await app.campaigns.create(viewer, input))
    must(await app.outplans.delete(viewer, outplan.id))
    must(await app.outdials.delete(viewer, outdial.id))
    expect(must(await app.campaigns.create(viewer, input))).toEqual(made)
  })

  test('without an id is another one every time', async () => {
    const world = await givenWorld()
    const [first, second] = [await givenOutdial(world, 'Same'), await givenOutdial(world, 'Same')]
    expect(first.id).not.toBe(second.id)
  })
})

describe('targets under chosen ids', () => {
  const row = (id: string | null, number = '+12025550100'): OutdialTargetInput => ({
    ...{ id, name: '', detail: '', data: '' },
    destinations: [tel(number)],
  })
  const given = async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    const add = (...rows: OutdialTargetInput[]) => world.app.outdialTargets.add(world.viewer, outdial.id, rows)
    const stands = async () => {
      const [now] = await world.app.outdials.byIds(world.viewer, [outdial.id])
      return { outdial: now, targets: null }
    }
    return { world, outdial, add, stands }
  }

  test('are returned where they are there already, and the others are added', async () => {
    const { add } = await given()
    const first = must(await add(row(chosen), row(null)))
    const second = must(await add(row(other), row(chosen.toUpperCase(), '+1 202 555 0100')))
    expect(second.targets?.map((target) => target.id)).toEqual([other, chosen])
    expect(second.targets?.[1]).toEqual(first.targets?.[0])
    expect(second.outdial.targetsIdle).toBe(3)
  })

  test('sent again change nothing, also when they were edited or deleted since', async () => {
    const { world, add } = await given()
    must(await add(row(chosen), row(other)))
    const edited = must(await world.app.outdialTargets.update(world.viewer, chosen, { name: 'Ada' }))
    const deleted = must(await world.app.outdialTargets.delete(world.viewer, other))
    const before = dump(world)
    expect(must(await add(row(other), row(chosen))).targets).toEqual([deleted, edited])
    expect(dump(world)).toEqual(before)
  })

  test('with other content, or of another list, are TAKEN at that very row, and nothing is added', async () => {
    const { world, add, stands } = await given()
    must(await add(row(chosen)))
    const wrong = () => add(row(null), row(chosen, '+12025550101'), row(other))
    await expectRefused(world, ['TAKEN targets.1.id'], wrong, await stands())
    const second = await givenOutdial(world)
    const elsewhere = () => world.app.outdialTargets.add(world.viewer, second.id, [row(other), row(chosen)])
    await expectRefused(world, ['TAKEN targets.1.id'], elsewhere, { outdial: second, targets: null })
    expect(must(await add(row(other, '+12025550105'))).targets).toHaveLength(1)
  })

  test('that are an object of another kind are TAKEN', async () => {
    const { world, outdial, add, stands } = await given()
    const queue = await givenQueue(world)
    const [made] = await givenTargets(world, outdial.id, [['+12025550100']])
    const errors = ['TAKEN targets.0.id', 'TAKEN targets.1.id', 'TAKEN targets.3.id']
    const rows = [row(queue.id), row(outdial.id), row(other), row(made?.id ?? '')]
    await expectRefused(world, errors, () => add(...rows), await stands())
  })

  test('that come twice in one request are one target when they say the same', async () => {
    const { world, add, stands } = await given()
    const differing = () => add(row(chosen), row(chosen, '+12025550101'))
    await expectRefused(world, ['TAKEN targets.1.id'], differing, await stands())
    const { targets, outdial } = must(await add(row(chosen), row(chosen)))
    expect(targets?.map((target) => target.id)).toEqual([chosen, chosen])
    expect(outdial.targetsIdle).toBe(1)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isClean } from '../../src/kernel/text.ts'
import {
  givenAgent,
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenQueue,
  givenTargets,
  must,
  tel,
} from '../support/given.ts'
import { dump, givenWorld, wordsOf } from './support.ts'

const unclean = [
  ['a control character', 'a\0b'],
  ['a carriage return', 'a\r\nb'],
  ['a control character beyond ASCII', 'a\u0085b'],
  ['the first half of a surrogate pair', 'a\ud83d'],
  ['the second half of a surrogate pair', '\ude00a'],
] as const

async function givenObjects() {
  const world = await givenWorld()
  const outdial = await givenOutdial(world)
  const [target] = await givenTargets(world, outdial.id, [['+12025550100']])
  const [outplan, queue] = [await givenOutplan(world), await givenQueue(world)]
  const [agent, campaign] = [await givenAgent(world), await givenCampaign(world)]
  return { world, outdial, target: target?.id ?? '', outplan, queue, agent, campaign }
}

type Objects = Awaited<ReturnType<typeof givenObjects>>

/** Every place in which a caller hands in a text, with the path that it is refused at. */
const places: readonly (readonly [
  path: string,
  (of: Objects, text: string) => Promise<{ errors: readonly unknown[] }>,
])[] = [
  ['input.name', ({ world: { app, viewer }, outdial }, name) => app.outdials.update(viewer, outdial.id, { name })],
  [
    'input.detail',
    ({ world: { app, viewer }, outdial }, detail) => app.outdials.update(viewer, outdial.id, { detail }),
  ],
  ['input.data', ({ world: { app, viewer }, outdial }, data) => app.outdials.update(viewer, outdial.id, { data })],
  ['input.name', ({ world: { app, viewer } }, name) => app.outdials.create(viewer, { name, detail: '', data: '' })],
  ['input.name', ({ world: { app, viewer }, target }, name) => app.outdialTargets.update(viewer, target, { name })],
  [
    'input.detail',
    ({ world: { app, viewer }, target }, detail) => app.outdialTargets.update(viewer, target, { detail }),
  ],
  ['input.data', ({ world: { app, viewer }, target }, data) => app.outdialTargets.update(viewer, target, { data })],
  [
    'targets.0.data',
    ({ world: { app, viewer }, outdial }, data) =>
      app.outdialTargets.add(viewer, outdial.id, [{ name: '', detail: '', data, destinations: [tel('+12025550100')] }]),
  ],
  ...(['targetName', 'name', 'detail'] as const).map(
    (name) =>
      [
        `targets.0.destinations.0.${name}`,
        ({ world: { app, viewer }, outdial }: Objects, text: string) => {
          const destinations = [{ ...tel('+12025550100'), [name]: text }]
          return app.outdialTargets.add(viewer, outdial.id, [{ name: '', detail: '', data: '', destinations }])
        },
      ] as const,
  ),
  ...(['TEL', 'SIP', 'EMAIL', 'AGENT', 'EXTENSION'] as const).map(
    (type) =>
      [
        'input.source.target',
        ({ world: { app, viewer }, outplan }: Objects, text: string) =>
          app.outplans.update(viewer, outplan.id, { source: { ...tel(type === 'SIP' ? `sip:${text}` : text), type } }),
      ] as const,
  ),
  ['input.name', ({ world: { app, viewer }, outplan }, name) => app.outplans.update(viewer, outplan.id, { name })],
  [
    'input.detail',
    ({ world: { app, viewer }, outplan }, detail) => app.outplans.update(viewer, outplan.id, { detail }),
  ],
  ['input.name', ({ world: { app, viewer }, queue }, name) => app.queues.update(viewer, queue.id, { name })],
  ['input.detail', ({ world: { app, viewer }, queue }, detail) => app.queues.update(viewer, queue.id, { detail })],
  ['input.name', ({ world: { app, viewer }, agent }, name) => app.agents.update(viewer, agent.id, { name })],
  ['input.detail', ({ world: { app, viewer }, agent }, detail) => app.agents.update(viewer, agent.id, { detail })],
  [
    'input.extension',
    ({ world: { app, viewer }, agent }, extension) => app.agents.update(viewer, agent.id, { extension }),
  ],
  ['input.name', ({ world: { app, viewer }, campaign }, name) => app.campaigns.update(viewer, campaign.id, { name })],
  [
    'input.detail',
    ({ world: { app, viewer }, campaign }, detail) => app.campaigns.update(viewer, campaign.id, { detail }),
  ],
  [
    'input.actions.0.option.text',
    ({ world: { app, viewer }, campaign }, text) =>
      app.campaigns.update(viewer, campaign.id, { actions: [{ type: 'TALK', option: { text } }] }),
  ],
  [
    'input.actions.0.option.data.0.deep',
    ({ world: { app, viewer }, campaign }, text) =>
      app.campaigns.update(viewer, campaign.id, {
        actions: [{ type: 'WEBHOOK_SEND', option: { url: 'https://example.com/', data: [{ deep: text }] } }],
      }),
  ],
  [
    'input.actions.0.option.target_ids.*',
    ({ world: { app, viewer }, campaign }, text) =>
      app.campaigns.update(viewer, campaign.id, {
        actions: [
          { id: campaign.id, type: 'BRANCH', option: { variable: 'target.name', target_ids: { [text]: campaign.id } } },
        ],
      }),
  ],
]

describe.each(unclean)('%s', (_, text) => {
  test('is refused with its place wherever a text is handed in, and nothing is changed', async () => {
    const objects = await givenObjects()
    const before = dump(objects.world)
    for (const [path, hand] of places) {
      const outcome = await hand(objects, text)
      expect(wordsOf(outcome as Parameters<typeof wordsOf>[0]), path).toEqual([`INVALID ${path.replace('*', text)}`])
    }
    expect(dump(objects.world)).toEqual(before)
  })

  test('makes no sense as a filter', async () => {
    const { world, outdial } = await givenObjects()
    const { app, viewer } = world
    const refused = (name: string) => ({ code: 'BAD_USER_INPUT', message: expect.stringContaining(`filter.${name}`) })
    const filter = { nameContains: text, includeDeleted: false }
    await expect(app.outdials.page(viewer, { filter })).rejects.toMatchObject(refused('nameContains'))
    await expect(app.campaigns.page(viewer, { filter, orderBy: 'NAME_ASC' })).rejects.toMatchObject(
      refused('nameContains'),
    )
    const byAddress = { outdialId: outdial.id, filter: { address: text, includeDeleted: false } }
    await expect(app.outdialTargets.page(viewer, byAddress)).rejects.toMatchObject(refused('address'))
  })
})

test('what is answered is what is stored, whatever characters it has', async () => {
  const { world, outdial } = await givenObjects()
  const { app, viewer } = world
  const character = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }))
  await fc.assert(
    fc.asyncProperty(character, character, async (detail, data) => {
      const outcome = await app.outdials.update(viewer, outdial.id, { detail, data })
      const [stored] = await app.outdials.byIds(viewer, [outdial.id])
      if (isClean(detail) && isClean(data)) expect(must(outcome)).toMatchObject({ detail, data })
      else expect(outcome.errors).not.toEqual([])
      expect(stored).toMatchObject({ detail: outcome.value?.detail, data: outcome.value?.data })
    }),
    { numRuns: 200 },
  )
})

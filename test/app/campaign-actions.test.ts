import { describe, expect, test } from 'vitest'
import type { ActionInput, CampaignCreateInput } from '../../src/app/requests.ts'
import { givenCampaign, givenQueue, givenReady, must } from '../support/given.ts'
import { expectRefused, givenWorld, unknownId, zeroUuid } from './support.ts'

const inputOf = (actions: readonly ActionInput[], more: Partial<CampaignCreateInput> = {}): CampaignCreateInput => ({
  name: 'Fresh',
  detail: '',
  type: 'CALL',
  pacing: 'SERVICE_LEVEL',
  serviceLevel: 100,
  ratio: 100,
  endHandle: 'STOP',
  actions,
  ...more,
})

/** Expects the actions to be refused at creation and at an update alike. */
async function expectActionsRefused(actions: readonly ActionInput[], errors: readonly string[]) {
  const world = await givenWorld()
  const { app, viewer } = world
  const campaign = await givenCampaign(world)
  const paths = errors.map((error) => error.replace(' ', ' input.actions.'))
  await expectRefused(world, paths, () => app.campaigns.create(viewer, inputOf(actions)))
  await expectRefused(world, paths, () => app.campaigns.update(viewer, campaign.id, { actions }), campaign)
}

const talk = (option: unknown): ActionInput => ({ type: 'TALK', option })
const ids = [1, 2, 3].map((n) => `01890000-0000-7000-8000-00000000000${n}`)

describe('the options of an action', () => {
  const refused: Record<string, [ActionInput, string]> = {
    'an unknown one': [talk({ text: 'Hi', volume: 11 }), 'INVALID 0.option.volume'],
    'any, where there are none': [{ type: 'ANSWER', option: { loud: true } }, 'INVALID 0.option.loud'],
    'no text': [talk({}), 'BLANK 0.option.text'],
    'nothing at all': [talk(null), 'BLANK 0.option.text'],
    'a blank text': [talk({ text: '  ' }), 'BLANK 0.option.text'],
    'a text too long': [talk({ text: 'a'.repeat(10_001) }), 'TOO_LONG 0.option.text'],
    'a text that is none': [talk({ text: 5 }), 'INVALID 0.option.text'],
    'a language too short': [talk({ text: 'Hi', language: 'e' }), 'INVALID 0.option.language'],
    'a gender that nobody speaks with': [talk({ text: 'Hi', gender: 'robot' }), 'INVALID 0.option.gender'],
    'no urls': [{ type: 'PLAY', option: { urls: [] } }, 'BLANK 0.option.urls'],
    'an url that is none': [
      { type: 'PLAY', option: { urls: ['https://a.example/a.wav', 'a.wav'] } },
      'INVALID 0.option.urls.1',
    ],
    'an url of another kind': [{ type: 'PLAY', option: { urls: ['file:///etc/passwd'] } }, 'INVALID 0.option.urls.0'],
    'too many urls': [
      { type: 'PLAY', option: { urls: Array(101).fill('https://a.example') } },
      'LIMIT_EXCEEDED 0.option.urls',
    ],
    'a negative time': [{ type: 'SLEEP', option: { durationMs: -1 } }, 'OUT_OF_RANGE 0.option.durationMs'],
    'a time without end': [{ type: 'SLEEP', option: { durationMs: 1e9 } }, 'OUT_OF_RANGE 0.option.durationMs'],
    'half a millisecond': [{ type: 'SLEEP', option: { durationMs: 0.5 } }, 'INVALID 0.option.durationMs'],
    'a reason that no action gives': [{ type: 'HANGUP', option: { reason: 'BUSY' } }, 'INVALID 0.option.reason'],
    'a list': [{ type: 'STOP', option: [] }, 'INVALID 0.option'],
    'a text instead of options': [{ type: 'STOP', option: 'now' }, 'INVALID 0.option'],
  }

  test.each(Object.entries(refused))('refuse %s', (_, [action, error]) => expectActionsRefused([action], [error]))

  test('are told of for every action at once', () =>
    expectActionsRefused(
      [talk({}), { type: 'STOP' }, talk({ text: 'Hi', x: 1 })],
      ['BLANK 0.option.text', 'INVALID 2.option.x'],
    ))

  test('are kept as they were given, with their defaults', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const actions: ActionInput[] = [
      { type: 'ANSWER' },
      { type: 'TALK', option: { text: 'Hi', language: 'en-GB', gender: 'female' } },
      { type: 'PLAY', option: { urls: ['https://a.example/a.wav'] } },
      { type: 'SLEEP', option: { durationMs: 0 } },
      { type: 'QUEUE_JOIN', option: null },
      { type: 'HANGUP', option: { reason: 'AMD' } },
      { type: 'HANGUP' },
      { type: 'STOP', option: {} },
    ]
    const campaign = await givenCampaign(world, { actions, queueId: queue.id })
    expect(campaign.actions.map((action) => action.option)).toEqual([
      {},
      actions[1]?.option,
      actions[2]?.option,
      actions[3]?.option,
      { queueId: null },
      { reason: 'AMD' },
      { reason: 'NORMAL' },
      {},
    ])
  })
})

describe('a list of actions', () => {
  const stops = (count: number) => Array.from({ length: count }, () => ({ type: 'STOP' as const }))

  test('holds 100 at most', async () => {
    const world = await givenWorld()
    expect((await givenCampaign(world, { actions: stops(100) })).actions).toHaveLength(100)
    const create = () => world.app.campaigns.create(world.viewer, inputOf(stops(101)))
    await expectRefused(world, ['LIMIT_EXCEEDED input.actions'], create)
  })

  test('has no id twice', () =>
    expectActionsRefused(
      [ids[0], ids[1], ids[0]?.toUpperCase()].map((id) => ({ id, type: 'STOP' })),
      ['INVALID 2.id'],
    ))

  test('has no id that is none', () => expectActionsRefused([{ id: 'first', type: 'STOP' }], ['INVALID 0.id']))

  test('has no nextId that leads nowhere', () =>
    expectActionsRefused(
      [
        { id: ids[0], type: 'ANSWER', nextId: ids[2] },
        { id: ids[1], type: 'STOP', nextId: 'nowhere' },
      ],
      ['INVALID 1.nextId'],
    ))

  test('has no nextId of an action that is not in it', () =>
    expectActionsRefused([{ id: ids[0], type: 'ANSWER', nextId: unknownId }], ['INVALID 0.nextId']))

  test('may go back, and takes the zero UUID for none', async () => {
    const world = await givenWorld()
    const campaign = await givenCampaign(world, {
      actions: [
        { id: ids[0], nextId: ids[1], type: 'ANSWER' },
        { id: ids[1], nextId: ids[0]?.toUpperCase(), type: 'ANSWER' },
        { id: zeroUuid, nextId: zeroUuid, type: 'STOP' },
      ],
    })
    expect(campaign.actions.map((action) => action.nextId)).toEqual([ids[1], ids[0], null])
    expect(campaign.actions[2]?.id).not.toBe(zeroUuid)
  })
})

describe('QUEUE_JOIN', () => {
  const join = (queueId?: string | null): ActionInput => ({ type: 'QUEUE_JOIN', option: { queueId } })

  test('in a campaign without a queue is INVALID', () =>
    expectActionsRefused([{ type: 'STOP' }, join()], ['INVALID 1']))

  test("of another queue than the campaign's is INVALID", async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [queue, other] = [await givenQueue(world), await givenQueue(world)]
    const input = inputOf([join(other.id)], { queueId: queue.id })
    await expectRefused(world, ['INVALID input.actions.0'], () => app.campaigns.create(viewer, input))
    const campaign = await givenCampaign(world, { actions: [join(queue.id)], queueId: queue.id })
    const update = () => app.campaigns.update(viewer, campaign.id, { queueId: other.id })
    await expectRefused(world, ['INVALID input.actions.0'], update, campaign)
  })

  test('may name the queue of the campaign, in capitals too, or none', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const actions = [join(queue.id.toUpperCase()), join(zeroUuid), join(null), join()]
    const campaign = await givenCampaign(world, { actions, queueId: queue.id })
    expect(campaign.actions.map((action) => action.option)).toEqual(
      [queue.id, null, null, null].map((queueId) => ({ queueId })),
    )
  })

  test('refuses an update that clears the queue', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const campaign = await givenCampaign(world, { actions: [{ type: 'ANSWER' }, join()], queueId: queue.id })
    const clear = () => app.campaigns.update(viewer, campaign.id, { queueId: null })
    await expectRefused(world, ['INVALID input.actions.1'], clear, campaign)
    must(await app.campaigns.update(viewer, campaign.id, { queueId: null, actions: [] }))
  })

  test('may come together with the queue', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const campaign = await givenCampaign(world)
    const both = { queueId: queue.id, actions: [join(queue.id)] }
    expect(must(await world.app.campaigns.update(world.viewer, campaign.id, both)).queueId).toBe(queue.id)
  })
})

describe('a FLOW campaign', () => {
  test('takes no queue', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const input = inputOf([], { type: 'FLOW', queueId: queue.id })
    await expectRefused(world, ['INVALID input.queueId'], () => app.campaigns.create(viewer, input))
    const flow = await givenCampaign(world, { type: 'FLOW' })
    const update = () => app.campaigns.update(viewer, flow.id, { queueId: queue.id })
    await expectRefused(world, ['INVALID input.queueId'], update, flow)
  })

  test.each(['ANSWER', 'TALK', 'PLAY', 'QUEUE_JOIN', 'HANGUP'] as const)(
    'takes no %s, which needs a call',
    async (type) => {
      const world = await givenWorld()
      const { app, viewer } = world
      const option = type === 'TALK' ? { text: 'Hi' } : type === 'PLAY' ? { urls: ['https://a.example'] } : {}
      const actions = [
        { type: 'SLEEP' as const, option: { durationMs: 1 } },
        { type, option },
      ]
      const create = () => app.campaigns.create(viewer, inputOf(actions, { type: 'FLOW' }))
      await expectRefused(world, ['INVALID input.actions.1'], create)
      const flow = await givenCampaign(world, { type: 'FLOW' })
      const update = () => app.campaigns.update(viewer, flow.id, { actions })
      await expectRefused(world, ['INVALID input.actions.1'], update, flow)
    },
  )

  test('takes the actions that need no call, and runs', async () => {
    const world = await givenWorld()
    const actions = [{ type: 'SLEEP' as const, option: { durationMs: 1 } }, { type: 'STOP' as const }]
    const { campaign } = await givenReady(world, { people: [], campaign: { type: 'FLOW', actions } })
    expect(must(await world.app.campaigns.run(world.viewer, campaign.id))).toMatchObject({
      type: 'FLOW',
      status: 'RUN',
    })
  })
})

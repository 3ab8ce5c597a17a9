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
const condition = { condition: '==' } as const
const ids = [1, 2, 3].map((n) => `01890000-0000-7000-8000-00000000000${n}`)

describe('what is wrong with a list of actions', () => {
  test('is told of up to a hundred times', async () => {
    const { app, viewer } = await givenWorld()
    const text = Array.from({ length: 200 }, (_, i) => `{{x${i}}}`).join('')
    expect((await app.campaigns.create(viewer, inputOf([talk({ text })]))).errors).toHaveLength(100)
    const targets = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, 5]))
    const branch: ActionInput = { type: 'BRANCH', option: { variable: 'call.id', targets } }
    expect((await app.campaigns.create(viewer, inputOf([branch]))).errors).toMatchObject([{ code: 'LIMIT_EXCEEDED' }])
  })

  test('is a value that is missing, where there is none', async () => {
    await expectActionsRefused([{ type: 'BRANCH', option: { variable: 'call.id' } }], ['BLANK 0.option.targets'])
  })
})

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
    'no digits': [{ type: 'DIGITS_SEND', option: { digits: '' } }, 'BLANK 0.option.digits'],
    'too many digits': [{ type: 'DIGITS_SEND', option: { digits: '1'.repeat(33) } }, 'TOO_LONG 0.option.digits'],
    'what is no digit': [{ type: 'DIGITS_SEND', option: { digits: '1a' } }, 'INVALID 0.option.digits'],
    'a length of nothing': [{ type: 'DIGITS_RECEIVE', option: { length: 0 } }, 'OUT_OF_RANGE 0.option.length'],
    'a terminator of two': [{ type: 'DIGITS_RECEIVE', option: { terminator: '##' } }, 'INVALID 0.option.terminator'],
    'a name that is taken': [
      { type: 'VARIABLE_SET', option: { variable: 'target.name', value: '' } },
      'INVALID 0.option.variable',
    ],
    'a jump to nowhere': [{ type: 'GOTO', option: { targetId: unknownId, loopCount: 1 } }, 'INVALID 0.option.targetId'],
    'a jump that is not made': [{ type: 'GOTO', option: { targetId: null, loopCount: 1 } }, 'BLANK 0.option.targetId'],
    'a branch to nowhere': [
      { type: 'BRANCH', option: { variable: 'target.name', targets: { a: unknownId } } },
      'INVALID 0.option.targets.a',
    ],
    'nothing to compare with': [
      { type: 'CONDITION_VARIABLE', option: { ...condition, variable: 'target.name', falseTargetId: ids[0] } },
      'BLANK 0.option.value',
    ],
    'a text where a number is compared': [
      {
        type: 'CONDITION_VARIABLE',
        option: { ...condition, variable: 'target.name', valueType: 'number', value: 'x', falseTargetId: ids[0] },
      },
      'INVALID 0.option.value',
    ],
    'an hour that no clock shows': [
      { type: 'CONDITION_DATETIME', option: { ...condition, hour: 24, falseTargetId: ids[0] } },
      'OUT_OF_RANGE 0.option.hour',
    ],
    'a zone that is none': [
      { type: 'CONDITION_DATETIME', option: { ...condition, timeZone: 'Mars', falseTargetId: ids[0] } },
      'INVALID 0.option.timeZone',
    ],
    'nobody to connect': [{ type: 'CONNECT', option: { destinations: [] } }, 'BLANK 0.option.destinations'],
    'too many to connect': [
      { type: 'CONNECT', option: { destinations: Array(11).fill('+12025550100') } },
      'LIMIT_EXCEEDED 0.option.destinations',
    ],
    'a number that is none': [
      { type: 'CONNECT', option: { destinations: ['+12025550100', '{{target.name}}'] } },
      'INVALID 0.option.destinations.1',
    ],
    'an address with a variable': [
      { type: 'WEBHOOK_SEND', option: { url: 'https://example.com/{{target.name}}' } },
      'INVALID 0.option.url',
    ],
    'data too large': [
      { type: 'WEBHOOK_SEND', option: { url: 'https://example.com/', data: 'x'.repeat(10_000) } },
      'TOO_LONG 0.option.data',
    ],
    'a mail address that is none': [
      { type: 'EMAIL_SEND', option: { to: ['a@example.com', 'b'], subject: 'x', text: 'x' } },
      'INVALID 0.option.to.1',
    ],
    'a subject too long': [
      { type: 'EMAIL_SEND', option: { subject: 'x'.repeat(256), text: 'x' } },
      'TOO_LONG 0.option.subject',
    ],
    'a variable that nobody sets': [talk({ text: 'Hi {{name}}' }), 'INVALID 0.option.text'],
    'a variable in the middle of data': [
      { type: 'WEBHOOK_SEND', option: { url: 'https://example.com/', data: { a: ['{{x}}'] } } },
      'INVALID 0.option.data.a.0',
    ],
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

describe('actions that name each other', () => {
  test('are kept in lower case, and the zero UUID as none', async () => {
    const world = await givenWorld()
    const [first = '', second = ''] = ids
    const campaign = await givenCampaign(world, {
      actions: [
        { id: first, type: 'GOTO', option: { targetId: second.toUpperCase(), loopCount: 1 } },
        {
          id: second,
          type: 'BRANCH',
          option: { variable: 'target.name', targets: { Ann: first.toUpperCase() }, defaultTargetId: zeroUuid },
        },
      ],
    })
    expect(campaign.actions.map((action) => action.option)).toEqual([
      { targetId: second, loopCount: 1 },
      { variable: 'target.name', targets: { Ann: first }, defaultTargetId: null },
    ])
  })

  test('can come in one update that leaves nothing of those before', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [first = '', second = ''] = ids
    const goto = { type: 'GOTO' as const, option: { targetId: first, loopCount: 1 } }
    const campaign = await givenCampaign(world, { actions: [{ id: first, type: 'ANSWER' }, goto] })
    const update = () => app.campaigns.update(viewer, campaign.id, { actions: [{ id: second, type: 'ANSWER' }, goto] })
    await expectRefused(world, ['INVALID input.actions.1.option.targetId'], update, campaign)
  })
})

describe('a campaign whose actions cannot be carried out here', () => {
  const why = 'There is no mail server: set DIALGRAPH_SMTP_URL.'
  const email: ActionInput = { type: 'EMAIL_SEND', option: { subject: 'x', text: 'x' } }
  const message: ActionInput = { type: 'MESSAGE_SEND', option: { text: 'x' } }
  const hook: ActionInput = { type: 'WEBHOOK_SEND', option: { url: 'https://example.com/' } }

  test('is refused as it is to run, with a sentence that says why', async () => {
    const world = await givenWorld({ app: { sendingUnavailableReason: (type) => (type === 'EMAIL' ? why : null) } })
    const { campaign } = await givenReady(world, { people: [], campaign: { type: 'FLOW', actions: [email, email] } })
    const run = () => world.app.campaigns.run(world.viewer, campaign.id)
    await expectRefused(world, ['STATE_CONFLICT actions'], run, campaign)
    expect((await run()).errors[0]?.message).toBe(why)
    const others = await givenReady(world, { people: [], campaign: { type: 'FLOW', actions: [message, hook] } })
    expect(must(await world.app.campaigns.run(world.viewer, others.campaign.id)).status).toBe('RUN')
  })

  test('is refused for speech as well', async () => {
    const world = await givenWorld({
      app: { speechUnavailableReason: () => 'Install espeak-ng, or set DIALGRAPH_TTS.' },
    })
    const { campaign } = await givenReady(world, { people: [], campaign: { actions: [talk({ text: 'Hi' })] } })
    const run = () => world.app.campaigns.run(world.viewer, campaign.id)
    await expectRefused(world, ['STATE_CONFLICT actions'], run, campaign)
  })

  test('is what keeps the next campaign from being run, and the cause says so', async () => {
    const world = await givenWorld({ startEngine: true, app: { sendingUnavailableReason: () => why } })
    const next = await givenReady(world, { people: [], campaign: { type: 'FLOW', actions: [email] } })
    const first = await givenReady(world, { people: [], campaign: { nextCampaignId: next.campaign.id } })
    must(await world.app.campaigns.run(world.viewer, first.campaign.id))
    await world.settle()
    const [steps] = await world.app.transitions.latestOfCampaigns(world.viewer, [first.campaign.id], 10)
    expect(steps?.at(-1)).toMatchObject({ to: 'STOP', cause: expect.stringContaining(why) })
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

import { describe, expect, test } from 'vitest'
import { RequestError } from '../../src/kernel/errors.ts'
import { errorsOf, nextOf, open, openStream } from './ask.ts'
import { fakeSource } from './fake-app.ts'
import { fakeCampaign, fakeCampaignTransition } from './fake-objects.ts'
import { deferred, fakeStream } from './fake-stream.ts'

const query = 'subscription ($after: String) { campaignTransitioned(after: $after) { cursor campaign { name } } }'

/** A stream of transitions of one campaign, whose name a test may change. */
function openCampaign() {
  const stream = fakeStream<ReturnType<typeof fakeCampaignTransition>>()
  const shown = { name: 'before' }
  const fake = fakeSource({
    transitions: { campaigns: async () => stream },
    campaigns: { byIds: async (_viewer, ids) => ids.map((id) => fakeCampaign({ id, name: shown.name })) },
  })
  return { ...fake, stream, shown }
}

describe('a subscription', () => {
  test('hands its arguments to the house', async () => {
    const { source, argsOf } = openCampaign()
    await openStream(source, query, { after: 'cursor-3' })
    expect(argsOf('transitions.campaigns')).toEqual([[{ after: 'cursor-3' }]])
  })

  test('reads every event afresh', async () => {
    const { source, stream, shown, argsOf } = openCampaign()
    const results = await openStream(source, query)
    stream.push(fakeCampaignTransition({ position: 1 }))
    expect(await nextOf(results)).toEqual({
      data: { campaignTransitioned: { cursor: 'cursor-1', campaign: { name: 'before' } } },
    })
    shown.name = 'after'
    stream.push(fakeCampaignTransition({ position: 2 }))
    expect(await nextOf(results)).toEqual({
      data: { campaignTransitioned: { cursor: 'cursor-2', campaign: { name: 'after' } } },
    })
    expect(argsOf('campaigns.byIds')).toHaveLength(2)
  })

  test('follows one campaign by its id, and reads it at each event', async () => {
    const stream = fakeStream<string>()
    let name = 'one'
    const { source, argsOf } = fakeSource({
      transitions: { campaignChanges: async () => stream },
      campaigns: { byIds: async (_viewer, ids) => ids.map((id) => fakeCampaign({ id, name })) },
    })
    const results = await openStream(source, 'subscription { campaignChanged(id: "a") { id name } }')
    expect(argsOf('transitions.campaignChanges')).toEqual([['a', 4]])
    stream.push('a')
    expect(await nextOf(results)).toEqual({ data: { campaignChanged: { id: 'a', name: 'one' } } })
    name = 'two'
    stream.push('a')
    expect(await nextOf(results)).toEqual({ data: { campaignChanged: { id: 'a', name: 'two' } } })
  })

  test('takes no event before the one before it was asked for', async () => {
    const { source, stream } = openCampaign()
    const results = await openStream(source, query)
    for (let position = 1; position <= 3; position++) stream.push(fakeCampaignTransition({ position }))
    expect(stream.askedCount).toBe(0)
    await nextOf(results)
    expect(stream.askedCount).toBe(1)
  })

  test('ends its source at once, also while that sleeps', async () => {
    const { source, stream } = openCampaign()
    const results = await openStream(source, query)
    const pending = nextOf(results)
    await stream.waiting()
    expect(await results.return()).toEqual({ done: true, value: undefined })
    await stream.returned
    expect(await pending).toBe('done')
  })

  test('that cannot start says why, with the code', async () => {
    const { source, lines } = fakeSource({
      transitions: {
        campaigns: async () => {
          throw new RequestError('BAD_USER_INPUT', 'No such campaign.')
        },
      },
    })
    const result = await open(source, query)
    expect(result).not.toHaveProperty('next')
    expect(result).toMatchObject({ errors: [{ message: 'No such campaign.', extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(lines).toEqual([])
  })

  test('that cannot start for a defect says nothing', async () => {
    const { source, lines } = fakeSource({ transitions: { campaigns: async () => 5 as never } })
    expect(await open(source, query)).toEqual({
      errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    })
    expect(lines).toHaveLength(1)
  })

  test.each([
    'subscription { campaignTransitioned @skip(if: true) { cursor } }',
    'subscription ($on: Boolean = false) { ... @include(if: $on) { campaignTransitioned { cursor } } }',
    'subscription { ...A } fragment A on Subscription { ...B } fragment B on Subscription { campaignTransitioned @include(if: false) { cursor } }',
    'subscription { campaignTransitioned { cursor } agentTransitioned { cursor } }',
    'subscription { __typename }',
  ])('whose only field is skipped, or is not one, is not valid: %s', async (document) => {
    const { source, lines } = openCampaign()
    expect(await open(source, document)).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
    expect(lines).toEqual([])
  })

  test('may skip what is below its field', async () => {
    const { source, stream } = openCampaign()
    const results = await openStream(source, 'subscription { campaignTransitioned { cursor cause @skip(if: true) } }')
    stream.push(fakeCampaignTransition({ position: 1 }))
    expect(await nextOf(results)).toEqual({ data: { campaignTransitioned: { cursor: 'cursor-1' } } })
  })

  test('with a wrong variable is BAD_USER_INPUT', async () => {
    const { source } = openCampaign()
    expect(await open(source, query, { after: 5 })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  test('whose source fails throws the coded error, then is done', async () => {
    const { source, stream } = openCampaign()
    const results = await openStream(source, query)
    stream.fail(new RequestError('CURSOR_EXPIRED', 'That is no longer kept.'))
    await expect(results.next()).rejects.toMatchObject({
      message: 'That is no longer kept.',
      extensions: { code: 'CURSOR_EXPIRED' },
    })
    await stream.returned
    expect(await nextOf(results)).toBe('done')
  })

  test('whose source would fail for ever fails once', async () => {
    const broken = { next: async () => Promise.reject(new Error('broken')), [Symbol.asyncIterator]: () => broken }
    const { source, lines } = fakeSource({ transitions: { campaigns: async () => broken } })
    const results = await openStream(source, query)
    await expect(results.next()).rejects.toMatchObject({ extensions: { code: 'INTERNAL_SERVER_ERROR' } })
    expect(await nextOf(results)).toBe('done')
    expect(lines).toHaveLength(1)
  })

  test('shows what goes wrong with one event, and goes on', async () => {
    const { source, stream, shown } = openCampaign()
    const results = await openStream(source, query)
    stream.push(fakeCampaignTransition({ position: 1 }))
    Object.defineProperty(shown, 'name', {
      configurable: true,
      get: () => {
        throw new Error('broken')
      },
    })
    const first = await nextOf(results)
    expect(first === 'done' ? first : errorsOf(first)).toEqual([['INTERNAL_SERVER_ERROR', 'Internal server error.']])
    Object.defineProperty(shown, 'name', { value: 'mended' })
    stream.push(fakeCampaignTransition({ position: 2 }))
    expect(await nextOf(results)).toEqual({
      data: { campaignTransitioned: { cursor: 'cursor-2', campaign: { name: 'mended' } } },
    })
  })

  test('lets others have the event loop while it replays', async () => {
    const { source, stream } = openCampaign()
    const asked = { count: 0, others: Promise.resolve() }
    const loopBudget = {
      pass() {
        asked.count++
        return asked.others
      },
    }
    const results = await openStream(source, query, {}, loopBudget)
    stream.push(fakeCampaignTransition({ position: 1 }))
    stream.push(fakeCampaignTransition({ position: 2 }))
    await nextOf(results)
    expect(asked.count).toBe(1)
    const others = deferred()
    asked.others = others.promise
    let delivered = false
    const next = nextOf(results).then(() => {
      delivered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(delivered).toBe(false)
    others.resolve()
    await next
  })
})

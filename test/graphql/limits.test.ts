import { getIntrospectionQuery } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createOperations } from '../../src/graphql/operation.ts'
import { createEffects, type Effects } from '../../src/kernel/effects.ts'
import { limits } from '../../src/limits.ts'
import { manualTimers } from '../server/manual-timers.ts'
import { ask, errorsOf } from './ask.ts'
import { type Answers, fakePage, fakeSource } from './fake-app.ts'
import { fakeAgent, fakeCampaign, fakeQueue, fakeTarget } from './fake-objects.ts'
import { deferred } from './fake-stream.ts'

type Variables = Readonly<Record<string, unknown>>

/** Operations whose timers are the test's, over a house that answers what it says. */
function given(answers: Answers, effects: Partial<Effects> = {}, executor: 'COMPILED' | 'GRAPHQL' = 'COMPILED') {
  const { timer, elapse, count } = manualTimers()
  const operations = createOperations({ effects: { ...createEffects(), timer, ...effects }, executor })
  const fake = fakeSource(answers)
  const prepare = (query: string, variables?: Variables) => {
    const prepared = operations.prepare({ query, variables }, fake.source)
    if (Array.isArray(prepared)) throw prepared[0]
    return prepared
  }
  return {
    ...{ ...fake, operations, elapse, timers: count },
    execute: (query: string, variables?: Variables, signal?: AbortSignal) =>
      operations.execute(prepare(query, variables), signal),
  }
}

const extensionsOf = ({ errors }: { readonly errors?: readonly { readonly extensions: unknown }[] }) =>
  errors?.map(({ extensions }) => extensions)

const settle = () => new Promise((resolve) => setTimeout(resolve))

describe('a document of more than 2000 tokens', () => {
  test('is TOO_COMPLEX, and one of 2000 is not', async () => {
    const { source } = fakeSource()
    const query = `{ ${Array.from({ length: 666 }, (_, i) => `a${i}: latestCursor`).join(' ')} `
    expect(errorsOf(await ask(source, `${query} }`))).toEqual([])
    const refused = await ask(source, `${query} latestCursor }`)
    expect(refused).toMatchObject({ errors: [{ message: 'A document has at most 2000 tokens.' }] })
    expect(extensionsOf(refused)).toEqual([{ code: 'TOO_COMPLEX', cost: 2001, limit: 2000 }])
  })

  test('is not taken for one that only says so', async () => {
    const query = '{ latestCursor "Syntax Error: Document contains more that 2000 tokens" }'
    expect(extensionsOf(await ask(fakeSource().source, query))).toEqual([{ code: 'GRAPHQL_PARSE_FAILED' }])
  })
})

describe('a document that selects the same field again and again', () => {
  const inFragments = (fragments: number, each: number) => {
    const names = Array.from({ length: fragments }, (_, i) => `F${i}`)
    const spreads = names.map((name) => `...${name}`).join(' ')
    const made = names.map((name) => `fragment ${name} on Campaign { ${'queue { id } '.repeat(each)} }`).join(' ')
    return `{ campaigns(first: 1) { nodes { ${spreads} } } } ${made}`
  }
  const aliases = (count: number) => Array.from({ length: count }, (_, i) => `a${i}: id`).join(' ')
  const page = fakePage([])
  const refusalOf = async (query: string) =>
    extensionsOf(await ask(fakeSource({ campaigns: { page: async () => page } }).source, query))

  test.each([
    ['in one place', `{ campaigns(first: 1) { nodes { ${'queue { id } '.repeat(480)} } } }`, 2 * ((480 * 479) / 2)],
    ['by way of fragments', inFragments(20, 22), 2 * ((440 * 439) / 2) + 20 * 2 * ((22 * 21) / 2)],
    [
      'one level after the other',
      `{ ${`campaigns(first: 1) { nodes { ${'queue { id } '.repeat(20)} } } `.repeat(20)} }`,
      159_980,
    ],
  ])('is TOO_COMPLEX: %s', async (_where, query, cost) => {
    expect(await refusalOf(query)).toEqual([{ code: 'TOO_COMPLEX', cost, limit: limits.documentComparisonsMax }])
  })

  test('is TOO_COMPLEX where its fragments double, also in circles', async () => {
    const twice = (i: number) =>
      `fragment F${i} on Campaign { a: nextCampaign { ...F${i + 1} } b: nextCampaign { ...F${i + 1} } }`
    const doubling = `{ campaigns { nodes { ...F0 } } } ${Array.from({ length: 30 }, (_, i) => twice(i)).join(' ')} fragment F30 on Campaign { id }`
    const circle = `${doubling.replace('fragment F30 on Campaign { id }', 'fragment F30 on Campaign { id ...F0 }')}`
    for (const query of [doubling, circle]) expect(await refusalOf(query)).toMatchObject([{ code: 'TOO_COMPLEX' }])
    const alone = `{ campaigns { nodes { ...F } } } fragment F on Campaign { nextCampaign { ...F } ${aliases(200)} }`
    expect(await refusalOf(alone)).toEqual([{ code: 'GRAPHQL_VALIDATION_FAILED' }])
  })

  test('as often as large clients do is let', async () => {
    expect(await refusalOf(inFragments(60, 1))).toBeUndefined()
    expect(await refusalOf(`{ campaigns(first: 1) { nodes { ${'id '.repeat(199)} } } }`)).toBeUndefined()
  })
})

describe('an error about a variable', () => {
  const number = '+12025550199'
  const create = 'mutation ($input: AgentCreateInput!) { agentCreate(input: $input) { userErrors { code } } }'
  test.each<[string, Variables, string[]]>([
    [
      'query ($first: Int) { campaigns(first: $first) { nodes { id } } }',
      { first: number },
      ['Variable "$first" got an invalid value; Expected type "Int".'],
    ],
    [
      'query ($first: Int!) { campaigns(first: $first) { nodes { id } } }',
      {},
      ['Variable "$first" of required type "Int!" was not provided.'],
    ],
    [
      'query ($status: [CampaignStatus!]) { campaigns(filter: { status: $status }) { nodes { id } } }',
      { status: ['RUN', number] },
      ['Variable "$status" got an invalid value at "status[1]"; Expected type "CampaignStatus!".'],
    ],
    [
      'query ($at: DateTime) { campaigncalls(filter: { createdAfter: $at }) { nodes { id } } }',
      { at: number },
      [
        'Variable "$at" got an invalid value; DateTime must be an instant in RFC 3339 with its offset, for example 2026-11-20T06:03:00.000Z.',
      ],
    ],
    [
      create,
      { input: { name: { first: number }, extension: null, address: { type: number, target: '+1' }, phone: number } },
      [
        'Variable "$input" got an invalid value at "input.name"; Expected type "String!".',
        'Variable "$input" got an invalid value at "input.extension"; Expected type "String!".',
        'Variable "$input" got an invalid value at "input.address.type"; Expected type "AddressType".',
        'Variable "$input" got an invalid value; Field "phone" is not defined by type "AgentCreateInput".',
      ],
    ],
    [
      create,
      { input: { extension: '1', [`a"${number}`]: 1 } },
      [
        'Variable "$input" got an invalid value; Field "name" of required type "String!" was not provided.',
        'Variable "$input" got an invalid value; Expected type "AgentCreateInput!".',
      ],
    ],
    [create, { input: number }, ['Variable "$input" got an invalid value; Expected type "AgentCreateInput!".']],
  ])('says where, and what is expected there, and not what came: %s %j', async (query, variables, messages) => {
    const { errors = [] } = await ask(fakeSource().source, query, variables)
    expect(errors.map(({ message }) => message)).toEqual(messages)
    expect(errors.every(({ extensions }) => extensions.code === 'BAD_USER_INPUT')).toBe(true)
    expect(JSON.stringify(errors)).not.toContain(number)
  })

  test('is told no more than fifty times', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const { errors } = await ask(fakeSource().source, query, { ids: Array(5000).fill({}) })
    expect(errors).toHaveLength(50)
  })
})

describe('what an operation reads is counted again', () => {
  const agents = (count: number, prefix = '') =>
    Array.from({ length: count }, (_, i) => fakeAgent({ id: `agent-${prefix}${i}` }))
  const queues = (count: number) => Array.from({ length: count }, (_, i) => fakeQueue({ id: `queue-${i}` }))
  const refused = { code: 'TOO_COMPLEX', cost: expect.any(Number), limit: limits.operationCostMax }

  test('so that lists may be longer than they were reckoned with', async () => {
    const { source } = fakeSource({
      queues: {
        page: async () => fakePage(queues(10)),
        agents: async (_viewer, ids) => ids.map((id) => agents(1000, id)),
      },
    })
    const result = await ask(source, '{ queues { nodes { agents { id } } } }')
    expect(errorsOf(result)).toEqual([])
  })

  test('and ends it where they are much longer, before all of them are read', async () => {
    const { source, argsOf } = fakeSource({
      queues: {
        page: async () => fakePage(queues(100)),
        agents: async (_viewer, ids) => ids.map((id) => agents(1000, id)),
      },
    })
    const result = await ask(source, '{ queues(first: 100) { nodes { agents { id } } } }')
    expect(result.data).toBeUndefined()
    expect(extensionsOf(result)).toEqual([refused])
    const read = argsOf('queues.agents').flatMap(([ids]) => ids as string[])
    expect(read.length).toBeGreaterThanOrEqual(20)
    expect(read.length).toBeLessThan(30)
  })

  test('also where few rows are shown many times', async () => {
    const { source, argsOf } = fakeSource({
      queues: {
        page: async () => fakePage(queues(4)),
        agents: async (_viewer, ids) => ids.map(() => agents(200)),
      },
      agents: { queues: async (_viewer, ids) => ids.map(() => queues(4)) },
    })
    const result = await ask(source, '{ queues(first: 4) { nodes { agents { queues { agents { name } } } } } }')
    expect(extensionsOf(result)).toEqual([refused])
    expect(argsOf('queues.agents')).toHaveLength(1)
  })

  test('also where nothing of the rows is shown', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => fakeCampaign({ id: `${i}` }))
    const { source, argsOf } = fakeSource({ campaigns: { page: async () => fakePage(rows) } })
    const pages = Array.from({ length: 130 }, (_, i) => `a${i}: campaigns(first: 500) { pageInfo { hasNextPage } }`)
    const result = await ask(source, `{ ${pages.join(' ')} }`)
    expect(extensionsOf(result)).toEqual([refused])
    expect(argsOf('campaigns.page').length).toBeLessThan(60)
  })
})

describe('a query', () => {
  const never = new Promise<never>(() => undefined)

  test('is TIMED_OUT after ten seconds, and its timer is gone', async () => {
    const { execute, elapse, timers } = given({ campaigns: { page: () => never } })
    const asked = execute('{ campaigns { nodes { id } } }')
    await settle()
    elapse(limits.operationWithinMs - 1)
    await settle()
    expect(timers()).toBe(1)
    elapse(1)
    expect((await asked).result).toMatchObject({ errors: [{ extensions: { code: 'TIMED_OUT' } }] })
    expect(timers()).toBe(0)
  })

  test('leaves no timer behind where it is answered in time', async () => {
    const { execute, timers } = given({ campaigns: { page: async () => fakePage([]) } })
    await execute('{ campaigns { nodes { id } } }')
    expect(timers()).toBe(0)
  })

  test('ends when its client leaves: nothing is read for it any more', async () => {
    const page = deferred()
    const { execute, calls, timers } = given({
      campaigns: {
        page: async () => {
          await page.promise
          return fakePage([fakeCampaign({ outplanId: 'outplan' })])
        },
      },
    })
    const leaving = new AbortController()
    const asked = execute('{ campaigns { nodes { outplan { id } } } }', {}, leaving.signal)
    await settle()
    leaving.abort()
    expect((await asked).result).not.toHaveProperty('data')
    page.resolve()
    await settle()
    expect(calls.map(({ name }) => name)).toEqual(['transitions.latestPosition', 'campaigns.page'])
    expect(timers()).toBe(0)
  })

  test('whose client has left before it began reads nothing', async () => {
    const { execute, calls } = given({ campaigns: { page: async () => fakePage([]) } })
    expect((await execute('{ campaigns { nodes { id } } }', {}, AbortSignal.abort())).result).not.toHaveProperty('data')
    expect(calls.map(({ name }) => name)).not.toContain('campaigns.byIds')
  })
})

test('a mutation that has begun is carried out, however long it takes and whoever leaves', async () => {
  const first = deferred()
  const { execute, elapse, timers, argsOf } = given({
    campaigns: {
      run: async (_viewer, id) => {
        if (id === 'a') await first.promise
        return { value: null, errors: [] }
      },
    },
  })
  const leaving = new AbortController()
  const query =
    'mutation { a: campaignRun(id: "a") { userErrors { code } } b: campaignRun(id: "b") { userErrors { code } } }'
  const asked = execute(query, {}, leaving.signal)
  await settle()
  elapse(limits.operationWithinMs * 10)
  leaving.abort()
  first.resolve()
  expect((await asked).result).toEqual({ data: { a: { userErrors: [] }, b: { userErrors: [] } } })
  expect(argsOf('campaigns.run')).toEqual([['a'], ['b']])
  expect(timers()).toBe(0)
})

describe('a large operation', () => {
  /** How many rows are resolved, and asked for, between two rounds of the event loop. */
  function watched() {
    const rounds = { resolved: [0], asked: [0] }
    const add = (counts: number[], count: number) => {
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + count
    }
    return {
      rounds,
      resolved: () => add(rounds.resolved, 1),
      asked: (count: number) => add(rounds.asked, count),
      effects: {
        // No work takes any time by this clock: what is measured is how much of it is done in one go.
        monotonic: () => 0,
        async yieldToLoop() {
          await new Promise<void>((resolve) => setImmediate(resolve))
          rounds.resolved.push(0)
          rounds.asked.push(0)
        },
      },
    }
  }

  test.each(['COMPILED', 'GRAPHQL'] as const)(
    'leaves the event loop to others again and again, also within one long list, %s',
    async (executor) => {
      const { rounds, resolved, effects } = watched()
      const rows = Array.from({ length: 500 }, (_, i) => ({
        ...fakeTarget({ id: `${i}` }),
        get name() {
          resolved()
          return `target ${i}`
        },
      }))
      const { execute } = given(
        {
          outdialTargets: { pagesWithin: async () => [fakePage(rows)] },
          outdials: { byIds: async () => [{ id: 'o' } as never] },
        },
        effects,
        executor,
      )
      const names = Array.from({ length: 200 }, (_, i) => `a${i}: name`).join(' ')
      const { result, dataText, cost } = await execute(
        `{ outdial(id: "o") { targets(first: 500) { nodes { ${names} } } } }`,
      )
      expect(result.errors).toBeUndefined()
      expect(cost).toBe(10_502)
      const { outdial } = JSON.parse(dataText ?? '')
      expect(outdial.targets.nodes[499]).toMatchObject({ a0: 'target 499', a199: 'target 499' })
      // A unit is ten leaves, and a round has 1000 units.
      expect(Math.max(...rounds.resolved)).toBeLessThanOrEqual(10_000)
      expect(rounds.resolved.filter((count) => count > 0).length).toBeGreaterThan(6)
    },
  )

  test('asks about a relation in portions, with others in between', async () => {
    const { rounds, asked, effects } = watched()
    let made = 0
    const some = () => Array.from({ length: 500 }, () => fakeCampaign({ id: `c${++made}`, outplanId: `o${made}` }))
    const { execute, argsOf } = given(
      {
        campaigns: { page: async () => fakePage(some()) },
        outplans: {
          byIds: async (_viewer, ids) => {
            asked(ids.length)
            return ids.map(() => null)
          },
        },
      },
      effects,
    )
    const pages = Array.from({ length: 8 }, (_, i) => `p${i}: campaigns(first: 500) { nodes { outplan { id } } }`)
    const { result } = await execute(`{ ${pages.join(' ')} }`)
    expect(result.errors).toBeUndefined()
    expect(argsOf('outplans.byIds').map(([ids]) => (ids as string[]).length)).toEqual(Array(8).fill(500))
    expect(Math.max(...rounds.asked)).toBeLessThanOrEqual(1000)
    expect(rounds.asked.filter((count) => count > 0).length).toBeGreaterThanOrEqual(4)
  })

  test('asks about lists that may be long in smaller portions', async () => {
    const rows = Array.from({ length: 10 }, (_, i) => fakeQueue({ id: `${i}` }))
    const { source, argsOf } = fakeSource({
      queues: { page: async () => fakePage(rows), agents: async (_viewer, ids) => ids.map(() => []) },
    })
    await ask(source, '{ queues { nodes { agents { id } } } }')
    expect(argsOf('queues.agents').map(([ids]) => (ids as string[]).length)).toEqual([4, 4, 2])
  })
})

describe('an answer', () => {
  const targets = (length: number) => ({
    outdials: { byIds: async () => [{ id: 'o' } as never] },
    outdialTargets: {
      pagesWithin: async () => [
        fakePage(Array.from({ length: 100 }, (_, i) => fakeTarget({ id: `${i}`, data: 'x'.repeat(length) }))),
      ],
    },
  })
  const query = (aliases: number) =>
    `{ outdial(id: "o") { targets(first: 100) { nodes { ${Array.from({ length: aliases }, (_, i) => `a${i}: data`).join(' ')} } } } }`

  test('of more characters than anybody reads is TOO_LARGE', async () => {
    const { execute } = given(targets(10_000))
    const { result, dataText } = await execute(query(17))
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'TOO_LARGE' } }] })
    expect(result).not.toHaveProperty('data')
    expect(dataText).toBeNull()
  })

  test('just within that is answered, written as it would be otherwise', async () => {
    const { dataText } = await given(targets(10_000)).execute(query(16))
    const { result } = await given(targets(10_000), {}, 'GRAPHQL').execute(query(16))
    expect(dataText).toBe(JSON.stringify(result.data))
  })
})

test('introspection is carried out once for each document', async () => {
  const { execute } = given({})
  const query = getIntrospectionQuery()
  const first = await execute(query)
  expect(first.result.data).toHaveProperty('__schema')
  expect((await execute(query)).result).toBe(first.result)
  expect((await execute(`${query} `)).result).not.toBe(first.result)
  const withData = '{ __typename latestCursor __type(name: "Campaign") { name } }'
  expect((await execute(withData)).result).not.toBe((await execute(withData)).result)
})

import { readFileSync } from 'node:fs'
import { buildSchema, getIntrospectionQuery, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createAdmission } from '../../src/graphql/admission.ts'
import { createPricing } from '../../src/graphql/pricing.ts'
import { schema } from '../../src/graphql/schema.ts'

const admission = createAdmission(schema)

function admit(query: string, variableValues: Record<string, unknown> = {}) {
  return admission.admit({ document: parse(query), variableValues })
}

/** What an operation is reckoned to cost; the test fails where it is refused. */
function costOf(query: string, variables?: Record<string, unknown>): number {
  const admitted = admit(query, variables)
  if ('errors' in admitted) throw new Error(admitted.errors.map(({ message }) => message).join('; '))
  return Number((admitted.quote.cost + admitted.quote.introspection).toFixed(3))
}

/** Code, cost and limit of the error by which an operation is refused. */
function refusalOf(query: string, variables?: Record<string, unknown>): Record<string, unknown> | null {
  const admitted = admit(query, variables)
  return 'errors' in admitted ? { ...admitted.errors[0]?.extensions } : null
}

const doubling = (levels: number) => {
  const fragments = Array.from(
    { length: levels },
    (_, i) => `fragment f${i} on Campaign { nextCampaign { ...f${i + 1} } twin: nextCampaign { ...f${i + 1} } }`,
  )
  return `{ campaigns { nodes { ...f0 } } } ${fragments.join(' ')} fragment f${levels} on Campaign { id }`
}

const aliases = (count: number, field: string) => Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ')

describe('a query costs', () => {
  test.each([
    ['{ latestCursor }', 0.1],
    ['{ latestCursor __typename }', 0.2],
    ['{ campaign(id: "a") { name } }', 1.1],
    ['{ campaigns { pageInfo { hasNextPage } } }', 0.3],
    ['{ campaigns { nodes { name } } }', 0.1 + 50 * 1.1],
    ['{ campaigns(first: 3) { nodes { name } } }', 0.1 + 3 * 1.1],
    ['{ campaigns(last: 3) { nodes { name } } }', 0.1 + 3 * 1.1],
    ['{ campaigns(first: 3) { edges { cursor node { name } } } }', 0.1 + 3 * (0.1 + 0.1 + 1.1)],
    ['{ campaigns { totalCount } }', 100.2],
    ['{ campaign(id: "a") { stats { success } } }', 1 + 1 + 0.2],
    ['{ campaign(id: "a") { stats { hangupReasons { reason count } } } }', 1 + 1 + 0.1 + 14 * 0.3],
    ['{ campaign(id: "a") { dialing { blockedBy } } }', 1 + 5 + 0.2],
    ['{ campaign(id: "a") { actions { id type } } }', 1 + 20 * 0.3],
    ['{ campaign(id: "a") { transitions { cause } } }', 1 + 20 * 1.1],
    ['{ campaign(id: "a") { transitions(last: 7) { cause } } }', 1 + 7 * 1.1],
    ['{ campaigncall(id: "a") { destination { target } transitions { at } } }', 1 + 0.2 + 5 * 1.1],
    ['{ outplan(id: "a") { maxTryCounts } }', 1 + 5 * 0.1],
    ['{ outdialTarget(id: "a") { destinations { index address { target } } } }', 1 + 2 * (1 + 0.1 + 0.2)],
    ['{ queue(id: "a") { agents { queues { name } } } }', 1 + 20 * (1 + 2 * 1.1)],
    ['{ campaigncallTransitions { at } }', 100 * 1.1],
    ['{ campaignTransitions(first: 500) { at } }', 500 * 1.1],
    ['{ nodes(ids: ["a", "b", "c"]) { id } }', 3 * 1.1],
    ['{ engine { state } }', 1.1],
  ])('%s', (query, cost) => {
    expect(costOf(query)).toBeCloseTo(cost, 6)
  })

  test('as many times as its page has rows, one below the other', () => {
    const query =
      '{ campaigns(first: 20) { nodes { id name campaigncalls(first: 50) { nodes { id status outdialTarget { id name } agent { id name } } } } } }'
    expect(Math.ceil(costOf(query))).toBe(3627)
    const example = readFileSync(new URL('../../examples/queries/3-campaigns.graphql', import.meta.url), 'utf8')
    expect(costOf(example)).toBeGreaterThan(0)
  })

  test('a count in a page of rows as often as there are rows', () => {
    const query = '{ campaigns(first: 10) { nodes { campaigncalls { totalCount } } } }'
    expect(costOf(query)).toBeCloseTo(0.1 + 10 * (1 + 0.1 + 100.1), 6)
  })

  test('what its variables say, with their defaults, and those of the arguments', () => {
    const query = 'query ($first: Int = 4) { campaigns(first: $first) { nodes { id } } }'
    expect(costOf(query)).toBeCloseTo(0.1 + 4 * 1.1, 6)
    expect(costOf(query, { first: 9 })).toBeCloseTo(0.1 + 9 * 1.1, 6)
    expect(costOf(query, { first: null })).toBeCloseTo(0.1 + 50 * 1.1, 6)
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b'] })).toBeCloseTo(2.2, 6)
  })

  test('a page that is asked for with a size out of range no more than the largest: it is refused when it is read', () => {
    const query = (first: number) => `{ campaigns(first: ${first}) { nodes { id } } }`
    expect(costOf(query(100_000))).toBeCloseTo(costOf(query(500)), 6)
    expect(costOf(query(-5))).toBeCloseTo(0.1, 6)
  })

  test('nothing for what is skipped or not included', () => {
    const query = `query ($no: Boolean!, $yes: Boolean!) { campaign(id: "a") {
      name detail @skip(if: $yes) status @include(if: $no) ... @include(if: $no) { ratio } ...F @skip(if: $yes)
      type @skip(if: $no) @include(if: $yes)
    } } fragment F on Campaign { dialing { allowed } }`
    expect(costOf(query, { no: false, yes: true })).toBeCloseTo(1.2, 6)
    expect(costOf(query, { no: true, yes: false })).toBeCloseTo(1 + 0.1 * 4 + 5.2, 6)
  })

  test('the worst of the types that a node may be', () => {
    const query = `{ node(id: "a") { id
      ... on Agent { name extension }
      ... on Queue { agents { name } }
    } }`
    expect(costOf(query)).toBeCloseTo(1 + 0.1 + 20 * 1.1, 6)
  })

  test('what its fragments cost, where they are spread', () => {
    const query = '{ a: campaign(id: "a") { ...F } b: campaign(id: "b") { ...F ...F } } fragment F on Campaign { name }'
    expect(costOf(query)).toBeCloseTo(1.1 + 1.2, 6)
  })
})

test('a mutation costs ten, and one for each row of its input', () => {
  expect(costOf('mutation { campaignRun(id: "a") { userErrors { code } } }')).toBeCloseTo(10 + 0.1 + 2 * 0.2, 6)
  const add = `mutation ($targets: [OutdialTargetInput!]!) {
    outdialTargetsAdd(outdialId: "o", targets: $targets) { targets { id } }
  }`
  const targets = Array.from({ length: 30 }, () => ({ destinations: [{ target: '+1' }, { target: '+2' }] }))
  expect(costOf(add, { targets })).toBeCloseTo(10 + 30 + 0.1 + 30 * 1.1, 6)
  const set = 'mutation { queueAgentsSet(queueId: "q", agentIds: ["a", "b"]) { queue { name } } }'
  expect(costOf(set)).toBeCloseTo(12 + 0.1 + 1.1, 6)
})

describe('refused as TOO_COMPLEX', () => {
  const limit = 20_000
  test.each([
    [
      'five hundred calls of each of five hundred campaigns',
      '{ campaigns(first: 500) { nodes { id campaigncalls(first: 500) { nodes { id } } } } }',
      { cost: 275_601, limit },
    ],
    [
      'lists without pages, one in the other',
      '{ queues(first: 500) { nodes { agents { queues { agents { name } } } } } }',
      { cost: 470_501, limit },
    ],
    [
      'nine hundred aliases of a leaf',
      `{ campaigns(first: 500) { nodes { ${aliases(900, 'name')} } } }`,
      { cost: 45_501, limit },
    ],
    ['counts by the hundred', `{ ${aliases(201, 'campaigncalls { totalCount }')} }`, { cost: 20_141, limit }],
    ['fragments that double', doubling(8), { cost: 26_831, limit }],
    ['fragments that double, too deep', doubling(26), { cost: 29, limit: 12 }],
    [
      'eleven mutations',
      `mutation { ${aliases(11, 'campaignRun(id: "a") { userErrors { code } }')} }`,
      { cost: 11, limit: 10 },
    ],
    [
      'eleven mutations in fragments',
      `mutation { ...A ...B } fragment A on Mutation { ${aliases(6, 'engineResume { userErrors { code } }')} } fragment B on Mutation { ... { ${aliases(5, 'engineResume { userErrors { code } }').replaceAll(/a(\d)/g, 'b$1')} } }`,
      { cost: 11, limit: 10 },
    ],
    [
      'introspection by way of aliases',
      `{ __schema { ${aliases(3, 'types { ...T }')} } }
       fragment T on __Type { ${aliases(4, 'fields { ...F }')} } fragment F on __Field { type { ${aliases(4, 'fields { name }')} } }`,
      { cost: expect.any(Number), limit: expect.any(Number) },
    ],
  ])('%s', (_what, query, sizes) => {
    expect(refusalOf(query)).toEqual({ code: 'TOO_COMPLEX', ...sizes })
  })

  test('thirteen levels of fields, and not twelve', () => {
    const query = (levels: number) =>
      `{ campaigns(first: 1) { nodes { ${'nextCampaign { '.repeat(levels - 3)} id ${'}'.repeat(levels - 3)} } } }`
    expect(refusalOf(query(12))).toBeNull()
    expect(refusalOf(query(13))).toEqual({ code: 'TOO_COMPLEX', cost: 13, limit: 12 })
    const fragments =
      '{ campaigns(first: 1) { ...A } } fragment A on CampaignConnection { ... { nodes { ... { id } } } }'
    expect(admit(fragments)).toMatchObject({ quote: { depth: 3 } })
  })

  test('variables that are longer than anything that may be done', () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const ids = Array.from({ length: 20_001 }, (_, i) => `${i}`)
    expect(refusalOf(query, { ids })).toEqual({ code: 'TOO_COMPLEX', cost: 20_001, limit })
    const nested = { ids: [ids.slice(0, 15_000), ids.slice(0, 15_000)] }
    expect(refusalOf(query, nested)).toMatchObject({ code: 'TOO_COMPLEX', limit })
  })
})

test('twenty-six fragments that double are reckoned as fast as they are read', () => {
  const { definitions } = parse(doubling(200))
  const [operation, ...fragments] = definitions as never[]
  const named = new Map(fragments.map((of: { name: { value: string } }) => [of.name.value, of as never]))
  const { cost } = createPricing(schema).quote({ operation: operation as never, fragments: named, variables: {} })
  expect(cost).toBeGreaterThan(2 ** 200)
})

describe('a subscription', () => {
  const queue = (selection: string) => `queue { agents { ${selection} } }`
  test('is judged by what one event of it costs: 500 where each transition is one', () => {
    const query = (aliased: number) =>
      `subscription { campaigncallTransitioned { campaigncall { ${aliases(aliased, queue('name'))} } } }`
    expect(refusalOf(query(21))).toBeNull()
    expect(refusalOf(query(22))).toEqual({ code: 'TOO_COMPLEX', cost: 508, limit: 500 })
  })

  test('and 2000 where it is gathered', () => {
    const query = (aliased: number) =>
      `subscription { campaignChanged(id: "a") { ${aliases(aliased, queue('name'))} } }`
    expect(refusalOf(query(22))).toBeNull()
    expect(refusalOf(query(87))).toEqual({ code: 'TOO_COMPLEX', cost: 2002, limit: 2000 })
  })
})

describe('introspection', () => {
  test('as clients ask for it is let, with every option', () => {
    const all = {
      ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
      ...{ inputValueDeprecation: true, oneOf: true },
    }
    expect(refusalOf(getIntrospectionQuery())).toBeNull()
    expect(refusalOf(getIntrospectionQuery(all))).toBeNull()
    expect(refusalOf('{ __type(name: "Campaign") { fields { name } } }')).toBeNull()
  })

  test('counts toward neither depth nor cost of the rest', () => {
    const page = '{ campaigns(first: 500) { nodes { outdial { id } } } %s }'
    const alone = admit(page.replace('%s', ''))
    const both = admit(
      page.replace(
        '%s',
        getIntrospectionQuery()
          .replace(/^[^{]*\{/, '')
          .replace(/\}\s*fragment[\s\S]*$/, ''),
      ) + (/fragment[\s\S]*$/.exec(getIntrospectionQuery())?.[0] ?? ''),
    )
    expect(both).toMatchObject({ quote: { cost: (alone as { quote: { cost: number } }).quote.cost, depth: 4 } })
  })
})

describe('a list in the arguments that is too long', () => {
  test.each([
    ['{ nodes(ids: [%s]) { id } }', 501, '"a"', 'nodes takes at most 500 ids, got 501.'],
    [
      '{ campaigncalls(filter: { status: [%s] }) { nodes { id } } }',
      101,
      'DONE',
      'campaigncalls takes at most 100 filter.status, got 101.',
    ],
    [
      '{ outdial(id: "a") { targets(filter: { status: [%s] }) { nodes { id } } } }',
      101,
      'DONE',
      'targets takes at most 100 filter.status, got 101.',
    ],
  ])('is BAD_USER_INPUT: %s', (query, count, value, message) => {
    const filled = (length: number) => query.replace('%s', Array(length).fill(value).join(' '))
    expect(admit(filled(count))).toMatchObject({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] })
    expect(refusalOf(filled(count - 1))).toBeNull()
  })

  test('of a mutation is for the mutation to tell', () => {
    const query = 'mutation ($ids: [ID!]!) { queueAgentsSet(queueId: "q", agentIds: $ids) { userErrors { code } } }'
    expect(refusalOf(query, { ids: Array(1001).fill('a') })).toBeNull()
  })
})

describe('a schema', () => {
  const error = (sdl: string) => () => createPricing(buildSchema(sdl))
  test('with a list of which nobody says how long it is has no price', () => {
    expect(error('type Query { names: [String!]! }')).toThrow('Query.names: a list says what it is reckoned with')
    expect(error('type Query { name: String }')).not.toThrow()
  })

  test('with a list in an argument or an input of which nobody says how long it may be has none either', () => {
    const sentence = 'a list of an input says how long it may be'
    expect(error('type Query { name(of: [ID!]): String }')).toThrow(`Query.name.of: ${sentence}`)
    expect(error('type Query { name(of: In): String } input In { ids: [ID] }')).toThrow(`In.ids: ${sentence}`)
  })
})

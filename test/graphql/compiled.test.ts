import fc from 'fast-check'
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { createOperations } from '../../src/graphql/operation.ts'
import { schema } from '../../src/graphql/schema.ts'
import { present } from '../../src/kernel/assert.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { givenWorld } from '../app/support.ts'
import { givenAgents, givenOutdial, givenQueue, givenReady, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'

/** Campaigns with calls in every state, agents, targets, actions and a log. */
async function givenHistory() {
  const world = await givenWorld({ startEngine: true })
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{ extension: '101' }, { extension: '102' }])
  const ids: string[] = [queue.id, ...agents.map(({ id }) => id)]
  for (let i = 0; i < 2; i++) {
    const people = [1, 2, 5, 6, 9].map((dd) => [scripted(dd, 202 + i)])
    const settings = { queueId: i === 0 ? queue.id : null }
    const { campaign, outdial, outplan } = await givenReady(world, { people, campaign: settings })
    await world.app.campaigns.run(world.viewer, campaign.id)
    ids.push(campaign.id, outdial.id, outplan.id)
  }
  await givenOutdial(world, 'Empty')
  await world.advance(40_000)
  const { campaign: last } = await givenReady(world, { people: [1, 2, 5].map((dd) => [scripted(dd, 204)]) })
  await world.app.campaigns.run(world.viewer, last.id)
  await world.advance(1000)
  const calls = await world.app.campaigncalls.page(world.viewer, { orderBy: 'CREATED_AT_DESC', first: 4 })
  for (const call of calls.rows) ids.push(call.id, call.outdialTargetId)
  return { world, ids }
}

const sourceOf = ({ app, viewer }: World) => ({ app, viewer, log: silentLog })

/**
 * What one executor answers: the JSON of the data, or the errors, of which graphql keeps the first where several fields
 * fail; and whether it was compiled.
 */
async function answerOf(world: World, executor: 'COMPILED' | 'GRAPHQL', query: string, variables: object = {}) {
  const operations = createOperations({ effects: createEffects(), executor })
  const prepared = operations.prepare({ query, variables: { ...variables } }, sourceOf(world))
  if (Array.isArray(prepared)) throw prepared[0]
  const { result, dataText } = await operations.execute(prepared)
  const isCompiled = dataText !== null && Object.keys(result.data ?? {}).length === 0
  return {
    text: dataText ?? JSON.stringify(result.data),
    errors: result.errors?.map(({ message }) => message),
    isCompiled,
  }
}

const depthMax = 5

/** Selections of a type that both executors can carry out, as a document has them. */
function selectionOf(type: GraphQLObjectType, ids: readonly string[], depth: number): fc.Arbitrary<string> {
  const fields = Object.values(type.getFields()).filter((field) => isSelectable(field, depth))
  const one = fc.constantFrom(...fields).chain((field) => fieldOf(field, ids, depth))
  const selected = fc.oneof(
    { weight: 8, arbitrary: one },
    { weight: 1, arbitrary: fc.constant('__typename') },
    { weight: 1, arbitrary: one.map((text) => `... on ${type.name} { ${text} }`) },
    { weight: 1, arbitrary: one.map((text) => `... @include(if: $yes) { ${text} }`) },
    { weight: 1, arbitrary: one.map((text) => `... @skip(if: $yes) { ${text} }`) },
  )
  return fc.array(selected, { minLength: 1, maxLength: depth > 2 ? 3 : 6 }).map((all) => all.join(' '))
}

function isSelectable({ type, args }: GraphQLField<unknown, unknown>, depth: number): boolean {
  const named = getNamedType(type)
  const needed = args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)
  return (
    needed.every(({ name }) => name === 'id') &&
    (isLeafType(named) || (isObjectType(named) && depth < depthMax && named.name !== 'EngineReport'))
  )
}

let aliases = 0

function fieldOf(
  { name, type, args }: GraphQLField<unknown, unknown>,
  ids: readonly string[],
  depth: number,
): fc.Arbitrary<string> {
  const named = getNamedType(type)
  const given: fc.Arbitrary<string>[] = []
  if (args.some((arg) => arg.name === 'id')) given.push(fc.constantFrom(...ids).map((id) => `id: "${id}"`))
  if (args.some((arg) => arg.name === 'first')) {
    const sizes = args.some((arg) => arg.name === 'last') ? ['first: 1', 'first: 3', 'last: 2'] : ['first: 2']
    given.push(fc.constantFrom(...sizes, ...sizes, 'first: 0'))
  }
  const below = isObjectType(named) ? selectionOf(named, ids, depth + 1).map((text) => ` { ${text} }`) : fc.constant('')
  return fc.tuple(fc.tuple(...given), below).map(([values, selection]) => {
    const alias = `a${aliases++}: `
    return `${alias}${name}${values.length > 0 ? `(${values.join(', ')})` : ''}${selection}`
  })
}

describe('the compiled execution', () => {
  test('answers what graphql answers, to the letter', async () => {
    const { world, ids } = await givenHistory()
    const query = selectionOf(present(schema.getQueryType(), 'queries'), ids, 0)
    let compiled = 0
    await fc.assert(
      fc.asyncProperty(query, fc.boolean(), async (selection, yes) => {
        const document = `query ($yes: Boolean!) { ${selection} __typename @include(if: $yes) }`
        const expected = await answerOf(world, 'GRAPHQL', document, { yes })
        const { text, errors, isCompiled } = await answerOf(world, 'COMPILED', document, { yes })
        expect({ text, errors }).toEqual({ text: expected.text, errors: expected.errors })
        if (isCompiled) compiled++
        else expect(errors?.length ?? 0).toBeGreaterThan(0)
      }),
      { numRuns: 400, seed: 1 },
    )
    expect(compiled).toBeGreaterThan(100)
  })

  test.each(['campaigncalls', 'outdial'])(
    'reads what each field of the rows of %s needs, and nothing else',
    async (root) => {
      const { world } = await givenHistory()
      const [type, open, close] =
        root === 'outdial'
          ? ['OutdialTarget', `{ outdials(first: 4) { nodes { targets(first: 5) { nodes {`, '} } } } }']
          : ['Campaigncall', '{ campaigncalls(first: 50) { nodes {', '} } }']
      const page = await world.app.campaigncalls.page(world.viewer, { orderBy: 'CREATED_AT_DESC', first: 50 })
      expect([...new Set(page.rows.map(({ status }) => status))].sort()).toEqual(['DIALING', 'DONE', 'PROGRESSING'])
      const object = schema.getType(type) as GraphQLObjectType
      for (const field of Object.values(object.getFields())) {
        const named = getNamedType(field.type)
        const below = isLeafType(named)
          ? ''
          : isObjectType(named) && 'nodes' in named.getFields()
            ? '{ nodes { id } }'
            : '{ __typename }'
        for (const selected of [`${field.name} ${below}`, `__typename ${field.name} ${below}`]) {
          const query = `${open} ${selected} ${close}`
          const { text, isCompiled } = await answerOf(world, 'COMPILED', query)
          expect([query, isCompiled]).toEqual([query, true])
          expect(text).toBe((await answerOf(world, 'GRAPHQL', query)).text)
        }
      }
    },
  )

  test('leaves introspection and objects of several types to graphql', async () => {
    const { world, ids } = await givenHistory()
    for (const query of ['{ __schema { queryType { name } } }', `{ node(id: "${ids[0]}") { id } }`]) {
      const { text, isCompiled } = await answerOf(world, 'COMPILED', query)
      expect(isCompiled).toBe(false)
      expect(text).toBe((await answerOf(world, 'GRAPHQL', query)).text)
    }
  })
})

import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { present } from '../../src/kernel/assert.ts'
import { ask, open } from './ask.ts'
import { fakePage, fakeSource } from './fake-app.ts'
import { fakeCampaign } from './fake-objects.ts'

interface Input {
  readonly name: string
  readonly type: GraphQLInputType
  readonly defaultValue?: unknown
}

/** Every argument and every field of an input object that has a default, by where it stands. */
function inputsWithDefaults(): [path: string, input: Input][] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return []
    const inputs: [string, Input][] = isInputObjectType(type)
      ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field])
      : isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).flatMap((field) =>
            field.args.map((arg): [string, Input] => [`${type.name}.${field.name}(${arg.name})`, arg]),
          )
        : []
    return inputs.filter(([, { defaultValue }]) => defaultValue !== undefined)
  })
}

test('nothing that has a default has to be given', () => {
  const found = inputsWithDefaults()
  expect(found.filter(([, { type }]) => isNonNullType(type)).map(([path]) => path)).toEqual([])
  expect(found.length).toBeGreaterThan(30)
})

/** A value of that type, in which everything that has a default is null, or is left out. */
function sampleOf(type: GraphQLInputType, defaults: 'NULL' | 'LEFT_OUT'): unknown {
  if (isNonNullType(type)) return sampleOf(type.ofType, defaults)
  if (isListType(type)) return [sampleOf(type.ofType, defaults)]
  if (isInputObjectType(type)) return samplesOf(Object.values(type.getFields()), defaults)
  if (isEnumType(type)) return present(type.getValues()[0], 'a value of the enum').name
  switch (type.name) {
    case 'Int':
      return 1
    case 'DateTime':
      return '2026-01-05T09:00:00.000Z'
    case 'Boolean':
      return true
    default:
      return '11111111-1111-4111-8111-111111111111'
  }
}

function samplesOf(inputs: readonly Input[], defaults: 'NULL' | 'LEFT_OUT'): Record<string, unknown> {
  return Object.fromEntries(
    inputs.flatMap(({ name, type, defaultValue }) => {
      if (defaultValue === undefined) return [[name, sampleOf(type, defaults)]]
      return defaults === 'NULL' ? [[name, null]] : []
    }),
  )
}

/** Whether anything that can be handed to a field has a default. */
function hasDefaults({ args }: GraphQLField<unknown, unknown>): boolean {
  const inner = (type: GraphQLInputType): readonly Input[] => {
    const named = getNamedType(type)
    return isInputObjectType(named) ? Object.values(named.getFields()) : []
  }
  const among = (inputs: readonly Input[]): boolean =>
    inputs.some(({ type, defaultValue }) => defaultValue !== undefined || among(inner(type)))
  return among(args)
}

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
const fields = roots.flatMap((root) => {
  const type = present(root, 'a root type')
  return Object.values(type.getFields())
    .filter(hasDefaults)
    .map((field): [string, string, GraphQLField<unknown, unknown>] => [type.name.toLowerCase(), field.name, field])
})

/** What the use cases are handed by a field whose variables are null, or are left out, where there are defaults. */
async function handedOver(kind: string, field: GraphQLField<unknown, unknown>, defaults: 'NULL' | 'LEFT_OUT') {
  const { source, calls } = fakeSource()
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
  const query = `${kind} (${declared}) { ${field.name}(${passed}) { __typename } }`
  const variables = samplesOf(field.args, defaults)
  await (kind === 'subscription' ? open(source, query, variables) : ask(source, query, variables, undefined, 'GRAPHQL'))
  return calls.filter(({ name }) => !name.startsWith('transitions.latest')).map(({ name, args }) => [name, args])
}

describe('an explicit null means the default', () => {
  test.each(fields)('in the %s %s', async (kind, _name, field) => {
    const leftOut = await handedOver(kind, field, 'LEFT_OUT')
    expect(leftOut).toHaveLength(1)
    expect(await handedOver(kind, field, 'NULL')).toEqual(leftOut)
  })

  test('in a document, at a field of an object', async () => {
    const { source, argsOf } = fakeSource({
      campaigns: { byIds: async () => [fakeCampaign()] },
      campaigncalls: { pagesWithin: async () => [fakePage([])] },
      transitions: { latestPosition: () => 0, latestOfCampaigns: async () => [[]] },
    })
    const query = '{ campaign(id: "1") { campaigncalls(orderBy: null) { totalCount } transitions(last: null) { at } } }'
    expect(await ask(source, query)).toMatchObject({ data: { campaign: { transitions: [] } } })
    expect(argsOf('campaigncalls.pagesWithin')).toMatchObject([[expect.anything(), { orderBy: 'CREATED_AT_DESC' }, []]])
    expect(argsOf('transitions.latestOfCampaigns')).toMatchObject([[expect.anything(), 20]])
  })

  test('of the schema, where a variable that is null has another', async () => {
    const { source, argsOf } = fakeSource({
      campaigns: { byIds: async () => [fakeCampaign()] },
      transitions: { latestPosition: () => 0, latestOfCampaigns: async () => [[]] },
    })
    const query = 'query ($last: Int = 5) { campaign(id: "1") { transitions(last: $last) { at } } }'
    await ask(source, query, { last: null })
    expect(argsOf('transitions.latestOfCampaigns')).toMatchObject([[expect.anything(), 20]])
  })

  test('and one inside a list of what may be null leaves its neighbours alone', async () => {
    const { source, argsOf } = fakeSource()
    const query = `mutation {
      outdialTargetsAdd(outdialId: "1", targets: [
        { name: null, data: "kept", destinations: [null, { type: null, target: "x", name: "kept" }] }
      ]) { userErrors { code } }
    }`
    await ask(source, query)
    const address = { type: 'TEL', target: 'x', targetName: '', name: 'kept', detail: '' }
    expect(argsOf('outdialTargets.add')).toEqual([
      ['1', [{ name: '', detail: '', data: 'kept', destinations: [null, address] }]],
    ])
  })
})

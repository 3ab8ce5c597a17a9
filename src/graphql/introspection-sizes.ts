import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType } from 'graphql'

/** What the lists of the introspection types are reckoned with: how long they are in this schema, on average. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap())
  const directives = schema.getDirectives()
  const fields = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  )
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', directives.length],
    ['__Type.fields', fields.length / types.length],
    [
      '__Type.interfaces',
      mean(types, (of) => (isObjectType(of) || isInterfaceType(of) ? of.getInterfaces().length : 0)),
    ],
    [
      '__Type.possibleTypes',
      mean(types, (of) => (isInterfaceType(of) || isUnionType(of) ? schema.getPossibleTypes(of).length : 0)),
    ],
    ['__Type.enumValues', mean(types, (of) => (isEnumType(of) ? of.getValues().length : 0))],
    ['__Type.inputFields', mean(types, (of) => (isInputObjectType(of) ? Object.keys(of.getFields()).length : 0))],
    ['__Field.args', mean(fields, ({ args }) => args.length)],
    ['__Directive.locations', mean(directives, ({ locations }) => locations.length)],
    ['__Directive.args', mean(directives, ({ args }) => args.length)],
  ])
}

function mean<Item>(items: readonly Item[], countOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + countOf(item), 0) / items.length
}

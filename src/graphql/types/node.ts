import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import type { Context } from '../context.ts'
import { bounded, sized } from '../price-tags.ts'
import { NodeRef } from '../refs.ts'

builder.interfaceType(NodeRef, {
  description: 'Every object that can be fetched by its id. Ids are UUIDs (v7 when the server generates them).',
  resolveType: ({ __typename }) => present(__typename, 'a node that is marked with its type'),
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID, unique among all objects of all kinds.' }),
  }),
})

builder.queryFields((t) => ({
  node: t.field({
    type: NodeRef,
    nullable: true,
    description: 'Returns the object with this id, of any kind, also a deleted one. Null if no object has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of any object.' }) },
    resolve: (_root, { id }, context) => loadNode(context, id),
  }),
  nodes: t.field({
    type: [NodeRef],
    extensions: sized({ argument: 'ids' }),
    nullable: { list: false, items: true },
    description:
      'Returns the objects with these ids, of any kind, in the order of the ids. Null in the place of an id that no object has.',
    args: {
      ids: t.arg.idList({
        required: true,
        extensions: bounded(limits.pageRowsMax),
        description: `Up to ${limits.pageRowsMax} ids of any objects; more are BAD_USER_INPUT.`,
      }),
    },
    resolve: (_root, { ids }, context) => Promise.all(ids.map((id) => loadNode(context, id))),
  }),
}))

/** Copied before `__typename` is added; domain objects are shared and must not be mutated. */
async function loadNode({ loaders }: Context, id: string) {
  const node = await loaders.node.load(id)
  return node && { ...node.value, __typename: node.type }
}

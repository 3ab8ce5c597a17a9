import type { Page } from '../app/api.ts'
import { limits } from '../limits.ts'
import { type BuilderTypes, builder } from './builder.ts'
import { isPage, priced, sized } from './price-tags.ts'
import { type Edge, PageInfoRef } from './refs.ts'

type Ref<Shape> = PothosSchemaTypes.ObjectRef<BuilderTypes, Shape>

/** Arguments of every connection. The use cases validate them (docs/rules.md#pages). */
export const pageArguments = builder.args((t) => ({
  first: t.int({
    description: `How many from the start, or after \`after\`: 1 to ${limits.pageRowsMax}; ${limits.pageRowsDefault} when neither first nor last is given. Both, or out of range, is BAD_USER_INPUT.`,
  }),
  after: t.string({
    description: 'A cursor of this connection, in this order and with this filter; another is BAD_CURSOR.',
  }),
  last: t.int({ description: `How many from the end, or before \`before\`: 1 to ${limits.pageRowsMax}.` }),
  before: t.string({
    description: 'A cursor of this connection, in this order and with this filter; another is BAD_CURSOR.',
  }),
}))

/** A connection over a page of the use cases: nodes with their cursors, and a count that is made when it is asked for. */
export function implementConnection<Row extends object>(
  plural: string,
  row: Ref<Row>,
  connection: Ref<Page<Row>>,
  edge: Ref<Edge<Row>>,
): void {
  const node: Ref<object> = row
  builder.objectType(connection, {
    description: `A page of ${plural}. Rows added or removed meanwhile neither repeat others nor skip them.`,
    extensions: isPage,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        extensions: sized('page'),
        description: 'The rows of the page with their cursors, in order.',
        resolve: (page) => page.rows.map((each) => ({ page, row: each })),
      }),
      nodes: t.field({
        type: [row],
        extensions: sized('page'),
        description: 'The rows of the page, in order.',
        resolve: (page) => page.rows,
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        description: 'Where the page begins and ends, and whether there are others.',
        resolve: (page) => page as Page<unknown>,
      }),
      totalCount: t.int({
        extensions: priced(100),
        description: 'The number of rows that match the filter, over all pages. Counted only when requested.',
        resolve: (page) => page.totalCount(),
      }),
    }),
  })
  builder.objectType(edge, {
    description: `One place in a page of ${plural}.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'Pass it to `after` or `before` to continue from here.',
        resolve: ({ page, row: each }) => page.cursorOf(each),
      }),
      node: t.field({ type: node, description: 'The row itself.', resolve: ({ row: each }) => each }),
    }),
  })
}

builder.objectType(PageInfoRef, {
  description: 'Where a page begins and ends, and whether there are others.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether rows follow the last one of this page.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Whether rows come before the first one of this page.',
    }),
    startCursor: t.string({
      nullable: true,
      description: 'The cursor of the first row; null when the page is empty.',
      resolve: (page) => cursorAt(page, 0),
    }),
    endCursor: t.string({
      nullable: true,
      description: 'The cursor of the last row; null when the page is empty.',
      resolve: (page) => cursorAt(page, -1),
    }),
  }),
})

function cursorAt(page: Page<unknown>, index: 0 | -1): string | null {
  return page.rows.length === 0 ? null : page.cursorOf(page.rows.at(index))
}

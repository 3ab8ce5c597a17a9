import { eq, isNull, sql } from 'drizzle-orm'
import type { Outplan } from '../domain/outplan.ts'
import type { Connection } from './database.ts'
import { filterParts, type PageWindow } from './keyset.ts'
import { createRepository, type Mapping } from './repository.ts'
import { outplan } from './schema/outplan.ts'

const mapping: Mapping<Outplan> = {
  toValue: (row) => row as unknown as Outplan,
  toRow: (value) => ({ ...value }),
}

const carried = new Set(['customerId,kept'])

/** The outplans of a customer. */
export function createOutplans(db: Connection) {
  const repository = createRepository(db, outplan, mapping)
  const listFilter = (customerId: string) =>
    filterParts(
      [
        { name: 'customerId', value: customerId, condition: eq(outplan.customerId, sql.placeholder('customerId')) },
        { name: 'kept', value: 1, condition: isNull(outplan.deletedAt) },
      ],
      carried,
    )
  return {
    byId: repository.byId,
    byIds: repository.byIds,
    insert: repository.insert,
    update: repository.update,
    list: (customerId: string, window: PageWindow) =>
      repository.page({ columns: [outplan.position], descending: false }, window, listFilter(customerId)),
    count: (customerId: string) => repository.count(listFilter(customerId)),
  }
}

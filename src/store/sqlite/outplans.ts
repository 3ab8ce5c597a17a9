import { eq, isNull, sql } from 'drizzle-orm'
import type { Outplan } from '../../domain/outplan.ts'
import type { Outplans } from '../contract/outdials.ts'
import type { PageWindow } from '../contract/pages.ts'
import type { Connection } from './database.ts'
import { filterParts } from './keyset.ts'
import { createReads, createWrites } from './repository.ts'
import { outplan } from './schema/outplan.ts'

const carried = new Set(['customerId,kept'])

/** The outplans of a customer. */
export function createOutplans(db: Connection): Outplans {
  const reads = createReads(db, outplan, (row): Outplan => row)
  const writes = createWrites(db, outplan, (value: Omit<Outplan, 'position'>) => ({ ...value }))
  const listFilter = (customerId: string) =>
    filterParts(
      [
        { name: 'customerId', value: customerId, condition: eq(outplan.customerId, sql.placeholder('customerId')) },
        { name: 'kept', value: 1, condition: isNull(outplan.deletedAt) },
      ],
      carried,
    )
  return {
    byId: reads.byId,
    byIds: reads.byIds,
    insert: writes.insert,
    update: writes.update,
    list: (customerId: string, window: PageWindow) =>
      reads.page({ columns: [outplan.position], descending: false }, window, listFilter(customerId)),
    count: (customerId: string) => reads.count(listFilter(customerId)),
  }
}

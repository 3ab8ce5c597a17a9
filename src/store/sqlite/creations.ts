import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Creation, Creations } from '../contract/installations.ts'
import type { Connection } from './database.ts'
import { writing } from './repository.ts'
import { campaign } from './schema/campaign.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { creation } from './schema/installation.ts'
import { outdial, outdialTarget } from './schema/outdial.ts'
import { outplan } from './schema/outplan.ts'
import { agent, queue } from './schema/queue.ts'
import { idList, inList, lazily, placeholders } from './statement-cache.ts'

const tables = [campaign, outdial, outdialTarget, outplan, queue, agent, campaigncall] as const

/** The ids that callers chose (docs/rules.md#repeatable-creations). */
export function createCreations(db: Connection): Creations {
  const ofCustomer = eq(creation.customerId, sql.placeholder('customerId'))
  const selectByIds = lazily(() =>
    db
      .select()
      .from(creation)
      .where(and(ofCustomer, inList(creation.id, 'ids')))
      .prepare(),
  )
  const insertRow = lazily(() => db.insert(creation).values(placeholders(creation)).prepare())
  return {
    /** The creations among these ids. */
    async byIds(customerId: string, ids: readonly string[]): Promise<Creation[]> {
      return selectByIds().all({ customerId, ids: idList(ids) }) as Creation[]
    },
    /** Those of the ids that any object of the customer has, chosen or not. */
    async taken(customerId: string, ids: readonly string[]): Promise<Set<string>> {
      const lowered = ids.map((id) => id.toLowerCase())
      const rows = tables.flatMap((table) =>
        db
          .select({ id: table.id })
          .from(table)
          .where(and(eq(table.customerId, customerId), inArray(table.id, lowered)))
          .all(),
      )
      return new Set(rows.map((row) => row.id))
    },
    /** Throws UniqueConflict if the id was chosen before. */
    async insert(row: Creation): Promise<void> {
      writing(() => insertRow().run({ ...row }))
    },
  }
}

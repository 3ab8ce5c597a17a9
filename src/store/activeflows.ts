import { and, eq, sql } from 'drizzle-orm'
import type { Activeflow } from '../domain/activeflow.ts'
import type { Connection } from './database.ts'
import { lazily, placeholders } from './prepared.ts'
import { activeflow } from './schema/campaigncall.ts'

/** Runs of actions, one for each answered call. */
export function createActiveflows(db: Connection) {
  const key = and(
    eq(activeflow.customerId, sql.placeholder('customerId')),
    eq(activeflow.campaigncallId, sql.placeholder('campaigncallId')),
  )
  const selectOfCall = lazily(() => db.select().from(activeflow).where(key).prepare())
  const insertRow = lazily(() => db.insert(activeflow).values(placeholders(activeflow)).prepare())
  const updateRow = lazily(() =>
    db
      .update(activeflow)
      .set(placeholders(activeflow, ['customerId', 'id', 'campaigncallId']))
      .where(key)
      .prepare(),
  )
  return {
    async ofCall(customerId: string, campaigncallId: string): Promise<Activeflow | null> {
      return selectOfCall().get({ customerId, campaigncallId }) ?? null
    },
    async insert(flow: Activeflow): Promise<void> {
      insertRow().run({ ...flow })
    },
    async update(flow: Activeflow): Promise<void> {
      updateRow().run({ ...flow })
    },
  }
}

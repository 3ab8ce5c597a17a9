import { and, asc, eq, sql } from 'drizzle-orm'
import type { Recording } from '../../domain/recording.ts'
import type { Recordings } from '../contract/campaigncalls.ts'
import type { Connection } from './database.ts'
import { recording } from './schema/activeflow.ts'
import { groupBy, idList, inList, lazily, placeholders } from './statement-cache.ts'

/** Recordings of calls, and their locations. */
export function createRecordings(db: Connection): Recordings {
  const ofCustomer = eq(recording.customerId, sql.placeholder('customerId'))
  const key = and(
    ofCustomer,
    eq(recording.campaigncallId, sql.placeholder('campaigncallId')),
    eq(recording.id, sql.placeholder('id')),
  )
  const selectById = lazily(() => db.select().from(recording).where(key).prepare())
  const selectOfCalls = lazily(() =>
    db
      .select()
      .from(recording)
      .where(and(ofCustomer, inList(recording.campaigncallId, 'campaigncallIds')))
      .orderBy(asc(recording.campaigncallId), asc(recording.step))
      .prepare(),
  )
  const insertRow = lazily(() => db.insert(recording).values(placeholders(recording)).prepare())
  const updateRow = lazily(() =>
    db
      .update(recording)
      .set(placeholders(recording, ['customerId', 'campaigncallId', 'id']))
      .where(key)
      .prepare(),
  )
  const deleteRow = lazily(() => db.delete(recording).where(key).prepare())
  return {
    async byId(customerId: string, campaigncallId: string, id: string): Promise<Recording | null> {
      return selectById().get({ customerId, campaigncallId, id }) ?? null
    },
    /** Of each call, oldest first. */
    async ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<Recording[][]> {
      const rows = selectOfCalls().all({ customerId, campaigncallIds: idList(campaigncallIds) })
      return groupBy(campaigncallIds, rows, (row) => row.campaigncallId)
    },
    async insert(value: Recording): Promise<void> {
      insertRow().run({ ...value })
    },
    async update(value: Recording): Promise<void> {
      updateRow().run({ ...value })
    },
    async remove({ customerId, campaigncallId, id }: Recording): Promise<void> {
      deleteRow().run({ customerId, campaigncallId, id })
    },
  }
}

import { eq, sql } from 'drizzle-orm'
import type { EngineRecord } from '../../domain/engine.ts'
import { present } from '../../kernel/assert.ts'
import type { Engines } from '../contract/installations.ts'
import type { Connection } from './database.ts'
import { engine } from './schema/engine.ts'
import { lazily } from './statement-cache.ts'

/** The one row with the engine's status and the request to resume. */
export function createEngines(db: Connection): Engines {
  const select = lazily(() => db.select().from(engine).prepare())
  const change = (values: Partial<typeof engine.$inferInsert>) =>
    db.update(engine).set(values).where(eq(engine.position, 1)).run()

  return {
    /** Throws a Defect before the first start has created it. */
    async get(): Promise<EngineRecord> {
      const row = present(select().get(), 'a database that was set up when it was made')
      const { startsRoom: room, startsNextAt: nextAt, callsPerSecond: perSecond, position: _, ...own } = row
      return { ...own, allowance: { perSecond, room, nextAt } }
    },
    /** Creates the row of a database that has none. */
    async insert(): Promise<void> {
      db.insert(engine).values({ position: 1, state: 'STOPPED', driver: '' }).onConflictDoNothing().run()
    },
    /** Updates the engine's status, in whole or in part; the request and the counters stay. */
    async update({ allowance, ...values }: Partial<EngineRecord>): Promise<void> {
      const columns = allowance && {
        callsPerSecond: allowance.perSecond,
        startsRoom: allowance.room,
        startsNextAt: allowance.nextAt,
      }
      change({ ...values, ...columns })
    },
    /** Counts calls found live again, and calls that ended UNKNOWN. */
    async count({ adopted, unknown }: { readonly adopted: number; readonly unknown: number }): Promise<void> {
      db.update(engine)
        .set({ adopted: sql`${engine.adopted} + ${adopted}`, unknown: sql`${engine.unknown} + ${unknown}` })
        .run()
    },
  }
}

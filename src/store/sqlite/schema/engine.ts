import { sql } from 'drizzle-orm'
import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { engineStates, haltCauses } from '../../../domain/engine.ts'
import { flag, holds, oneOf, position } from './columns.ts'

/** One row: the engine's status and the request to resume, in whichever process either is. */
export const engine = sqliteTable(
  'engine',
  {
    position: position(),
    state: text({ enum: engineStates }).notNull(),
    /** Why it is HALTED or waiting, for a person. */
    reason: text(),
    haltCause: text({ enum: haltCauses }),
    driver: text().notNull(),
    startedAt: integer(),
    heartbeatAt: integer(),
    carrierAvailable: flag(),
    /** Calls that may start now, and from when another one may. */
    startsRoom: real('bucket_tokens').notNull().default(0),
    startsNextAt: integer('bucket_at').notNull().default(0),
    callsPerSecond: integer().notNull().default(0),
    adopted: integer().notNull().default(0),
    unknown: integer().notNull().default(0),
    /** A request to resume that has not been answered yet. */
    resumeAskedAt: integer(),
  },
  (table) => [
    holds('engine_single', sql`${table.position} = 1`),
    oneOf('engine_state', table.state, engineStates),
    oneOf('engine_halt_cause', table.haltCause, haltCauses),
  ],
)

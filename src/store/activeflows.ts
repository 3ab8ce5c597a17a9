import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { ActionExecution, Activeflow } from '../domain/activeflow.ts'
import { compiledRead, compiledWrite, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { actionExecution, activeflow } from './schema/activeflow.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { align, groupBy, idList, inList, lazily, placeholders } from './statement-cache.ts'

/** The call, and the customer it belongs to. */
export interface CallKey {
  readonly customerId: string
  readonly campaigncallId: string
}

/** A sending that was recorded and has no known result. */
export interface OpenSending extends CallKey {
  readonly sendingId: string
}

/** Activeflows, one for each answered call, and their executed actions. */
export function createActiveflows(db: Connection) {
  const columns = getTableColumns(activeflow)
  const reading = (query: { prepare(): Prepared }) => {
    const read = compiledRead<Record<string, unknown>>(db, query.prepare(), columns)
    return (values: Record<string, unknown>) => read(values).map(toValue)
  }
  const ofCustomer = eq(activeflow.customerId, sql.placeholder('customerId'))
  const key = and(ofCustomer, eq(activeflow.campaigncallId, sql.placeholder('campaigncallId')))
  const selectOfCall = lazily(() => reading(db.select().from(activeflow).where(key)))
  const selectByIds = lazily(() =>
    reading(
      db
        .select()
        .from(activeflow)
        .where(and(ofCustomer, inList(activeflow.id, 'ids'))),
    ),
  )
  const insertRow = lazily(() => compiledWrite(db, db.insert(activeflow).values(placeholders(activeflow)).prepare()))
  const updateRow = lazily(() =>
    compiledWrite(
      db,
      db
        .update(activeflow)
        .set(placeholders(activeflow, ['customerId', 'id', 'campaigncallId']))
        .where(key)
        .prepare(),
    ),
  )
  const selectSendings = lazily(() =>
    db
      .select({
        customerId: activeflow.customerId,
        campaigncallId: activeflow.campaigncallId,
        sendingId: sql<string>`json_extract(${activeflow.wait}, '$.sendingId')`,
      })
      .from(campaigncall)
      .innerJoin(
        activeflow,
        and(eq(activeflow.customerId, campaigncall.customerId), eq(activeflow.campaigncallId, campaigncall.id)),
      )
      .where(sql`${campaigncall.status} <> 'DONE' and json_extract(${activeflow.wait}, '$.type') = 'SENDING'`)
      .prepare(),
  )
  const insertExecution = lazily(() =>
    compiledWrite(db, db.insert(actionExecution).values(placeholders(actionExecution)).prepare()),
  )
  const updateOutcome = lazily(() =>
    db
      .update(actionExecution)
      .set({ outcome: sql`${sql.placeholder('outcome')}` })
      .where(
        and(
          eq(actionExecution.customerId, sql.placeholder('customerId')),
          eq(actionExecution.campaigncallId, sql.placeholder('campaigncallId')),
          eq(actionExecution.step, sql.placeholder('step')),
        ),
      )
      .prepare(),
  )
  const selectExecutions = lazily(() =>
    db
      .select()
      .from(actionExecution)
      .where(
        and(
          eq(actionExecution.customerId, sql.placeholder('customerId')),
          inList(actionExecution.campaigncallId, 'campaigncallIds'),
        ),
      )
      .orderBy(asc(actionExecution.campaigncallId), asc(actionExecution.step))
      .prepare(),
  )
  return {
    async ofCall(customerId: string, campaigncallId: string): Promise<Activeflow | null> {
      return selectOfCall()({ customerId, campaigncallId })[0] ?? null
    },
    /** In the order of the ids, null where the customer has none. */
    async byIds(customerId: string, ids: readonly string[]): Promise<(Activeflow | null)[]> {
      return align(ids, selectByIds()({ customerId, ids: idList(ids) }), (flow) => flow.id)
    },
    async insert(flow: Activeflow): Promise<void> {
      insertRow()(toRow(flow))
    },
    async update(flow: Activeflow): Promise<void> {
      updateRow()(toRow(flow))
    },
    /** Of the calls in flight, over all customers. */
    async openSendings(): Promise<OpenSending[]> {
      return selectSendings().all()
    },
    async addExecution({ customerId, campaigncallId }: CallKey, execution: ActionExecution): Promise<void> {
      insertExecution()({ customerId, campaigncallId, ...execution })
    },
    /** Sets the outcome of an ended action that becomes known later. */
    async setOutcome({ customerId, campaigncallId }: CallKey, step: number, outcome: string): Promise<void> {
      updateOutcome().run({ customerId, campaigncallId, step, outcome })
    },
    /** The executed actions of each call, in order. */
    async executions(customerId: string, campaigncallIds: readonly string[]): Promise<ActionExecution[][]> {
      const rows = selectExecutions().all({ customerId, campaigncallIds: idList(campaigncallIds) })
      return groupBy(campaigncallIds, rows, (row) => row.campaigncallId)
    },
  }
}

function toRow({ wait, variables, jumpCounts, ...flow }: Activeflow): Record<string, unknown> {
  return {
    ...flow,
    wait: wait === null ? null : JSON.stringify(wait),
    variables: jsonUnlessEmpty(variables),
    jumpCounts: jsonUnlessEmpty(jumpCounts),
  }
}

function jsonUnlessEmpty(of: object): string | null {
  for (const _ in of) return JSON.stringify(of)
  return null
}

function toValue({ wait, variables, jumpCounts, ...flow }: Record<string, unknown>): Activeflow {
  const parse = (json: unknown, otherwise: unknown) => (typeof json === 'string' ? JSON.parse(json) : otherwise)
  return {
    ...flow,
    ...{ wait: parse(wait, null), variables: parse(variables, {}), jumpCounts: parse(jumpCounts, {}) },
  } as Activeflow
}

import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { ActionExecution, Activeflow, Wait } from '../../domain/activeflow.ts'
import type { Activeflows, CallExecution, LateOutcome, OpenSending } from '../contract/campaigncalls.ts'
import type { Scope } from '../contract/scope.ts'
import { compiledRead, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { actionExecution, activeflow } from './schema/activeflow.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { insertSet, updateSet } from './sets.ts'
import { align, groupBy, idList, inList, lazily, scoped, scopeValues } from './statement-cache.ts'

type FlowRow = typeof activeflow.$inferSelect

/** Columns that are written when the actions begin, and never again. */
const fixed = ['customerId', 'id', 'campaigncallId']

/** Activeflows, one for each answered call, and their executed actions. */
export function createActiveflows(db: Connection): Activeflows {
  const columns = getTableColumns(activeflow)
  const reading = (query: { prepare(): Prepared }) => {
    const read = compiledRead<FlowRow>(db, query.prepare(), columns)
    return (values: Record<string, unknown>) => read(values).map(toValue)
  }
  const ofCustomer = eq(activeflow.customerId, sql.placeholder('customerId'))
  const selectOfCalls = lazily(() =>
    reading(
      db
        .select()
        .from(activeflow)
        .where(and(ofCustomer, inList(activeflow.campaigncallId, 'campaigncallIds'))),
    ),
  )
  const selectByIds = lazily(() =>
    reading(
      db
        .select()
        .from(activeflow)
        .where(and(ofCustomer, inList(activeflow.id, 'ids'))),
    ),
  )
  const insertRows = lazily(() => insertSet(db, activeflow))
  const updateRows = lazily(() =>
    updateSet(db, activeflow, {
      set: Object.keys(columns).filter((name) => !fixed.includes(name)),
      key: ['customerId', 'campaigncallId'],
    }),
  )
  const selectSendings = scoped(campaigncall.customerId, (ofScope) =>
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
      .where(
        and(sql`${campaigncall.status} <> 'DONE' and json_extract(${activeflow.wait}, '$.type') = 'SENDING'`, ofScope),
      )
      .prepare(),
  )
  const insertExecutions = lazily(() => insertSet(db, actionExecution))
  const updateOutcomes = lazily(() =>
    updateSet(db, actionExecution, { set: ['outcome'], key: ['customerId', 'campaigncallId', 'step'] }),
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
    /** In the order of the calls, null for a call without actions. */
    async ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<(Activeflow | null)[]> {
      const flows = selectOfCalls()({ customerId, campaigncallIds: idList(campaigncallIds) })
      return align(campaigncallIds, flows, (flow) => flow.campaigncallId)
    },
    /** In the order of the ids, null where the customer has none. */
    async byIds(customerId: string, ids: readonly string[]): Promise<(Activeflow | null)[]> {
      return align(ids, selectByIds()({ customerId, ids: idList(ids) }), (flow) => flow.id)
    },
    async insertAll(flows: readonly Activeflow[]): Promise<void> {
      insertRows()(flows.map(toRow))
    },
    async updateAll(flows: readonly Activeflow[]): Promise<void> {
      updateRows()(flows.map(toRow))
    },
    /** Of the calls in flight. */
    async openSendings(scope: Scope): Promise<OpenSending[]> {
      return selectSendings(scope).all(scopeValues(scope))
    },
    async insertExecutions(executions: readonly CallExecution[]): Promise<void> {
      insertExecutions()(executions.map((of) => ({ ...of })))
    },
    /** Sets the outcomes of ended actions that become known later. */
    async setOutcomes(outcomes: readonly LateOutcome[]): Promise<void> {
      updateOutcomes()(outcomes.map((of) => ({ ...of })))
    },
    /** The executed actions of each call, in order. */
    async executions(customerId: string, campaigncallIds: readonly string[]): Promise<ActionExecution[][]> {
      const rows = selectExecutions().all({ customerId, campaigncallIds: idList(campaigncallIds) })
      return groupBy(campaigncallIds, rows, (row) => row.campaigncallId)
    },
  }
}

function toRow({ wait, variables, jumpCounts, ...flow }: Activeflow): FlowRow {
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

/** A wait that an earlier version stored under another name. */
function waitOf(stored: Wait | (Omit<Extract<Wait, { type: 'YIELD' }>, 'type'> & { type: 'BREATH' })): Wait {
  return stored.type === 'BREATH' ? { ...stored, type: 'YIELD' } : stored
}

function toValue({ wait, variables, jumpCounts, ...flow }: FlowRow): Activeflow {
  return {
    ...flow,
    wait: wait === null ? null : waitOf(JSON.parse(wait)),
    variables: variables === null ? {} : JSON.parse(variables),
    jumpCounts: jumpCounts === null ? {} : JSON.parse(jumpCounts),
  }
}

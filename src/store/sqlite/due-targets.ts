import { and, asc, eq, getTableColumns, lte, type SQL, sql } from 'drizzle-orm'
import type { OutdialTarget } from '../../domain/outdial-target.ts'
import type { DueBefore, DueTimes } from '../contract/outdials.ts'
import type { Connection } from './database.ts'
import type { RowOf } from './repository.ts'
import { outdialTarget } from './schema/outdial.ts'
import { lazily } from './statement-cache.ts'

/** The idle targets of lists by when they are due, without their destinations. All of it is read from one partial index. */
export function createDueTargets(db: Connection) {
  const ofList = eq(outdialTarget.outdialId, sql.placeholder('outdialId'))
  const ofCustomer = eq(outdialTarget.customerId, sql.placeholder('customerId'))
  /** Worded exactly as in the partial index: otherwise the planner does not use it. */
  const isIdle = sql`${outdialTarget.status} = 'IDLE' and ${outdialTarget.deletedAt} is null`
  const restClass = eq(outdialTarget.lastUnknown, sql.placeholder('lastUnknown'))
  const selectRows = lazily(() =>
    db
      .select(getTableColumns(outdialTarget))
      .from(outdialTarget)
      .where(and(ofList, restClass, lte(outdialTarget.lastAttemptAt, sql.placeholder('before')), isIdle, ofCustomer))
      .orderBy(asc(outdialTarget.lastAttemptAt), asc(outdialTarget.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const listTimes = lazily(() => {
    const given = (name: string) => sql`lists.value ->> ${sql.raw(`'${name}'`)}`
    const idle = (lastUnknown: 0 | 1, condition: SQL) =>
      db
        .select({ at: outdialTarget.lastAttemptAt })
        .from(outdialTarget)
        .where(
          and(
            sql`${outdialTarget.outdialId} = ${given('outdialId')}`,
            sql`${outdialTarget.lastUnknown} = ${sql.raw(String(lastUnknown))}`,
            condition,
            isIdle,
            ofCustomer,
          ),
        )
        .orderBy(asc(outdialTarget.lastAttemptAt))
        .limit(1)
    const dueBy = (name: string) => sql`${outdialTarget.lastAttemptAt} <= ${given(name)}`
    const dueAfter = (name: string) => sql`${outdialTarget.lastAttemptAt} > max(0, ${given(name)})`
    return db
      .select({
        isDue: sql<0 | 1>`exists ${idle(0, dueBy('known'))} or exists ${idle(1, dueBy('unknown'))}`,
        known: sql<number | null>`${idle(0, dueAfter('known'))}`,
        unknown: sql<number | null>`${idle(1, dueAfter('unknown'))}`,
      })
      .from(sql`json_each(${sql.placeholder('lists')}) as lists`)
      .orderBy(sql`lists.key`)
      .prepare()
  })

  return {
    /**
     * Idle targets that are due, in the order in which they are dialed (docs/rules.md#target-order). The cost does not
     * grow with the list.
     */
    selectDue(customerId: string, outdialId: string, before: DueBefore, limit: number): RowOf<typeof outdialTarget>[] {
      const known = selectRows().all({ customerId, outdialId, lastUnknown: 0, before: before.known, limit })
      const unknown = selectRows().all({ customerId, outdialId, lastUnknown: 1, before: before.unknown, limit })
      return unknown.length === 0 ? known : [...known, ...unknown].sort(inDialOrder).slice(0, limit)
    },
    /** Whether each of these lists has a due target, and since when those wait that become due next. */
    async dueTimes(
      customerId: string,
      lists: readonly ({ readonly outdialId: string } & DueBefore)[],
    ): Promise<DueTimes[]> {
      const rows = listTimes().all({ customerId, lists: JSON.stringify(lists) })
      return rows.map(({ isDue, known, unknown }) => ({ isDue: isDue === 1, known, unknown }))
    },
  }
}

function inDialOrder(
  a: Pick<OutdialTarget, 'lastAttemptAt' | 'position'>,
  b: Pick<OutdialTarget, 'lastAttemptAt' | 'position'>,
): number {
  return a.lastAttemptAt - b.lastAttemptAt || a.position - b.position
}

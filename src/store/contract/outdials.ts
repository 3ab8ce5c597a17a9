import type { Outdial } from '../../domain/outdial.ts'
import type { OutdialTarget, OutdialTargetStatus } from '../../domain/outdial-target.ts'
import type { Outplan } from '../../domain/outplan.ts'
import type { TargetTally } from '../../domain/tally.ts'
import type { PageWindow, Reads } from './pages.ts'
import type { Scope } from './scope.ts'

export interface OutdialListFilter {
  readonly customerId: string
  /** Lower case. */
  readonly nameContains: string | null
  readonly includeDeleted: boolean
}

/** Outdials, each with its counters. */
export interface Outdials {
  byIds(customerId: string, ids: readonly string[]): Promise<(Outdial | null)[]>
  byId(customerId: string, id: string): Promise<Outdial | null>
  /** With the counters of the value. */
  insert(value: Omit<Outdial, 'position'>): Promise<Outdial>
  /** Writes everything but the counters. */
  update(value: Outdial): Promise<void>
  count(filter: OutdialListFilter): Promise<number>
  list(filter: OutdialListFilter, window: PageWindow): Promise<Outdial[]>
  /** Lists that wait for re-evaluation, oldest first. */
  reevaluating(scope: Scope, limit: number): Promise<Outdial[]>
  /** Adds to the counters of one list. */
  add(customerId: string, outdialId: string, change: TargetTally): Promise<void>
}

export interface TargetListFilter {
  readonly customerId: string
  readonly outdialId: string
  readonly status: readonly OutdialTargetStatus[] | null
  readonly address: string | null
  readonly includeDeleted: boolean
}
/** Which idle targets are due: those whose last attempt ended at or before these moments. */
export interface DueBefore {
  /** For targets whose last attempt has a known outcome. */
  readonly known: number
  /** For targets whose last attempt ended UNKNOWN. */
  readonly unknown: number
}
/** What is known of the idle targets of a list. */
export interface DueTimes {
  readonly isDue: boolean
  /** End of the last attempt of the target that becomes due next, with a known outcome; null if none waits. */
  readonly known: number | null
  /** The same for targets whose last attempt ended UNKNOWN. */
  readonly unknown: number | null
}
/** A target before and after what a transaction changed in it. */
export interface TargetChange {
  readonly before: OutdialTarget
  readonly after: OutdialTarget
}

/** The targets of the lists, each with its destinations. */
export interface OutdialTargets {
  /** One statement, including destinations. */
  byIds(customerId: string, ids: readonly string[], reads?: Reads<OutdialTarget>): Promise<(OutdialTarget | null)[]>
  insert(value: Omit<OutdialTarget, 'position'>): Promise<OutdialTarget>
  /** Writes a target with its destinations. */
  update(target: OutdialTarget): Promise<void>
  /** Writes what attempts or a re-evaluation changed between two states of targets. */
  updateAttempts(changes: readonly TargetChange[]): Promise<void>
  list(filter: TargetListFilter, window: PageWindow, reads?: Reads<OutdialTarget>): Promise<OutdialTarget[]>
  /** The same page of each of these lists; the list in the filter itself is the first of them. */
  listOfEach(
    outdialIds: readonly string[],
    filter: TargetListFilter,
    window: PageWindow,
    reads?: Reads<OutdialTarget>,
  ): Promise<OutdialTarget[][]>
  count(filter: TargetListFilter): Promise<number>
  /**
   * Idle targets that are due, in the order in which they are dialed (docs/rules.md#target-order). The cost does not
   * grow with the list.
   */
  due(customerId: string, outdialId: string, before: DueBefore, limit: number): Promise<OutdialTarget[]>
  /** Whether each of these lists has a due target, and since when those wait that become due next. */
  dueTimes(
    customerId: string,
    lists: readonly ({
      readonly outdialId: string
    } & DueBefore)[],
  ): Promise<DueTimes[]>
  /** Positions of the first and the last target of a list, including deleted ones; both 0 if it has none. */
  span(
    customerId: string,
    outdialId: string,
  ): Promise<{
    first: number
    last: number
  }>
  /** The data of targets after a position, including deleted ones, in the order they were added. */
  dataAfter(
    customerId: string,
    outdialId: string,
    after: number,
    limit: number,
  ): Promise<
    {
      position: number
      data: string
      deletedAt: number | null
    }[]
  >
  /** Targets after a position that are not deleted, in the order they were added. */
  batch(customerId: string, outdialId: string, after: number, limit: number): Promise<OutdialTarget[]>
}

/** The outplans of a customer. */
export interface Outplans {
  byId(customerId: string, id: string): Promise<Outplan | null>
  byIds(customerId: string, ids: readonly string[]): Promise<(Outplan | null)[]>
  insert(value: Omit<Outplan, 'position'>): Promise<Outplan>
  update(value: Outplan): Promise<void>
  list(customerId: string, window: PageWindow): Promise<Outplan[]>
  count(customerId: string): Promise<number>
}

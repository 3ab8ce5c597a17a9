import type { CursorSeal, CursorValue } from '../kernel/cursor.ts'
import { fingerprint } from '../kernel/cursor.ts'
import { RequestError } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { PageWindow } from '../store/keyset.ts'
import type { Page } from './api.ts'
import type { PageArguments } from './requests.ts'

/** Throws BAD_USER_INPUT unless a page size is a whole number from 1 to 500. */
export function checkPageSize(name: 'first' | 'last', value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= limits.pageRowsMax) return value
  throw new RequestError('BAD_USER_INPUT', `${name} is a whole number from 1 to ${limits.pageRowsMax}.`)
}

export interface PageRequest<Row> {
  readonly args: PageArguments
  readonly seal: CursorSeal
  /** The name of the list. Cursors of another list, order or filter are BAD_CURSOR. */
  readonly connection: string
  /** Everything that decides which rows the list has, and in which order. */
  readonly listing: unknown
  /** The order columns' values of a row, which identify it. */
  readonly keyOf: (row: Row) => readonly CursorValue[]
  readonly load: (window: PageWindow) => Promise<Row[]>
  readonly count: () => Promise<number>
}

/** One page of a list by keyset: rows added meanwhile are neither repeated nor skipped. */
export async function loadPage<Row>({
  args,
  seal,
  connection,
  listing,
  keyOf,
  load,
  count,
}: PageRequest<Row>): Promise<Page<Row>> {
  const { first, after, last, before } = args
  if (first != null && last != null)
    throw new RequestError('BAD_USER_INPUT', 'Ask for first or for last, not for both.')
  const forward = last == null
  const size = forward
    ? checkPageSize('first', first ?? limits.pageRowsDefault)
    : checkPageSize('last', last ?? limits.pageRowsDefault)
  const scope = `${connection} ${fingerprint(listing)}`
  const place = (cursor: string | null | undefined) => (cursor == null ? null : seal.open(scope, cursor))
  const [from, until] = forward ? [place(after), place(before)] : [place(before), place(after)]
  const found = await load({ limit: size + 1, from, until, forward })
  const more = found.length > size
  const rows = !more ? found : forward ? found.slice(0, size) : found.slice(1)
  return {
    rows,
    hasNextPage: forward ? more || until !== null : from !== null,
    hasPreviousPage: forward ? from !== null : more || until !== null,
    cursorOf: (row) => seal.seal(scope, keyOf(row)),
    totalCount: count,
  }
}

import type { CursorSeal, CursorValue } from '../kernel/cursor.ts'
import { fingerprint } from '../kernel/cursor.ts'
import { RequestError } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { PageWindow } from '../store/contract/pages.ts'
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
export async function loadPage<Row>(request: PageRequest<Row>): Promise<Page<Row>> {
  const window = windowOf(request)
  return pageOf(request, window, await request.load(window))
}

/** The same page of several lists that differ in their parents, read together unless a cursor says where one begins. */
export async function loadPages<Row>(
  requests: readonly Omit<PageRequest<Row>, 'load'>[],
  loadEach: (places: readonly number[], window: PageWindow) => Promise<Row[][]>,
): Promise<Page<Row>[]> {
  const [shared] = requests
  if (shared === undefined) return []
  if (shared.args.after != null || shared.args.before != null) {
    const loadAt = async (place: number, window: PageWindow) => (await loadEach([place], window))[0] ?? []
    return Promise.all(requests.map((request, i) => loadPage({ ...request, load: (window) => loadAt(i, window) })))
  }
  const window = windowOf(shared)
  const found = await loadEach([...requests.keys()], window)
  return requests.map((request, i) => pageOf(request, window, found[i] ?? []))
}

type Described<Row> = Omit<PageRequest<Row>, 'load'>

/** Where a cursor of this list is valid. */
const scopeOf = ({ connection, listing }: Pick<Described<never>, 'connection' | 'listing'>) =>
  `${connection} ${fingerprint(listing)}`

/** The rows of a page, and one more, which shows whether others follow. */
function windowOf<Row>({ args, seal, ...of }: Described<Row>): PageWindow {
  const { first, after, last, before } = args
  if (first != null && last != null)
    throw new RequestError('BAD_USER_INPUT', 'Ask for first or for last, not for both.')
  const forward = last == null
  const size = forward
    ? checkPageSize('first', first ?? limits.pageRowsDefault)
    : checkPageSize('last', last ?? limits.pageRowsDefault)
  const place = (cursor: string | null | undefined) => (cursor == null ? null : seal.open(scopeOf(of), cursor))
  const [from, until] = forward ? [place(after), place(before)] : [place(before), place(after)]
  return { limit: size + 1, from, until, forward }
}

function pageOf<Row>(
  { seal, keyOf, count, ...of }: Described<Row>,
  { limit, from, until, forward }: PageWindow,
  found: readonly Row[],
): Page<Row> {
  const size = limit - 1
  let scope: string | null = null
  const more = found.length > size
  const rows = !more ? found : forward ? found.slice(0, size) : found.slice(1)
  return {
    rows,
    hasNextPage: forward ? more || until !== null : from !== null,
    hasPreviousPage: forward ? from !== null : more || until !== null,
    cursorOf(row) {
      scope ??= scopeOf(of)
      return seal.seal(scope, keyOf(row))
    },
    totalCount: count,
  }
}

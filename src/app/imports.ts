import { z } from 'zod'
import type { AddressType } from '../domain/address.ts'
import type { Destination, OutdialTarget } from '../domain/outdial-target.ts'
import { Refusal, type UserError } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'
import { type ColumnRole, roleOf, saysNotToCall } from './import-columns.ts'
import { addressSchema, dataText, detailText, inspect, text } from './input.ts'
import { insertTargets, newTarget } from './new-targets.ts'
import { loadOutdial } from './outdials.ts'
import type { Viewer } from './viewer.ts'

/** One row of a file, by the names of its header. */
export interface ImportRow {
  /** The line on which the row begins; the header is line 1. */
  readonly line: number
  readonly values: Readonly<Record<string, string>>
}

/** Why a row was not added. */
export interface ImportIssue {
  readonly line: number
  readonly column: string | null
  readonly message: string
}

export interface ImportResult {
  readonly added: number
  readonly issues: readonly ImportIssue[]
}

const textSchemas = {
  name: z.string().trim().pipe(text(limits.nameLengthMax)),
  detail: detailText,
  data: dataText,
}
const otherText = text(limits.dataLengthMax)

type Fields = Pick<OutdialTarget, 'name' | 'detail' | 'data' | 'destinations'>
type Texts = Record<'name' | 'detail' | 'data', string>
/** A cell with its column. */
type Cell<Role = ColumnRole> = { readonly column: string; readonly cell: string; readonly role: Role }
type CellOf<Type extends ColumnRole['type']> = Cell<Extract<ColumnRole, { type: Type }>>

const isOf =
  <Type extends ColumnRole['type']>(type: Type) =>
  (of: Cell): of is CellOf<Type> =>
    of.role.type === type

/** Imports targets from files, validated row by row: good rows are added, each bad row is reported with its line. */
export function createImports(context: AppContext) {
  const address = addressSchema(context.options.defaultCountry)

  function validateRow({ line, values }: ImportRow, roles: (column: string) => ColumnRole): Fields | ImportIssue {
    const cells = Object.entries(values).map(([column, cell]): Cell => ({ column, cell, role: roles(column) }))
    const uncalled = cells.filter(isOf('STATUS')).find(({ cell }) => saysNotToCall(cell))
    if (uncalled) return { line, column: uncalled.column, message: 'The row says not to call, and is left out.' }
    const texts = readTexts(line, cells)
    if ('message' in texts) return texts
    const destinations = readDestinations(line, cells)
    if ('message' in destinations) return destinations
    const data = readData(line, cells, texts.data)
    if (typeof data !== 'string') return data
    return { ...texts, data, destinations }
  }

  function readDestinations(line: number, cells: readonly Cell[]): Destination[] | ImportIssue {
    const destinations: Destination[] = []
    for (const { column, cell, role } of cells.filter(isOf('DESTINATION'))) {
      if (cell.trim() === '') continue
      if (destinations.some((of) => of.index === role.index)) {
        return { line, column, message: 'Another column of this row has the same destination.' }
      }
      const found = inspect(address, { type: typeOf(cell), target: cell, targetName: '', name: '', detail: '' }, [])
      if (found.data === undefined) return issueOf(line, column, found.errors)
      destinations.push({ index: role.index, address: found.data, tryCount: 0, unusable: false })
    }
    if (destinations.length === 0) return { line, column: null, message: 'The row has no destination.' }
    return destinations.sort((a, b) => a.index - b.index)
  }

  return {
    /**
     * Adds the good rows of a batch (at most 500) in one transaction. Throws a Refusal when the outdial does not exist.
     */
    add: (viewer: Viewer, outdialId: string, rows: readonly ImportRow[]): Promise<ImportResult> => {
      const issues: ImportIssue[] = []
      const known = new Map<string, ColumnRole>()
      const roles = (column: string) => {
        const role = known.get(column) ?? roleOf(column)
        known.set(column, role)
        return role
      }
      const good = rows.flatMap((row) => {
        const validated = validateRow(row, roles)
        if ('message' in validated) issues.push(validated)
        return 'message' in validated ? [] : [validated]
      })
      return context.change(viewer, async (unit) => {
        const outdial = await loadOutdial(unit, viewer, outdialId, 'outdialId')
        const targets = good.map((of) => newTarget(unit, outdial, unit.makeId(), of))
        await insertTargets(unit, outdial, targets)
        return { added: targets.length, issues }
      })
    },
    /** Throws a Refusal unless the outdial exists and is not deleted. */
    async check(viewer: Viewer, outdialId: string): Promise<void> {
      const outdial = await context.store.read.outdials.byId(viewer.customerId, outdialId)
      if (outdial !== null && outdial.deletedAt === null) return
      throw new Refusal([{ code: 'NOT_FOUND', field: ['outdialId'], message: 'There is no such outdial.' }])
    },
  }
}

function issueOf(line: number, column: string, errors: readonly UserError[]): ImportIssue {
  return { line, column, message: errors[0]?.message ?? 'This is not a valid value.' }
}

function readTexts(line: number, cells: readonly Cell[]): Texts | ImportIssue {
  const texts: Texts = { name: '', detail: '', data: '' }
  for (const { column, cell, role } of cells.filter(isOf('TEXT'))) {
    const found = inspect(textSchemas[role.name], cell, [])
    if (found.data === undefined) return issueOf(line, column, found.errors)
    texts[role.name] = found.data
  }
  return texts
}

/** The data of a row, or else the JSON of its other columns, under their names in the file. */
function readData(line: number, cells: readonly Cell[], data: string): string | ImportIssue {
  const others = cells.filter(({ role }) => role.type === 'DATA' || role.type === 'STATUS')
  for (const { column, cell } of others) {
    const { errors } = inspect(otherText, cell, [])
    if (errors.some(({ code }) => code === 'INVALID')) return issueOf(line, column, errors)
  }
  if (data !== '' || others.length === 0) return data
  const json = JSON.stringify(Object.fromEntries(others.map(({ column, cell }) => [column, cell])))
  if (json.length <= limits.dataLengthMax) return json
  return { line, column: 'data', message: `This is longer than ${limits.dataLengthMax} characters.` }
}

function typeOf(text: string): AddressType {
  if (/^\s*sips?:/i.test(text)) return 'SIP'
  return text.includes('@') ? 'EMAIL' : 'TEL'
}

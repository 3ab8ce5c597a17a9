import { z } from 'zod'
import type { AddressType } from '../domain/address.ts'
import type { Destination, OutdialTarget } from '../domain/outdial-target.ts'
import { Refusal } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'
import { addressSchema, dataText, detailText, inspect } from './input.ts'
import { insertTargets, newTarget } from './outdial-targets.ts'
import { loadOutdial } from './outdials.ts'
import type { Viewer } from './viewer.ts'

/** One row of a file, by the names of its header. */
export interface ImportRow {
  /** The line of the file on which the row begins, the header being line 1. */
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

const textColumns = ['name', 'detail', 'data'] as const
const textSchemas = { name: z.string().trim().max(limits.nameLengthMax), detail: detailText, data: dataText }
const destinationColumns = ['destination', 'phone', 'phone_number']

/** Names of the header that say where a target is called: the place of its destination, or null for another column. */
export function destinationIndexOf(column: string): number | null {
  if (destinationColumns.includes(column)) return 0
  const match = /^destination_([0-4])$/.exec(column)
  return match ? Number(match[1]) : null
}

/** Targets out of files, judged row by row: good rows are added, each bad one is told of with its line. */
export function createImports(context: AppContext) {
  const address = addressSchema(context.options.defaultCountry)

  function judge(row: ImportRow): Pick<OutdialTarget, 'name' | 'detail' | 'data' | 'destinations'> | ImportIssue {
    const { line, values } = row
    const texts = { name: '', detail: '', data: '' }
    for (const column of textColumns) {
      const found = inspect(textSchemas[column], values[column] ?? '', [])
      if (found.data === undefined) return { line, column, message: found.errors[0]?.message ?? 'not valid' }
      texts[column] = found.data
    }
    const destinations: Destination[] = []
    for (const [column, text] of Object.entries(values)) {
      const index = destinationIndexOf(column)
      if (index === null || text.trim() === '') continue
      if (destinations.some((of) => of.index === index)) {
        return { line, column, message: 'Another column of this row says the same destination.' }
      }
      const found = inspect(address, { type: typeOf(text), target: text, targetName: '', name: '', detail: '' }, [])
      if (found.data === undefined) return { line, column, message: found.errors[0]?.message ?? 'not valid' }
      destinations.push({ index, address: found.data, tryCount: 0, unusable: false })
    }
    if (destinations.length === 0) return { line, column: null, message: 'The row has no destination.' }
    const others = Object.entries(values).filter(([column]) => !isKnown(column))
    if (others.length > 0 && texts.data === '') texts.data = JSON.stringify(Object.fromEntries(others))
    if (texts.data.length > limits.dataLengthMax) {
      return { line, column: 'data', message: `This is longer than ${limits.dataLengthMax} characters.` }
    }
    return { ...texts, destinations: destinations.sort((a, b) => a.index - b.index) }
  }

  return {
    /**
     * Adds the good rows of a portion (at most 500) in one transaction.
     * Throws a Refusal when the outdial does not exist.
     */
    add: (viewer: Viewer, outdialId: string, rows: readonly ImportRow[]): Promise<ImportResult> => {
      const issues: ImportIssue[] = []
      const good = rows.flatMap((row) => {
        const judged = judge(row)
        if ('message' in judged) issues.push(judged)
        return 'message' in judged ? [] : [judged]
      })
      return context.change(async (unit) => {
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

function isKnown(column: string): boolean {
  return textColumns.some((known) => known === column) || destinationIndexOf(column) !== null
}

function typeOf(text: string): AddressType {
  if (/^\s*sips?:/i.test(text)) return 'SIP'
  return text.includes('@') ? 'EMAIL' : 'TEL'
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { RequestError } from './errors.ts'

/** Values of a cursor. Anyone can decode them: nothing secret belongs in them. */
export type CursorValue = string | number

/**
 * Makes and reads cursors: opaque, versioned, and signed with the database's own key, so that forged ones are refused.
 */
export interface CursorSeal {
  /** `scope` says what the cursor belongs to: the log, or a connection with its order and filter. */
  seal(scope: string, values: readonly CursorValue[]): string
  /** Throws BAD_CURSOR for anything that was not signed by this database, or belongs to another scope. */
  open(scope: string, cursor: string): CursorValue[]
}

const version = 1
const sealByteCount = 9

/** `key` is the secret of the database. `epoch` changes with every restore, which invalidates earlier cursors. */
export function createCursorSeal(key: string, epoch: string): CursorSeal {
  const sign = (scope: string, body: string) =>
    createHmac('sha256', key).update(`${epoch}\n${scope}\n${body}`).digest().subarray(0, sealByteCount)
  return {
    seal(scope, values) {
      const body = JSON.stringify([version, ...values])
      return Buffer.concat([sign(scope, body), Buffer.from(body)]).toString('base64url')
    },
    open(scope, cursor) {
      const bytes = Buffer.from(cursor, 'base64url')
      const body = bytes.subarray(sealByteCount)
      const genuine =
        bytes.length > sealByteCount &&
        bytes.toString('base64url') === cursor &&
        timingSafeEqual(bytes.subarray(0, sealByteCount), sign(scope, body.toString()))
      if (!genuine)
        throw new RequestError(
          'BAD_CURSOR',
          'The cursor was not made by this list, in this order and with this filter.',
        )
      const [, ...values] = JSON.parse(body.toString()) as CursorValue[]
      return values
    },
  }
}

/** A short fingerprint of a JSON value, independent of the order of its keys. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, of]) => of !== undefined)
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`)
      .join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

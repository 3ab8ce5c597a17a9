import { type GraphQLError, Kind, type ValueNode } from 'graphql'
import { unreachable } from '../kernel/assert.ts'
import { numberOf } from '../kernel/json.ts'
import { builder } from './builder.ts'
import { codedError } from './errors.ts'

const instantPattern = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i

/**
 * An instant of RFC 3339 as milliseconds since 1970, or null for anything else: a missing offset, a day that the
 * calendar lacks, a leap second. Digits after the millisecond are dropped.
 */
export function parseInstant(text: string): number | null {
  const match = instantPattern.exec(text)
  if (match === null) return null
  const [, date, time, fraction = '', sign, hours = '0', minutes = '0'] = match
  const local = `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  const at = Date.parse(local)
  // Date.parse takes 30 February for 2 March and 24:00 for the next day: what does not come back the same is no date.
  if (Number.isNaN(at) || new Date(at).toISOString() !== local) return null
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000
  return sign === '-' ? at + offsetMs : at - offsetMs
}

function readInstant(value: unknown, node?: ValueNode): number {
  const at = typeof value === 'string' ? parseInstant(value) : null
  if (at === null) throw instantError(node)
  return at
}

function instantError(node: ValueNode | undefined): GraphQLError {
  const message = 'DateTime must be an instant in RFC 3339 with its offset, for example 2026-11-20T06:03:00.000Z.'
  return codedError('BAD_USER_INPUT', message, node && { nodes: [node] })
}

builder.scalarType('DateTime', {
  description: `
An instant in RFC 3339. Returned in UTC with millisecond precision: 2026-11-20T06:03:00.000Z. Accepted with any offset;
digits after the millisecond are dropped. Anything else is BAD_USER_INPUT.
`.trim(),
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (at) => new Date(at).toISOString(),
  parseValue: (value) => readInstant(value),
  parseLiteral: (node) => readInstant(node.kind === 'StringValue' ? node.value : null, node),
})

builder.scalarType('JSON', {
  description:
    'Any JSON value. Used only for values that the API stores without interpreting them, and for the options of actions.',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => readJson(node, variables ?? {}),
})

/** A JSON value that is written into the document. Its numbers stay as they are written. */
function readJson(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return numberOf(node.value)
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value
    case Kind.LIST:
      return node.values.map((of) => readJson(of, variables))
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, readJson(value, variables)]))
    case Kind.VARIABLE:
      return variables[node.name.value]
    default:
      return unreachable(node)
  }
}

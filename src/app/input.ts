import { z } from 'zod'
import { type Address, addressTypes, type DefaultCountry, extensionPattern, readNumber } from '../domain/address.ts'
import { Refusal, RequestError, type UserError, type UserErrorCode } from '../kernel/errors.ts'
import { isClean } from '../kernel/text.ts'
import { limits } from '../limits.ts'

/**
 * Input is validated by schemas. Their findings become userErrors with the codes of docs/rules.md#errors and the path
 * of the invalid value. The message comes from the schema, or else from the code.
 */

const zeroUuid = '00000000-0000-0000-0000-000000000000'
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

/** A reference as in VoIPBIN's API: the zero UUID means none. Ids are compared in lower case. */
export function reference(id: string | null | undefined): string | null {
  return id == null || id === zeroUuid ? null : id.toLowerCase()
}

/** A custom finding inside a schema: ctx.addIssue(finding('INVALID', 'A sentence.', value)). */
export function finding(code: UserErrorCode, message: string, input: unknown, path: (string | number)[] = []) {
  return { code: 'custom' as const, message, input, path, params: { code } }
}

/**
 * Returns the parsed value, or throws a Refusal with every finding. `path` is the path of the value in the arguments.
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: readonly string[],
): z.output<Schema> {
  const { data, errors } = inspect(schema, value, path)
  if (errors.length > 0) throw new Refusal(errors)
  return data as z.output<Schema>
}

/** Returns the changes of an update: fields that are left out do not change. */
export function parseChanges<Schema extends z.ZodObject>(schema: Schema, input: unknown): Given<z.output<Schema>> {
  const changes = parse(schema, input, ['input'])
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Given<
    z.output<Schema>
  >
}

/** The same fields, none of them undefined: one that was not given is missing. */
export type Given<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> }

/** Like parse, without throwing: `data` is set when there are no errors. */
export function inspect<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: readonly string[],
): { data?: z.output<Schema>; errors: UserError[] } {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return { data: result.data, errors: [] }
  return { errors: result.error.issues.map((issue) => toUserError(issue, path)) }
}

type Issue = z.core.$ZodIssue

function toUserError(issue: Issue, path: readonly string[]): UserError {
  const code = codeOf(issue)
  const place = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path
  return { code, field: [...path, ...place.map(String)], message: sentenceOf(issue, code) }
}

function codeOf(issue: Issue): UserErrorCode {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === null || issue.input === undefined ? 'BLANK' : 'INVALID'
    case 'too_small':
      if (issue.origin !== 'string' && issue.origin !== 'array') return 'OUT_OF_RANGE'
      return (issue.input as { length?: number } | undefined)?.length === 0 ? 'BLANK' : 'INVALID'
    case 'too_big':
      if (issue.origin === 'string') return 'TOO_LONG'
      return issue.origin === 'array' ? 'LIMIT_EXCEEDED' : 'OUT_OF_RANGE'
    case 'invalid_value':
      return issue.input === null ? 'BLANK' : 'INVALID'
    case 'custom':
      return (issue.params?.code as UserErrorCode | undefined) ?? 'INVALID'
    default:
      return 'INVALID'
  }
}

function sentenceOf(issue: Issue, code: UserErrorCode): string {
  if (issue.code === 'custom') return issue.message
  if (issue.code === 'unrecognized_keys') return `There is no option called ${issue.keys[0]}.`
  if (code === 'BLANK') return 'A value is needed here.'
  if (code === 'TOO_LONG' && issue.code === 'too_big') return `This is longer than ${issue.maximum} characters.`
  if (code === 'LIMIT_EXCEEDED' && issue.code === 'too_big') return `There are more than ${issue.maximum} of these.`
  if (code === 'OUT_OF_RANGE') return issue.message
  return issue.code === 'invalid_value'
    ? `This is not one of ${issue.values.join(', ')}.`
    : 'This is not a valid value.'
}

const uncleanSentence =
  'Control characters other than tab and line feed, and halves of surrogate pairs, cannot be stored.'

/** A text that is stored exactly as given, up to that many UTF-16 code units. */
export function text(lengthMax: number) {
  return z.string().max(lengthMax).refine(isClean, uncleanSentence)
}

/** A text that filters a list. Throws BAD_USER_INPUT for one that no stored text can contain. */
export function filterText(given: string | null | undefined, name: string): string | null {
  if (given == null || isClean(given)) return given ?? null
  throw new RequestError('BAD_USER_INPUT', `filter.${name}: ${uncleanSentence}`)
}

/** Findings for the texts of a JSON value, field names included, each with its path. */
export function uncleanTexts(json: unknown, path: readonly string[] = []) {
  if (typeof json === 'string') return isClean(json) ? [] : [finding('INVALID', uncleanSentence, json, [...path])]
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, of]): ReturnType<typeof finding>[] => {
    const place = [...path, name]
    return isClean(name) ? uncleanTexts(of, place) : [finding('INVALID', uncleanSentence, name, place)]
  })
}

/** A name: trimmed, 1 to 255 characters. */
export const nameText = z.string().trim().min(1).max(limits.nameLengthMax).refine(isClean, uncleanSentence)
export const detailText = text(limits.detailLengthMax)
export const dataText = text(limits.dataLengthMax)
/** An id chosen by the caller. */
export const chosenId = z
  .string()
  .refine((id) => isUuid(id) && id !== zeroUuid, 'An id is a UUID.')
  .transform((id) => id.toLowerCase())
  .nullish()

/** A whole number within a range, both ends included. */
export function wholeNumber(min: number, max: number) {
  const sentence = `A whole number from ${min} to ${max} is needed.`
  return z.int().min(min, sentence).max(max, sentence)
}

const sipPattern = /^sips?:[^\s@<>;]+(@[^\s@<>;]+)?(;[^\s@<>;]+)*$/i
const addressText = text(limits.addressTextLengthMax)

/** An address; a TEL target becomes E.164 (docs/rules.md#numbers). */
export function addressSchema(defaultCountry: DefaultCountry) {
  return z
    .object({
      type: z.enum(addressTypes),
      target: addressText,
      targetName: addressText,
      name: addressText,
      detail: detailText,
    })
    .transform((address, ctx): Address => {
      const checked = checkTarget(address, defaultCountry)
      if ('target' in checked) return { ...address, target: checked.target }
      ctx.addIssue(finding(checked.code, checked.message, address.target, ['target']))
      return z.NEVER
    })
}

type CheckedTarget = { readonly target: string } | { readonly code: UserErrorCode; readonly message: string }

function checkTarget({ type, target }: Address, defaultCountry: DefaultCountry): CheckedTarget {
  const text = target.trim()
  if (text === '') return { code: 'BLANK', message: 'A target is needed.' }
  if (type === 'TEL') {
    const read = readNumber(text, defaultCountry)
    return 'problem' in read ? { code: 'INVALID', message: read.problem } : { target: read.number }
  }
  if (type === 'SIP' && !sipPattern.test(text)) return { code: 'INVALID', message: 'This is not a SIP URI.' }
  if (type === 'EMAIL' && !z.email().safeParse(text).success)
    return { code: 'INVALID', message: 'This is not an e-mail address.' }
  if (type === 'EXTENSION' && !extensionPattern.test(text))
    return { code: 'INVALID', message: 'This is not an extension.' }
  return { target: text }
}

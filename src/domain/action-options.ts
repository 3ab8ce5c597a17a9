import { IANAZone } from 'luxon'
import { z } from 'zod'
import type { UserErrorCode } from '../kernel/errors.ts'
import { isExactNumber } from '../kernel/json.ts'
import { readNumber } from './address.ts'
import { comparedTypes, comparisons, decimalIn } from './comparison.ts'
import { namesIn, structureOf } from './template.ts'
import { isSettable, variableLengthMax } from './variable.ts'

/** Why a HANGUP action ends a call. */
const hangupActionReasons = ['NORMAL', 'AMD', 'FAILED'] as const

/** A tag of BCP 47, for example en-US. */
export const languagePattern = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/
const languageLengthMax = 35
const durationMaxMs = 24 * 3600 * 1000
const textLengthMax = 10_000
const urlLengthMax = 2000
const urlCountMax = 100
const branchCountMax = 100
const nameLengthMax = 255
const recipientCountMax = 10
/** The length of a text message of ten parts. */
export const messageLengthMax = 1530
export const subjectLengthMax = 255
/** Longest text of TALK and EMAIL_SEND, before and after expansion of its variables. */
export const spokenLengthMax = textLengthMax
const jsonLengthMax = 10_000
const jsonDepthMax = 16

const webUrl = z.url({ protocol: /^https?$/ }).max(urlLengthMax)
/** Templates are not allowed in URLs: list data must not choose where a request goes. */
const fixedUrl = webUrl.refine((url) => namesIn(url).length === 0, 'An address cannot contain variables.')
const text = (lengthMax: number) => z.string().trim().min(1).max(lengthMax)
const durationMs = (leastMs: number, mostMs: number) => z.int().min(leastMs).max(mostMs)

/** Carries a code other than the default one of its kind: see docs/rules.md#errors. */
const found = (code: UserErrorCode, message: string, input: unknown, path: string[] = []) => ({
  code: 'custom' as const,
  ...{ message, input, path, params: { code } },
})

const zeroUuid = '00000000-0000-0000-0000-000000000000'
/** The id of an action of the same list; `validateActions` checks that it exists. Ids are compared in lower case. */
const targetId = z
  .string()
  .min(1)
  .max(nameLengthMax)
  .transform((id) => id.toLowerCase())
const targetIdOrNone = targetId.nullish().transform((id) => (id === zeroUuid ? null : (id ?? null)))
/** The name of a variable to read. */
const readName = z.string().trim().min(1).max(nameLengthMax)
const setName = readName.refine(
  isSettable,
  'A variable has a name of up to 64 letters, digits, dots and underscores, and does not begin with target, destination or call.',
)
const phoneNumber = z.string().transform((given, ctx) => {
  const read = readNumber(given, null)
  if ('number' in read) return read.number
  const { refusal, problem } = read
  const code = given.trim() === '' ? 'BLANK' : 'INVALID'
  const message = refusal === 'NO_NUMBER' ? 'This is not a telephone number in its international form.' : problem
  ctx.addIssue(found(code, message, given))
  return z.NEVER
})

const comparedValue = z.unknown().transform((given, ctx): string | number => {
  if (typeof given === 'number' || (typeof given === 'string' && given.length <= variableLengthMax)) return given
  const isText = typeof given === 'string'
  ctx.addIssue(
    given === undefined || given === null
      ? found('BLANK', 'A value is needed here.', given)
      : found(isText ? 'TOO_LONG' : 'INVALID', 'A text or a number is needed here.', given),
  )
  return z.NEVER
})

/** Any JSON value of limited depth and size. */
const jsonData = z
  .unknown()
  .superRefine((data, ctx) => {
    if (data === undefined) return
    if (isExactNumber(data)) {
      ctx.addIssue(
        found('INVALID', 'A number that does not fit a double has to be in an object, a list or a text.', data),
      )
    } else if (isDeeper(structureOf(data), jsonDepthMax)) {
      ctx.addIssue(found('LIMIT_EXCEEDED', `This is nested deeper than ${jsonDepthMax} times.`, data))
    } else if (jsonOf(data).length > jsonLengthMax) {
      ctx.addIssue(found('TOO_LONG', `This is longer than ${jsonLengthMax} characters.`, data))
    }
  })
  .optional()

/** The JSON of data, which may be given as its text. */
function jsonOf(data: unknown): string {
  return typeof data === 'string' && structureOf(data) !== data ? data : JSON.stringify(data)
}

function isDeeper(data: unknown, depth: number): boolean {
  if (typeof data !== 'object' || data === null) return false
  return depth === 0 || Object.values(data).some((of) => isDeeper(of, depth - 1))
}

/** Values, each with the action it leads to. The count is checked first: a million findings are not worth a list. */
const branchTargets = z
  .unknown()
  .superRefine((targets, ctx) => {
    const values = typeof targets === 'object' ? Object.keys(targets ?? {}) : []
    if (values.length > branchCountMax)
      ctx.addIssue(found('LIMIT_EXCEEDED', `There are more than ${branchCountMax} of these.`, targets))
    // Otherwise it would be ignored silently, as a field without a name.
    if (values.includes('__proto__'))
      ctx.addIssue(found('INVALID', 'This value cannot be used as a key.', targets, ['__proto__']))
  })
  .pipe(z.record(z.string().max(nameLengthMax), targetId))

/** A part of the time. VoIPBIN's -1, and its month 0, match every value. */
const timePart = (most: number) => z.int().min(-1).max(most).optional()

const conditionVariable = z
  .strictObject({
    condition: z.enum(comparisons),
    variable: readName,
    valueType: z.enum(comparedTypes).default('string'),
    value: comparedValue,
    falseTargetId: targetId,
  })
  .superRefine(({ valueType, value }, ctx) => {
    if (valueType === 'string' || decimalIn(value) !== null) return
    ctx.addIssue(found('INVALID', 'A number is needed here.', value, ['value']))
  })

/** The option schemas of each action type; unknown options are refused (docs/rules.md#actions). */
export const actionOptions = {
  ANSWER: z.strictObject({}),
  TALK: z.strictObject({
    text: text(spokenLengthMax),
    language: z.string().max(languageLengthMax).regex(languagePattern).optional(),
    gender: z.enum(['male', 'female', 'neutral']).optional(),
  }),
  PLAY: z.strictObject({ urls: z.array(webUrl).min(1).max(urlCountMax) }),
  SLEEP: z.strictObject({ durationMs: durationMs(0, durationMaxMs) }),
  QUEUE_JOIN: z.strictObject({ queueId: z.string().nullish() }),
  HANGUP: z.strictObject({ reason: z.enum(hangupActionReasons).default('NORMAL') }),
  STOP: z.strictObject({}),
  BEEP: z.strictObject({}),
  AMD: z.strictObject({ machineHandle: z.enum(['hangup', 'continue']).default('hangup') }),
  DIGITS_RECEIVE: z.strictObject({
    length: z.int().min(1).max(32).default(1),
    terminator: z
      .string()
      .regex(/^[0-9*#A-D]$/)
      .optional(),
    timeoutMs: durationMs(0, 120_000).default(10_000),
    variable: setName.default('digits'),
  }),
  DIGITS_SEND: z.strictObject({
    digits: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[0-9*#A-D]*$/),
    durationMs: durationMs(50, 1000).optional(),
    intervalMs: durationMs(0, 5000).optional(),
  }),
  BRANCH: z.strictObject({
    variable: readName,
    targets: branchTargets,
    defaultTargetId: targetIdOrNone,
  }),
  GOTO: z.strictObject({ targetId, loopCount: z.int().min(1).max(1000) }),
  CONDITION_VARIABLE: conditionVariable,
  CONDITION_DATETIME: z.strictObject({
    condition: z.enum(comparisons),
    minute: timePart(59),
    hour: timePart(23),
    day: timePart(31),
    month: timePart(12),
    weekdays: z.array(z.int().min(0).max(6)).max(7).optional(),
    timeZone: z.string().refine(IANAZone.isValidZone, 'This is not a time zone of the IANA database.').default('UTC'),
    falseTargetId: targetId,
  }),
  VARIABLE_SET: z.strictObject({ variable: setName, value: z.string().max(variableLengthMax) }),
  CONNECT: z.strictObject({
    destinations: z.array(phoneNumber).min(1).max(10),
    source: phoneNumber.optional(),
    ringTimeoutMs: durationMs(1000, 120_000).default(30_000),
  }),
  RECORDING_START: z.strictObject({
    format: z.enum(['wav']).default('wav'),
    durationMaxMs: durationMs(1000, durationMaxMs).optional(),
    beep: z.boolean().default(false),
  }),
  RECORDING_STOP: z.strictObject({}),
  WEBHOOK_SEND: z.strictObject({ url: fixedUrl, method: z.enum(['POST', 'PUT']).default('POST'), data: jsonData }),
  EMAIL_SEND: z.strictObject({
    to: z.array(z.email().max(nameLengthMax)).min(1).max(recipientCountMax).optional(),
    subject: text(subjectLengthMax),
    text: text(spokenLengthMax),
  }),
  MESSAGE_SEND: z.strictObject({
    text: text(messageLengthMax),
    to: phoneNumber.optional(),
    source: phoneNumber.optional(),
  }),
} as const satisfies Record<string, z.ZodType>

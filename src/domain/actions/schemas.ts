import { z } from 'zod'
import type { UserErrorCode } from '../../kernel/errors.ts'
import { readNumber } from '../address.ts'
import { namesIn } from '../template.ts'
import { isSettable } from '../variable.ts'

/** Shapes that options of several actions have. */

/** A tag of BCP 47, for example en-US. */
export const languagePattern = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/
export const actionDurationMaxMs = 24 * 3600 * 1000
export const nameLengthMax = 255
const urlLengthMax = 2000
/** Longest text of TALK and EMAIL_SEND, before and after expansion of its variables. */
export const spokenLengthMax = 10_000

export const webUrl = z.url({ protocol: /^https?$/ }).max(urlLengthMax)
/** Templates are not allowed in URLs: list data must not choose where a request goes. */
export const fixedUrl = webUrl.refine((url) => namesIn(url).length === 0, 'An address cannot contain variables.')
export const text = (lengthMax: number) => z.string().trim().min(1).max(lengthMax)
export const durationMs = (leastMs: number, mostMs: number) => z.int().min(leastMs).max(mostMs)

/** Carries a code other than the default one of its kind: see docs/rules.md#errors. */
export const found = (code: UserErrorCode, message: string, input: unknown, path: string[] = []) => ({
  code: 'custom' as const,
  ...{ message, input, path, params: { code } },
})

const zeroUuid = '00000000-0000-0000-0000-000000000000'
/** The id of an action of the same list; `validateActions` checks that it exists. Ids are compared in lower case. */
export const targetId = z
  .string()
  .min(1)
  .max(nameLengthMax)
  .transform((id) => id.toLowerCase())
export const targetIdOrNone = targetId.nullish().transform((id) => (id === zeroUuid ? null : (id ?? null)))
/** The name of a variable to read. */
export const readName = z.string().trim().min(1).max(nameLengthMax)
export const setName = readName.refine(
  isSettable,
  'A variable has a name of up to 64 letters, digits, dots and underscores, and does not begin with target, destination or call.',
)
export const phoneNumber = z.string().transform((given, ctx) => {
  const read = readNumber(given, null)
  if ('number' in read) return read.number
  const { refusal, problem } = read
  const code = given.trim() === '' ? 'BLANK' : 'INVALID'
  const message = refusal === 'NO_NUMBER' ? 'This is not a telephone number in its international form.' : problem
  ctx.addIssue(found(code, message, given))
  return z.NEVER
})

import { IANAZone } from 'luxon'
import { z } from 'zod'
import { comparedTypes, comparisons, decimalIn, meetsTime, meetsValue } from '../comparison.ts'
import { textsOf } from '../template.ts'
import { variableLengthMax } from '../variable.ts'
import { type ActionResult, defineAction, passed, read } from './definition.ts'
import { found, nameLengthMax, readName, targetId, targetIdOrNone } from './schemas.ts'

const branchCountMax = 100

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

function condition(holds: boolean, falseTargetId: string): ActionResult {
  return holds ? passed('true') : passed('false', { nextId: falseTargetId })
}

export const branch = defineAction({
  option: z.strictObject({
    variable: readName,
    targets: branchTargets,
    defaultTargetId: targetIdOrNone,
  }),
  needsCall: false,
  aliases: { targetIds: 'targets' },
  targets: ({ targets, defaultTargetId }) => textsOf({ targets, defaultTargetId }),
  reads: ({ variable }) => textsOf({ variable }),
  begin({ variable, targets, defaultTargetId }, at) {
    const value = read(variable, at)
    if (Object.hasOwn(targets, value)) return passed(`matched ${value}`, { nextId: targets[value] ?? null })
    return passed('matched nothing', { nextId: defaultTargetId })
  },
})

/** Jumps `loopCount` times in a run, and passes after that. */
export const goto = defineAction({
  option: z.strictObject({ targetId, loopCount: z.int().min(1).max(1000) }),
  needsCall: false,
  targets: ({ targetId }) => textsOf({ targetId }),
  begin({ targetId: nextId, loopCount }, { actionId, flow: { jumpCounts } }) {
    const count = (jumpCounts[actionId] ?? 0) + 1
    if (count > loopCount) return passed('went on')
    const changes = { jumpCounts: { ...jumpCounts, [actionId]: count } }
    return passed(`jumped, ${count} of ${loopCount}`, { nextId, changes })
  },
})

export const conditionVariable = defineAction({
  option: z
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
    }),
  needsCall: false,
  aliases: { valueString: 'value', valueNumber: 'value', valueLength: 'value' },
  targets: ({ falseTargetId }) => textsOf({ falseTargetId }),
  reads: ({ variable }) => textsOf({ variable }),
  begin: (option, at) => condition(meetsValue(read(option.variable, at), option), option.falseTargetId),
})

export const conditionDatetime = defineAction({
  option: z.strictObject({
    condition: z.enum(comparisons),
    minute: timePart(59),
    hour: timePart(23),
    day: timePart(31),
    month: timePart(12),
    weekdays: z.array(z.int().min(0).max(6)).max(7).optional(),
    timeZone: z.string().refine(IANAZone.isValidZone, 'This is not a time zone of the IANA database.').default('UTC'),
    falseTargetId: targetId,
  }),
  needsCall: false,
  targets: ({ falseTargetId }) => textsOf({ falseTargetId }),
  begin: (option, { now }) => condition(meetsTime(now, option), option.falseTargetId),
})

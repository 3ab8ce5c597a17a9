import { z } from 'zod'

/** Types of environment variables: texts that are read as something else. A message completes "DIALGRAPH_X …". */

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)

/** 0 to 1. */
export const share = z
  .string()
  .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'must be a number from 0 to 1')
  .transform(Number)

export const oneLine = z.string().regex(/^[^\r\n\0]+$/, 'must be one line')

/** A text that holds a condition. */
export const textThat = (holds: (text: string) => boolean, message: string) => z.string().refine(holds, message)

/** An address parsed into its parts. It is invalid if `parse` returns null. */
export const parsed = <Parts>(parse: (text: string) => Parts | null, message: string) =>
  z.string().transform((text, ctx): Parts => {
    const parts = parse(text)
    if (parts !== null) return parts
    ctx.addIssue({ code: 'custom', message, input: text })
    return z.NEVER
  })

import { z } from 'zod'
import type { Activeflow, PressedDigit } from '../activeflow.ts'
import { type ActiveflowEvent, defineAction, isOver } from './definition.ts'
import { durationMs, setName } from './schemas.ts'

/** Default times of a tone. */
const toneDefaultMs = { durationMs: 100, intervalMs: 100 } as const

export function isFreshDigit(
  event: ActiveflowEvent,
  { digitsHeardUntil }: Activeflow,
): event is Extract<ActiveflowEvent, { type: 'DIGIT' }> {
  return (
    event.type === 'DIGIT' &&
    /^[0-9*#A-D]$/.test(event.digit) &&
    event.at > (digitsHeardUntil ?? Number.NEGATIVE_INFINITY)
  )
}

/** Adds a digit in the order of the times. The same digit with the same time was reported twice. */
function press(pressed: readonly PressedDigit[], { digit, at }: PressedDigit): readonly PressedDigit[] {
  if (pressed.some((of) => of.at === at && of.digit === digit)) return pressed
  const later = pressed.findIndex((of) => of.at > at)
  const place = later < 0 ? pressed.length : later
  return [...pressed.slice(0, place), { digit, at }, ...pressed.slice(place)]
}

/**
 * The digits once there are enough of them or the terminator was pressed, which is not part of them; null before that.
 */
function read(
  pressed: readonly PressedDigit[],
  { length, terminator }: { readonly length: number; readonly terminator?: string | undefined },
): string | null {
  const digits = pressed.map(({ digit }) => digit)
  const end = terminator === undefined ? -1 : digits.indexOf(terminator)
  if (end >= 0) return digits.slice(0, Math.min(end, length)).join('')
  return digits.length >= length ? digits.slice(0, length).join('') : null
}

export const digitsReceive = defineAction({
  option: z.strictObject({
    length: z.int().min(1).max(32).default(1),
    terminator: z
      .string()
      .regex(/^[0-9*#A-D]$/)
      .optional(),
    timeoutMs: durationMs(0, 120_000).default(10_000),
    variable: setName.default('digits'),
  }),
  needsCall: true,
  aliases: { duration: 'timeoutMs', key: 'terminator' },
  sets: ({ variable }) => variable,
  begin: ({ timeoutMs }, { now }) => ({
    type: 'WAITS',
    wait: { type: 'DIGITS', until: now + timeoutMs, pressed: [] },
    requests: [{ type: 'RECEIVE_DIGITS' }],
  }),
  hear(option, at) {
    const { event, flow, wait } = at
    if (wait.type !== 'DIGITS') return null
    const pressed = isFreshDigit(event, flow) ? press(wait.pressed, event) : wait.pressed
    const ended = read(pressed, option)
    if (ended === null && !isOver(wait, at)) {
      return pressed === wait.pressed ? null : { type: 'WAITS', wait: { ...wait, pressed } }
    }
    const digits = ended ?? pressed.map(({ digit }) => digit).join('')
    return {
      type: 'PASSED',
      outcome: digits === '' ? 'received no digits' : `received digits ${digits}`,
      changes: {
        variables: { ...flow.variables, [option.variable]: digits },
        digitsHeardUntil: pressed.at(-1)?.at ?? flow.digitsHeardUntil,
      },
    }
  },
})

/** The next action waits until all digits have been played. */
export const digitsSend = defineAction({
  option: z.strictObject({
    digits: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[0-9*#A-D]*$/),
    durationMs: durationMs(50, 1000).optional(),
    intervalMs: durationMs(0, 5000).optional(),
  }),
  needsCall: true,
  aliases: { duration: 'durationMs', interval: 'intervalMs' },
  begin(option, { context, now }) {
    const { digits, durationMs = toneDefaultMs.durationMs, intervalMs = toneDefaultMs.intervalMs } = option
    const requestId = context.makeId()
    const until = now + digits.length * (durationMs + intervalMs)
    return {
      type: 'WAITS',
      wait: { type: 'TIME', until, outcome: `sent digits ${digits}`, requestId },
      requests: [{ type: 'SEND_DIGITS', requestId, digits, times: { durationMs, intervalMs } }],
    }
  },
})

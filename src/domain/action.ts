import { z } from 'zod'
import type { UserErrorCode } from '../kernel/errors.ts'

export const actionTypes = ['ANSWER', 'TALK', 'PLAY', 'SLEEP', 'QUEUE_JOIN', 'HANGUP', 'STOP'] as const
export type ActionType = (typeof actionTypes)[number]

/** Why a HANGUP action ends a call. */
export const hangupActionReasons = ['NORMAL', 'AMD', 'FAILED'] as const

const durationMaxMs = 24 * 3600 * 1000
const textLengthMax = 10_000
const urlCountMax = 100
const webUrl = z.url({ protocol: /^https?$/ }).max(2000)

/** The options of each action type; unknown ones are refused (behaviour 6). */
export const actionOptions = {
  ANSWER: z.strictObject({}),
  TALK: z.strictObject({
    text: z.string().trim().min(1).max(textLengthMax),
    language: z.string().min(2).max(35).optional(),
    gender: z.enum(['male', 'female', 'neutral']).optional(),
  }),
  PLAY: z.strictObject({ urls: z.array(webUrl).min(1).max(urlCountMax) }),
  SLEEP: z.strictObject({ durationMs: z.int().min(0).max(durationMaxMs) }),
  QUEUE_JOIN: z.strictObject({ queueId: z.string().nullish() }),
  HANGUP: z.strictObject({ reason: z.enum(hangupActionReasons).default('NORMAL') }),
  STOP: z.strictObject({}),
} as const satisfies Record<ActionType, z.ZodType>

interface ActionBase {
  readonly id: string
  /** The action to run next; null means the one that follows in the list. */
  readonly nextId: string | null
}

/** One step of what happens on an answered call. */
export type Action = {
  [Type in ActionType]: ActionBase & { readonly type: Type; readonly option: z.output<(typeof actionOptions)[Type]> }
}[ActionType]

/** Actions that need no call: the only ones a FLOW campaign may have (behaviour 1.5). */
export const flowActionTypes: ReadonlySet<ActionType> = new Set<ActionType>(['SLEEP', 'STOP'])

/** What is wrong with a list of actions, with the place in the list. */
export interface ActionFinding {
  readonly index: number
  readonly path: readonly string[]
  readonly code: UserErrorCode
  readonly message: string
}

export interface ActionSetting {
  readonly campaignType: 'CALL' | 'FLOW'
  readonly queueId: string | null
}

/** Judges actions whose options are sound against each other and against the campaign they belong to (behaviour 1.5, 1.6, 6). */
export function judgeActions(actions: readonly Action[], setting: ActionSetting): ActionFinding[] {
  const findings: ActionFinding[] = []
  const ids = new Map<string, number>()
  actions.forEach((action, index) => {
    if (ids.has(action.id)) {
      findings.push({ index, path: ['id'], code: 'INVALID', message: 'Two actions of a list cannot have the same id.' })
    }
    ids.set(action.id, index)
  })
  actions.forEach((action, index) => {
    if (action.nextId !== null && !ids.has(action.nextId)) {
      findings.push({ index, path: ['nextId'], code: 'INVALID', message: 'nextId names no action of this list.' })
    }
    if (setting.campaignType === 'FLOW' && !flowActionTypes.has(action.type)) {
      findings.push({
        index,
        path: [],
        code: 'INVALID',
        message: `${action.type} needs a call, and a FLOW campaign makes none.`,
      })
      return
    }
    if (action.type !== 'QUEUE_JOIN') return
    if (setting.queueId === null) {
      findings.push({ index, path: [], code: 'INVALID', message: 'QUEUE_JOIN needs a campaign with a queue.' })
    } else if (action.option.queueId && action.option.queueId !== setting.queueId) {
      findings.push({ index, path: [], code: 'INVALID', message: "QUEUE_JOIN can only name the campaign's own queue." })
    }
  })
  return findings
}

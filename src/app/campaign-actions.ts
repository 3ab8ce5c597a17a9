import { z } from 'zod'
import { type Action, type ActionSetting, validateActions } from '../domain/action.ts'
import { readOptions } from '../domain/actions/aliases.ts'
import { type ActionType, actionTypes, definitionOf } from '../domain/actions/registry.ts'
import { Refusal } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import { isUuid, reference, uncleanTexts } from './input.ts'

const actionId = z.string().refine(isUuid, 'An id is a UUID.').nullish().transform(reference)

/** Parses actions as a caller writes them: options by type, unknown ones refused. Missing ids are still missing. */
export const actionsSchema = z
  .array(z.object({ id: actionId, nextId: actionId, type: z.enum(actionTypes), option: z.unknown().optional() }))
  .max(limits.actionsMax)
  .transform((actions, ctx) =>
    actions.map((action, index) => {
      const { option, written } = readOptions(action.type, action.option ?? {})
      const parsed = definitionOf(action.type).option.safeParse(option, { reportInput: true })
      const issues = parsed.success ? uncleanTexts(parsed.data) : parsed.error.issues
      if (parsed.success && issues.length === 0) return { ...action, option: withoutZero(action.type, parsed.data) }
      for (const issue of issues) {
        const [name, ...rest] = issue.path.map(String)
        const path = [index, 'option', ...(name === undefined ? [] : [written(name)]), ...rest]
        ctx.addIssue({ ...issue, path } as Parameters<typeof ctx.addIssue>[0])
      }
      return action
    }),
  )

export type GivenAction = z.output<typeof actionsSchema>[number]

/** Options in which the zero UUID means no queue; inputs of the same meaning are the same creation. */
function withoutZero(type: ActionType, option: object): object {
  return type === 'QUEUE_JOIN' ? { queueId: reference((option as { queueId?: string | null }).queueId) } : option
}

/** Gives every action an id. */
export function completeActions(given: readonly GivenAction[], makeId: () => string): Action[] {
  return given.map((action) => ({ ...action, id: action.id ?? makeId() }) as Action)
}

/**
 * Refuses actions that do not fit each other or the campaign (docs/rules.md#campaign-flow,
 * docs/rules.md#campaign-queue-join), with the first of the findings.
 */
export function refuseActions(actions: readonly Action[], setting: ActionSetting): void {
  const findings = validateActions(actions, setting)
  if (findings.length === 0) return
  throw new Refusal(
    findings.slice(0, limits.actionFindingsMax).map(({ code, index, path, message }) => ({
      code,
      field: ['input', 'actions', String(index), ...path],
      message,
    })),
  )
}

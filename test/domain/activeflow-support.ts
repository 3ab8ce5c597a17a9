import type { Action } from '../../src/domain/action.ts'
import type { ActiveflowEvent } from '../../src/domain/actions/definition.ts'
import { type ActionOption, definitionOf } from '../../src/domain/actions/registry.ts'
import { type Activeflow, type ActiveflowDecision, newActiveflow } from '../../src/domain/activeflow.ts'
import { advanceActiveflow, type FlowContext, handleFlowEvent } from '../../src/domain/activeflow-advance.ts'
import { answeredCall, noon, target } from './support.ts'

type Type = Action['type']
export type Step = { readonly type: Type; readonly option?: unknown; readonly id?: string; readonly nextId?: string }

/** Actions with ids 0, 1, 2 … unless they say otherwise, and their options with the defaults of those. */
export function list(...steps: Step[]): Action[] {
  return steps.map(({ type, option = {}, ...own }, index) => {
    const parsed = definitionOf(type).option.parse(option) as ActionOption<Type>
    return { id: String(index), nextId: null, ...own, type, option: parsed } as Action
  })
}

/** A step with its options. */
export const step = (type: Type, option?: unknown): Step => ({ type, option })

/** An activeflow that has not begun. */
export const fresh = newActiveflow(answeredCall())
/** A call without a queue. */
export const call = answeredCall({ queueId: null })
/** What a FLOW campaign has instead of a call. */
export const flowCall = answeredCall({ queueId: null, referenceType: 'FLOW', referenceId: null })

/** Ids made-1, made-2 … */
export function flowContextOf(actions: readonly Action[], of: Partial<FlowContext> = {}): FlowContext {
  let made = 0
  return { actions, call, target: target([0]), makeId: () => `made-${++made}`, ...of }
}

export function advance(
  actions: readonly Action[],
  { flow = fresh, now = noon, ...context }: Partial<FlowContext> & { flow?: Activeflow; now?: number } = {},
): ActiveflowDecision {
  return unbroken(advanceActiveflow(flow, flowContextOf(actions, context), now), flowContextOf(actions, context), now)
}

/** All the steps that a run takes in a row, however often it lets others go first. */
function unbroken(decision: ActiveflowDecision, context: FlowContext, now: number): ActiveflowDecision {
  if (decision.flow.wait?.type !== 'YIELD') return decision
  const { executions, requests, ...next } = advanceActiveflow(decision.flow, context, now)
  const joined = {
    executions: [...decision.executions, ...executions],
    requests: [...decision.requests, ...requests],
  }
  return unbroken({ ...next, ...joined }, context, now)
}

/** A run that is told news, one piece after the other, 1 ms apart, and what became of it. */
export function run(actions: readonly Action[], of: Partial<FlowContext> = {}) {
  const context = flowContextOf(actions, of)
  let now = noon
  let decision = unbroken(advanceActiveflow(fresh, context, now), context, now)
  const executions = [...decision.executions]
  const requests = [...decision.requests]
  return {
    get flow() {
      return decision.flow
    },
    get flowOutcome() {
      return decision.flowOutcome
    },
    /** What each action came to, as far as that is known. */
    get outcomes() {
      return executions.map((execution) => execution.outcome)
    },
    executions,
    /** Types of what was asked for. */
    get asked() {
      return requests.map((request) => request.type)
    },
    requests,
    /** False where the news made nothing of it. */
    hear(news: ActiveflowEvent, atMs = now + 1 - noon): boolean {
      now = noon + atMs
      const heard = handleFlowEvent(decision.flow, news, context, now)
      if (heard === null) return false
      decision = heard
      executions.push(...heard.executions)
      requests.push(...heard.requests)
      return true
    },
    /** A digit that is pressed then, in ms after noon. */
    press(digit: string, atMs = now + 1 - noon): boolean {
      return this.hear({ type: 'DIGIT', digit, at: noon + atMs }, atMs)
    },
    /** Lets time pass, up to so many ms after noon. */
    wait(untilMs: number): boolean {
      return this.hear({ type: 'TIME_OVER' }, untilMs)
    },
  }
}

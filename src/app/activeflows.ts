import type { Action } from '../domain/action.ts'
import type { ActionExecution, Activeflow } from '../domain/activeflow.ts'
import type { Campaigncall } from '../domain/campaigncall.ts'
import type { CampaigncallTransition } from '../domain/transition.ts'
import { allVariables } from '../domain/variable.ts'
import { present } from '../kernel/assert.ts'
import type { ActiveflowDetails, Activeflows, ExecutedAction } from './api.ts'
import type { AppContext } from './context.ts'
import type { Viewer } from './viewer.ts'

/** Activeflows (runs of actions) and their recordings, for readers. */
export function createActiveflows({ store }: AppContext): Activeflows {
  const { read } = store
  return {
    byIds: (viewer, ids) => read.activeflows.byIds(viewer.customerId, ids),
    async details(viewer, flows) {
      const { customerId } = viewer
      const callIds = flows.map((flow) => flow.campaigncallId)
      const calls = (await read.campaigncalls.byIds(customerId, callIds)).map((call) =>
        present(call, 'the call of an activeflow'),
      )
      const targetIds = calls.map((call) => call.outdialTargetId)
      const targets = await read.outdialTargets.byIds(customerId, targetIds)
      const listIds = calls.map((call) => call.actionListId)
      const lists = await read.campaigns.actionLists(customerId, listIds)
      const executions = await read.activeflows.executions(customerId, callIds)
      const steps = await stepsOfJoined(viewer, calls, executions)
      return flows.map((flow, i): ActiveflowDetails => {
        const call = present(calls[i], 'the call of an activeflow')
        const actions = present(lists[i], 'the actions that a call was dialed with')
        const executed = executedOf(flow, executions[i] ?? []).map((of) =>
          describe(of, actions, call, steps.get(call.id)),
        )
        const last = executed.at(-1)
        const currentAction = last?.endedAt === null ? last.action : null
        return {
          status: currentAction === null ? flow.status : 'RUNNING',
          currentAction,
          variables: allVariables({ call, target: targets[i] ?? null, variables: flow.variables }),
          executed,
        }
      })
    },
    async recordings(viewer, campaigncallIds) {
      const { customerId } = viewer
      const lists = await read.recordings.ofCalls(customerId, campaigncallIds)
      const recorded = campaigncallIds.filter((_, i) => (lists[i]?.length ?? 0) > 0)
      if (recorded.length === 0) return lists
      const calls = new Map((await read.campaigncalls.byIds(customerId, recorded)).map((call) => [call?.id, call]))
      // A recording ends with its call, even when the news of its end was lost.
      return lists.map((list) =>
        list.map((of) => ({ ...of, endedAt: of.endedAt ?? endOf(calls.get(of.campaigncallId) ?? null) })),
      )
    },
  }

  /** Transitions of the calls whose actions joined a queue; they show whether an agent took the call. */
  async function stepsOfJoined(
    { customerId }: Viewer,
    calls: readonly Campaigncall[],
    executions: readonly (readonly ActionExecution[])[],
  ): Promise<Map<string, readonly CampaigncallTransition[]>> {
    const joined = calls.filter((_, i) => executions[i]?.at(-1)?.outcome === null).map((call) => call.id)
    if (joined.length === 0) return new Map()
    const lists = await read.transitions.ofCalls(customerId, joined)
    return new Map(joined.map((id, i) => [id, lists[i] ?? []]))
  }
}

/** Executed actions and the current one, which may have ended since the activeflow was read. */
function executedOf(flow: Activeflow, executions: readonly ActionExecution[]): readonly ActionExecution[] {
  const { actionId, actionStartedAt: startedAt, stepCount: step } = flow
  if (actionId === null || startedAt === null || executions.some((of) => of.step === step)) return executions
  return [...executions, { step, actionId, startedAt, endedAt: null, outcome: null }]
}

function describe(
  { actionId, startedAt, endedAt, outcome }: ActionExecution,
  actions: readonly Action[],
  call: Campaigncall,
  steps: readonly CampaigncallTransition[] | undefined,
): ExecutedAction {
  const action = actionOf(actions, actionId)
  if (action.type !== 'QUEUE_JOIN') return { action, startedAt, endedAt, outcome }
  return { action, startedAt, ...outcomeOfJoin(call, steps ?? []) }
}

/** The outcome of a QUEUE_JOIN is derived from the call: an agent who takes it writes nothing to the activeflow. */
function outcomeOfJoin(call: Campaigncall, steps: readonly CampaigncallTransition[]) {
  const connected = steps.find((step) => step.event === 'AGENT_CONNECTED')
  if (connected !== undefined) return { endedAt: connected.at, outcome: 'connected to an agent' }
  const hadAgent = call.status !== 'DIALING' && call.agentId !== null
  if (hadAgent) return { endedAt: endOf(call), outcome: 'connected to an agent' }
  return { endedAt: endOf(call), outcome: call.status === 'DONE' ? 'ended before an agent answered' : null }
}

function endOf(call: Campaigncall | null): number | null {
  return call?.status === 'DONE' ? call.endedAt : null
}

function actionOf(actions: readonly Action[], id: string | null): Action {
  return present(
    actions.find((action) => action.id === id),
    'an action of the list that a call was dialed with',
  )
}

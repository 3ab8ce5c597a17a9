import { builder } from '../builder.ts'
import { ActiveflowStatusEnum } from '../enums.ts'
import { loadRequired } from '../loaders.ts'
import { isRow, sized } from '../price-tags.ts'
import { ActionExecutionRef, ActionRef, ActiveflowRef, CampaigncallRef, NodeRef, RecordingRef } from '../refs.ts'

builder.objectType(ActiveflowRef, {
  description: "The run of a campaign's actions for one campaigncall.",
  interfaces: [NodeRef],
  fields: (t) => ({
    status: t.field({
      type: ActiveflowStatusEnum,
      description: 'RUNNING while an action is under way, a QUEUE_JOIN until an agent answers included.',
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).status,
    }),
    campaigncall: t.field({
      type: CampaigncallRef,
      description: 'The call it is run for.',
      resolve: ({ campaigncallId }, _args, { loaders }) => loadRequired(loaders.campaigncall, campaigncallId),
    }),
    currentAction: t.field({
      type: ActionRef,
      nullable: true,
      description: 'The action that is under way; null when none is.',
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).currentAction,
    }),
    variables: t.field({
      type: 'JSON',
      description: `
Variables by their names, all of them texts: those of the target, its destination and the call as they are now, and those that
actions have set.
`.trim(),
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).variables,
    }),
    executed: t.field({
      type: [ActionExecutionRef],
      extensions: sized(5),
      description: 'Actions in the order they were run, with what came of each; the one under way is the last.',
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).executed,
    }),
  }),
})

builder.objectType(ActionExecutionRef, {
  description: 'An action that was run, or is being run.',
  extensions: isRow,
  fields: (t) => ({
    action: t.field({ type: ActionRef, description: 'Which action.', resolve: ({ action }) => action }),
    startedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: ({ startedAt }) => startedAt }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it came to its end; null while it is under way.',
      resolve: ({ endedAt }) => endedAt,
    }),
    outcome: t.exposeString('outcome', {
      nullable: true,
      description:
        'What it came to, for a person: played, received digits 1, machine detected, connected to an agent, refused: why. Null while that is not known.',
    }),
  }),
})

builder.objectType(RecordingRef, {
  description: 'What was recorded of a call.',
  extensions: isRow,
  fields: (t) => ({
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it was begun.',
      resolve: ({ startedAt }) => startedAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is under way.',
      resolve: ({ endedAt }) => endedAt,
    }),
    location: t.exposeString('location', {
      description: 'Where it lies: an address, or a path at the switch. While it is under way, its name there.',
    }),
  }),
})

builder.objectFields(CampaigncallRef, (t) => ({
  activeflow: t.field({
    type: ActiveflowRef,
    nullable: true,
    description: "The run of the campaign's actions; null before the answer.",
    resolve: ({ activeflowId }, _args, { loaders }) => loaders.activeflow.load(activeflowId),
  }),
  recordings: t.field({
    type: [RecordingRef],
    extensions: sized(1),
    description: 'What RECORDING_START has recorded, oldest first.',
    resolve: ({ id }, _args, { loaders }) => loaders.recordings.load(id),
  }),
}))

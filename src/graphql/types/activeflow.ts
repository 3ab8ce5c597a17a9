import { builder } from '../builder.ts'
import { ActiveflowStatusEnum } from '../enums.ts'
import { isRow, sized } from '../price-tags.ts'
import { mayReferTo, refersTo } from '../references.ts'
import { ActionExecutionRef, ActionRef, ActiveflowRef, CampaigncallRef, NodeRef, RecordingRef } from '../refs.ts'

builder.objectType(ActiveflowRef, {
  description: "The run of a campaign's actions for one campaigncall.",
  interfaces: [NodeRef],
  fields: (t) => ({
    status: t.field({
      type: ActiveflowStatusEnum,
      description: 'RUNNING while an action is under way, including a QUEUE_JOIN until an agent answers.',
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).status,
    }),
    campaigncall: t.field({
      type: CampaigncallRef,
      description: 'The call it runs for.',
      ...refersTo('campaigncall', 'campaigncallId'),
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
Variables by name, all of them strings: those of the target, its destination and the call as they are now, and those that
actions have set.
`.trim(),
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).variables,
    }),
    executed: t.field({
      type: [ActionExecutionRef],
      extensions: sized(5),
      description: 'Actions in the order in which they were run, each with its outcome; the one under way is the last.',
      resolve: async (flow, _args, { loaders }) => (await loaders.activeflowDetails.load(flow)).executed,
    }),
  }),
})

builder.objectType(ActionExecutionRef, {
  description: 'An action that was run, or is being run.',
  extensions: isRow,
  fields: (t) => ({
    action: t.field({ type: ActionRef, description: 'Which action.', resolve: ({ action }) => action }),
    startedAt: t.field({ type: 'DateTime', description: 'When it started.', resolve: ({ startedAt }) => startedAt }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is under way.',
      resolve: ({ endedAt }) => endedAt,
    }),
    outcome: t.exposeString('outcome', {
      nullable: true,
      description:
        'Its outcome, for a person: played, received digits 1, machine detected, connected to an agent, refused: why. Null until it is known.',
    }),
  }),
})

builder.objectType(RecordingRef, {
  description: 'What was recorded of a call.',
  extensions: isRow,
  fields: (t) => ({
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it started.',
      resolve: ({ startedAt }) => startedAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is under way.',
      resolve: ({ endedAt }) => endedAt,
    }),
    location: t.exposeString('location', {
      description: 'Where it is stored: a URL, or a path on the switch. While it is under way, its name there.',
    }),
  }),
})

builder.objectFields(CampaigncallRef, (t) => ({
  activeflow: t.field({
    type: ActiveflowRef,
    nullable: true,
    description: "The run of the campaign's actions; null before the answer.",
    ...mayReferTo('activeflow', 'activeflowId'),
  }),
  recordings: t.field({
    type: [RecordingRef],
    extensions: sized(1),
    description: 'What RECORDING_START has recorded, oldest first.',
    resolve: ({ id }, _args, { loaders }) => loaders.recordings.load(id),
  }),
}))

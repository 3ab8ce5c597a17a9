import { builder } from '../builder.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { payloadOf } from '../payload.ts'
import {
  CampaignRef,
  NodeRef,
  OutdialConnectionRef,
  OutdialEdgeRef,
  OutdialRef,
  OutdialTargetConnectionRef,
  OutdialTargetFilterRef,
} from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(OutdialRef, {
  description: 'A list of those who are called.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    data: t.exposeString('data', { description: 'Opaque text of the caller, up to 10000 characters, handed back.' }),
    campaign: t.field({
      type: CampaignRef,
      nullable: true,
      description: 'The campaign this list is attached to.',
      resolve: ({ id }, _args, { loaders }) => loaders.campaignOfOutdial.load(id),
    }),
    targets: t.field({
      type: OutdialTargetConnectionRef,
      description: 'The targets of this list, in the order they were added.',
      args: {
        ...pageArguments,
        filter: t.arg({
          type: OutdialTargetFilterRef,
          description: 'Which are listed; all that are not deleted when left out.',
        }),
      },
      resolve: ({ id }, args, { app, viewer }) => app.outdialTargets.page(viewer, { ...args, outdialId: id }),
    }),
    targetsTotal: t.int({
      description:
        'Targets of this list, deleted ones left out. Kept as a count: reading it costs the same for any size.',
      resolve: (outdial) => outdial.targetsIdle + outdial.targetsProgressing + outdial.targetsDone,
    }),
    targetsIdle: t.exposeInt('targetsIdle', { description: 'Targets that wait to be dialed, or dialed again.' }),
    targetsProgressing: t.exposeInt('targetsProgressing', { description: 'Targets with a call in flight.' }),
    targetsDone: t.exposeInt('targetsDone', { description: 'Targets that are reached, or have no try left.' }),
  }),
})
implementTimes(OutdialRef, 'list')

implementConnection('lists', OutdialRef, OutdialConnectionRef, OutdialEdgeRef)

const OutdialFilter = builder.inputType('OutdialFilter', {
  description: 'Which lists are listed: those that everything given here holds for.',
  fields: (t) => ({
    nameContains: t.string({ description: 'Case-insensitive part of the name.' }),
    includeDeleted: t.boolean({ required: true, defaultValue: false, description: 'Whether deleted ones are listed.' }),
  }),
})

builder.queryFields((t) => ({
  outdial: t.field({
    type: OutdialRef,
    nullable: true,
    description: 'A list by its id, a deleted one too; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id of an outdial.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.outdial.load(id),
  }),
  outdials: t.field({
    type: OutdialConnectionRef,
    description: 'Lists, oldest first.',
    args: {
      ...pageArguments,
      filter: t.arg({ type: OutdialFilter, description: 'Which are listed; all that are not deleted when left out.' }),
    },
    resolve: (_root, args, { app, viewer }) => app.outdials.page(viewer, args),
  }),
}))

const OutdialPayload = payloadOf('OutdialPayload', 'outdial', OutdialRef)

const OutdialCreateInput = builder.inputType('OutdialCreateInput', {
  description: 'A new list, empty.',
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID of the caller's choice; made by the server when left out. The same creation may be sent again.",
    }),
    name: t.string({ required: true, description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.string({ required: true, defaultValue: '', description: 'Notes for people, up to 2000 characters.' }),
    data: t.string({ required: true, defaultValue: '', description: 'Opaque text, up to 10000 characters.' }),
  }),
})

const OutdialUpdateInput = builder.inputType('OutdialUpdateInput', {
  description: 'What is left out stays as it is; an explicit null is BLANK.',
  fields: (t) => ({
    name: t.string({ description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.string({ description: 'Notes for people, up to 2000 characters.' }),
    data: t.string({ description: 'Opaque text, up to 10000 characters.' }),
  }),
})

builder.mutationFields((t) => ({
  outdialCreate: t.field({
    type: OutdialPayload,
    description: 'Makes a list, empty.',
    args: { input: t.arg({ type: OutdialCreateInput, required: true, description: 'The new list.' }) },
    resolve: (_root, { input }, { app, viewer }) => app.outdials.create(viewer, input),
  }),
  outdialUpdate: t.field({
    type: OutdialPayload,
    description: 'Changes what a list says of itself.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of an outdial, else NOT_FOUND.' }),
      input: t.arg({ type: OutdialUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { app, viewer }) => app.outdials.update(viewer, id, input),
  }),
  outdialDelete: t.field({
    type: OutdialPayload,
    description: 'Deletes a list. IN_USE while its campaign is not in status STOP.',
    args: { id: t.arg.id({ required: true, description: 'The id of an outdial, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.outdials.delete(viewer, id),
  }),
}))

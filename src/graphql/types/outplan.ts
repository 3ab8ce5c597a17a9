import { destinationCountMax } from '../../domain/outdial-target.ts'
import { builder } from '../builder.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { payloadOf } from '../payload.ts'
import { bounded, sized } from '../price-tags.ts'
import { AddressInputRef, AddressRef, NodeRef, OutplanConnectionRef, OutplanEdgeRef, OutplanRef } from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(OutplanRef, {
  description: 'How and when the targets of a list are dialed.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    source: t.field({ type: AddressRef, description: 'Caller id of the calls.', resolve: ({ source }) => source }),
    dialTimeoutMs: t.exposeInt('dialTimeoutMs', {
      description: 'How long a call may ring before it is given up, in milliseconds.',
    }),
    tryIntervalMs: t.exposeInt('tryIntervalMs', {
      description: 'Least time from the end of one attempt to the next attempt of the same target, in milliseconds.',
    }),
    maxTryCounts: t.field({
      type: ['Int'],
      extensions: sized(destinationCountMax),
      description: 'Most tries for destination 0, 1, 2, 3 and 4: five numbers.',
      resolve: ({ maxTryCounts }) => maxTryCounts,
    }),
  }),
})
implementTimes(OutplanRef, 'plan')

implementConnection('plans', OutplanRef, OutplanConnectionRef, OutplanEdgeRef)

builder.queryFields((t) => ({
  outplan: t.field({
    type: OutplanRef,
    nullable: true,
    description: 'A plan by its id, a deleted one too; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id of an outplan.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.outplan.load(id),
  }),
  outplans: t.field({
    type: OutplanConnectionRef,
    description: 'Plans that are not deleted, oldest first.',
    args: pageArguments,
    resolve: (_root, args, { app, viewer }) => app.outplans.page(viewer, args),
  }),
}))

const OutplanPayload = payloadOf('OutplanPayload', 'outplan', OutplanRef)

const descriptions = {
  name: 'Trimmed, 1 to 255 characters.',
  detail: 'Notes for people, up to 2000 characters.',
  source: 'Caller id of the calls.',
  dialTimeoutMs: 'How long a call may ring, in milliseconds: 1000 to 120000, else OUT_OF_RANGE.',
  tryIntervalMs:
    'Least time from the end of one attempt to the next of the same target, in milliseconds: 0 to 31 days, else OUT_OF_RANGE; an Int holds 2147483647, almost 25 days.',
  maxTryCounts:
    'Most tries for destination 0 to 4: one to five numbers of 0 to 50, else OUT_OF_RANGE; what is left out is 0. At least one must be above 0, else INVALID.',
}

const OutplanCreateInput = builder.inputType('OutplanCreateInput', {
  description: 'A new plan.',
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID of the caller's choice; made by the server when left out. The same creation may be sent again.",
    }),
    name: t.string({ required: true, description: descriptions.name }),
    detail: t.string({ required: true, defaultValue: '', description: descriptions.detail }),
    source: t.field({ type: AddressInputRef, required: true, description: descriptions.source }),
    dialTimeoutMs: t.int({ required: true, defaultValue: 30_000, description: descriptions.dialTimeoutMs }),
    tryIntervalMs: t.int({ required: true, defaultValue: 3_600_000, description: descriptions.tryIntervalMs }),
    maxTryCounts: t.intList({
      required: true,
      defaultValue: [3, 0, 0, 0, 0],
      extensions: bounded(destinationCountMax),
      description: descriptions.maxTryCounts,
    }),
  }),
})

const OutplanUpdateInput = builder.inputType('OutplanUpdateInput', {
  description: 'What is left out stays as it is; an explicit null is BLANK.',
  fields: (t) => ({
    name: t.string({ description: descriptions.name }),
    detail: t.string({ description: descriptions.detail }),
    source: t.field({ type: AddressInputRef, description: descriptions.source }),
    dialTimeoutMs: t.int({ description: descriptions.dialTimeoutMs }),
    tryIntervalMs: t.int({ description: descriptions.tryIntervalMs }),
    maxTryCounts: t.intList({ extensions: bounded(destinationCountMax), description: descriptions.maxTryCounts }),
  }),
})

builder.mutationFields((t) => ({
  outplanCreate: t.field({
    type: OutplanPayload,
    description: 'Makes a plan.',
    args: { input: t.arg({ type: OutplanCreateInput, required: true, description: 'The new plan.' }) },
    resolve: (_root, { input }, { app, viewer }) => app.outplans.create(viewer, input),
  }),
  outplanUpdate: t.field({
    type: OutplanPayload,
    description: 'Changes a plan. Campaigns that use it dial by it from the next decision on.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of an outplan, else NOT_FOUND.' }),
      input: t.arg({ type: OutplanUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { app, viewer }) => app.outplans.update(viewer, id, input),
  }),
  outplanDelete: t.field({
    type: OutplanPayload,
    description: 'Deletes a plan. IN_USE while a campaign that uses it is not in status STOP.',
    args: { id: t.arg.id({ required: true, description: 'The id of an outplan, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.outplans.delete(viewer, id),
  }),
}))

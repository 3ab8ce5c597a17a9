import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import { QueueStrategyEnum } from '../enums.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { payloadOf } from '../payload.ts'
import { bounded, sized } from '../price-tags.ts'
import { AgentRef, NodeRef, QueueConnectionRef, QueueEdgeRef, QueueRef } from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(QueueRef, {
  description: 'The agents who take the answered calls of its campaigns.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    strategy: t.field({
      type: QueueStrategyEnum,
      description: 'Which available agent is offered a call.',
      resolve: ({ strategy }) => strategy,
    }),
    waitTimeoutMs: t.exposeInt('waitTimeoutMs', {
      description:
        "How long an answered call may wait for an agent, in milliseconds from QUEUE_JOIN, also while an agent's phone rings; 0 waits for ever.",
    }),
    agentRingMs: t.exposeInt('agentRingMs', {
      description: "How long an agent's phone rings before the call goes to the next, in milliseconds.",
    }),
    agents: t.field({
      type: [AgentRef],
      extensions: sized(20),
      description: 'In the order that TOP_DOWN follows.',
      resolve: ({ id }, _args, { loaders }) => loaders.queueAgents.load(id),
    }),
    availableAgents: t.int({
      description: 'Agents of the queue with status AVAILABLE.',
      resolve: ({ id }, _args, { loaders }) => loaders.availableAgents.load(id),
    }),
    waitingCalls: t.int({
      description: 'Answered calls waiting for an agent.',
      resolve: ({ id }, _args, { loaders }) => loaders.waitingCalls.load(id),
    }),
  }),
})
implementTimes(QueueRef, 'queue')

implementConnection('queues', QueueRef, QueueConnectionRef, QueueEdgeRef)

builder.queryFields((t) => ({
  queue: t.field({
    type: QueueRef,
    nullable: true,
    description: 'A queue by its id, a deleted one too; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id of a queue.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.queue.load(id),
  }),
  queues: t.field({
    type: QueueConnectionRef,
    description: 'Queues that are not deleted, oldest first.',
    args: pageArguments,
    resolve: (_root, args, { app, viewer }) => app.queues.page(viewer, args),
  }),
}))

const QueuePayload = payloadOf('QueuePayload', 'queue', QueueRef)

const descriptions = {
  name: 'Trimmed, 1 to 255 characters.',
  detail: 'Notes for people, up to 2000 characters.',
  strategy: 'Which available agent is offered a call.',
  waitTimeoutMs:
    "How long an answered call may wait for an agent, in milliseconds from QUEUE_JOIN, also while an agent's phone rings: 0 to 3600000, else OUT_OF_RANGE; 0 waits for ever.",
  agentRingMs: "How long an agent's phone rings, in milliseconds: 1000 to 120000, else OUT_OF_RANGE.",
}

const QueueCreateInput = builder.inputType('QueueCreateInput', {
  description: 'A new queue, without agents.',
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID of the caller's choice; made by the server when left out. The same creation may be sent again.",
    }),
    name: t.string({ required: true, description: descriptions.name }),
    detail: t.string({ required: true, defaultValue: '', description: descriptions.detail }),
    strategy: t.field({
      type: QueueStrategyEnum,
      required: true,
      defaultValue: 'LONGEST_IDLE',
      description: descriptions.strategy,
    }),
    waitTimeoutMs: t.int({ required: true, defaultValue: 20_000, description: descriptions.waitTimeoutMs }),
    agentRingMs: t.int({ required: true, defaultValue: 15_000, description: descriptions.agentRingMs }),
  }),
})

const QueueUpdateInput = builder.inputType('QueueUpdateInput', {
  description: 'What is left out stays as it is; an explicit null is BLANK.',
  fields: (t) => ({
    name: t.string({ description: descriptions.name }),
    detail: t.string({ description: descriptions.detail }),
    strategy: t.field({ type: QueueStrategyEnum, description: descriptions.strategy }),
    waitTimeoutMs: t.int({ description: descriptions.waitTimeoutMs }),
    agentRingMs: t.int({ description: descriptions.agentRingMs }),
  }),
})

builder.mutationFields((t) => ({
  queueCreate: t.field({
    type: QueuePayload,
    description: 'Makes a queue, without agents.',
    args: { input: t.arg({ type: QueueCreateInput, required: true, description: 'The new queue.' }) },
    resolve: (_root, { input }, { app, viewer }) => app.queues.create(viewer, input),
  }),
  queueUpdate: t.field({
    type: QueuePayload,
    description: 'Changes a queue. Calls that wait already are judged by the new settings.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of a queue, else NOT_FOUND.' }),
      input: t.arg({ type: QueueUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { app, viewer }) => app.queues.update(viewer, id, input),
  }),
  queueDelete: t.field({
    type: QueuePayload,
    description: 'Deletes a queue. IN_USE while a campaign that uses it is not in status STOP.',
    args: { id: t.arg.id({ required: true, description: 'The id of a queue, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.queues.delete(viewer, id),
  }),
  queueAgentsSet: t.field({
    type: QueuePayload,
    description: 'Replaces the agents of the queue, in this order.',
    args: {
      queueId: t.arg.id({ required: true, description: 'The id of a queue, else NOT_FOUND.' }),
      agentIds: t.arg.idList({
        required: true,
        extensions: bounded(limits.agentsPerQueueMax),
        description: `Ids of agents, up to ${limits.agentsPerQueueMax}, else LIMIT_EXCEEDED; none twice, else INVALID.`,
      }),
    },
    resolve: (_root, { queueId, agentIds }, { app, viewer }) => app.queues.setAgents(viewer, queueId, agentIds),
  }),
}))

import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import { AgentStatusEnum } from '../enums.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { bounded, sized } from '../price-tags.ts'
import { mayReferTo } from '../references.ts'
import { AddressRef, AgentConnectionRef, AgentEdgeRef, AgentRef, CampaigncallRef, NodeRef, QueueRef } from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(AgentRef, {
  description:
    'A person who takes answered calls. An agent in two queues is one agent, who is offered one call at a time.',
  interfaces: [NodeRef],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Trimmed, 1 to 255 characters.' }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    extension: t.exposeString('extension', {
      description: 'Unique among the agents that are not deleted, for example "102".',
    }),
    address: t.field({
      type: AddressRef,
      description: "Where the agent's calls go.",
      resolve: ({ address }) => address,
    }),
    status: t.field({
      type: AgentStatusEnum,
      description: 'What the agent is doing. Set by agentStatusSet and by the dialer.',
      resolve: ({ status }) => status,
    }),
    nextStatus: t.field({
      type: AgentStatusEnum,
      nullable: true,
      description:
        'AWAY or OFFLINE if that was requested during a conversation: it takes effect when the conversation ends.',
      resolve: ({ nextStatus }) => nextStatus,
    }),
    wrapUpMs: t.exposeInt('wrapUpMs', {
      description: 'Time after a call before the agent is available again, in milliseconds.',
    }),
    wrapUpUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'While the agent is in wrap-up, when it ends.',
      resolve: ({ wrapUpUntil }) => wrapUpUntil,
    }),
    campaigncall: t.field({
      type: CampaigncallRef,
      nullable: true,
      description: 'The call that the agent is being offered or is talking on.',
      ...mayReferTo('campaigncall', 'campaigncallId'),
    }),
    queues: t.field({
      type: [QueueRef],
      extensions: sized(2),
      description: 'The queues that the agent is in.',
      resolve: ({ id }, _args, { loaders }) => loaders.agentQueues.load(id),
    }),
    callsTaken: t.exposeInt('callsTaken', { description: 'Calls that the agent has been connected to, in total.' }),
    statusChangedAt: t.field({
      type: 'DateTime',
      description: 'Since when the agent has this status.',
      resolve: ({ statusChangedAt }) => statusChangedAt,
    }),
  }),
})
implementTimes(AgentRef, 'agent')

implementConnection('agents', AgentRef, AgentConnectionRef, AgentEdgeRef)

const AgentFilter = builder.inputType('AgentFilter', {
  description: 'Which agents are listed: those that match every field given here.',
  fields: (t) => ({
    status: t.field({
      type: [AgentStatusEnum],
      extensions: bounded(limits.filterValuesMax),
      description: 'In one of these statuses; any when omitted.',
    }),
    queueId: t.id({ description: 'In this queue.' }),
    extension: t.string({ description: 'With this extension, exactly as it is written: one agent at most.' }),
  }),
})

builder.queryFields((t) => ({
  agent: t.field({
    type: AgentRef,
    nullable: true,
    description: 'Returns the agent with this id, also a deleted one. Null if no agent has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an agent.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.agent.load(id),
  }),
  agents: t.field({
    type: AgentConnectionRef,
    description: 'Agents that are not deleted, oldest first.',
    args: {
      ...pageArguments,
      filter: t.arg({ type: AgentFilter, description: 'Which are listed; all that are not deleted when omitted.' }),
    },
    resolve: (_root, args, { app, viewer }) => app.agents.page(viewer, args),
  }),
}))

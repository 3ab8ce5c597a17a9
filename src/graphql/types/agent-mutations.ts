import { builder } from '../builder.ts'
import { AgentStatusEnum } from '../enums.ts'
import { payloadOf } from '../payload.ts'
import { AddressInputRef, AgentRef } from '../refs.ts'

const AgentPayload = payloadOf('AgentPayload', 'agent', AgentRef)

const descriptions = {
  name: 'Trimmed, 1 to 255 characters.',
  detail: 'Notes for people, up to 2000 characters.',
  extension:
    '1 to 32 letters, digits and *#+_.- without spaces. Unique among the agents that are not deleted, else TAKEN.',
  address: "Where the agent's calls go; EXTENSION with the agent's extension when left out.",
  wrapUpMs: 'Time after a call before the agent is available again, in milliseconds: 0 to 3600000, else OUT_OF_RANGE.',
}

const AgentCreateInput = builder.inputType('AgentCreateInput', {
  description: 'A new agent, in status OFFLINE and in no queue.',
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID of the caller's choice; made by the server when left out. The same creation may be sent again.",
    }),
    name: t.string({ required: true, description: descriptions.name }),
    detail: t.string({ required: true, defaultValue: '', description: descriptions.detail }),
    extension: t.string({ required: true, description: descriptions.extension }),
    address: t.field({ type: AddressInputRef, description: descriptions.address }),
    wrapUpMs: t.int({ required: true, defaultValue: 0, description: descriptions.wrapUpMs }),
  }),
})

const AgentUpdateInput = builder.inputType('AgentUpdateInput', {
  description: 'What is left out stays as it is; an explicit null is BLANK.',
  fields: (t) => ({
    name: t.string({ description: descriptions.name }),
    detail: t.string({ description: descriptions.detail }),
    extension: t.string({ description: descriptions.extension }),
    address: t.field({ type: AddressInputRef, description: "Where the agent's calls go." }),
    wrapUpMs: t.int({ description: descriptions.wrapUpMs }),
  }),
})

builder.mutationFields((t) => ({
  agentCreate: t.field({
    type: AgentPayload,
    description: 'Makes an agent, in status OFFLINE and in no queue.',
    args: { input: t.arg({ type: AgentCreateInput, required: true, description: 'The new agent.' }) },
    resolve: (_root, { input }, { app, viewer }) => app.agents.create(viewer, input),
  }),
  agentUpdate: t.field({
    type: AgentPayload,
    description: 'Changes an agent, in any status.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of an agent, else NOT_FOUND.' }),
      input: t.arg({ type: AgentUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { app, viewer }) => app.agents.update(viewer, id, input),
  }),
  agentDelete: t.field({
    type: AgentPayload,
    description: 'Deletes an agent. STATE_CONFLICT while it is RINGING or BUSY.',
    args: { id: t.arg.id({ required: true, description: 'The id of an agent, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.agents.delete(viewer, id),
  }),
  agentStatusSet: t.field({
    type: AgentPayload,
    description: `
AVAILABLE, AWAY and OFFLINE can be set; BUSY and RINGING are the dialer's. During a conversation AWAY and OFFLINE take
effect when it ends (see nextStatus), and AVAILABLE takes that back: the wrap-up then follows. During the wrap-up the change
takes effect at once. While a call is offered, AWAY and OFFLINE withdraw the offer.
`.trim(),
    args: {
      id: t.arg.id({ required: true, description: 'The id of an agent, else NOT_FOUND.' }),
      status: t.arg({
        type: AgentStatusEnum,
        required: true,
        description: 'AVAILABLE, AWAY or OFFLINE; the others are INVALID.',
      }),
    },
    resolve: (_root, { id, status }, { app, viewer }) => app.agents.setStatus(viewer, id, status),
  }),
}))

import { agentOf, type Campaigncall, type DoneCall } from '../../domain/campaigncall.ts'
import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import {
  CampaigncallOrderEnum,
  CampaigncallReferenceTypeEnum,
  CampaigncallResultEnum,
  CampaigncallStatusEnum,
  HangupReasonEnum,
} from '../enums.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { payloadOf } from '../payload.ts'
import { bounded, sized } from '../price-tags.ts'
import { mayReferTo, readsOnly, refersTo, rowReadsOf } from '../references.ts'
import {
  AddressRef,
  AgentRef,
  CampaigncallConnectionRef,
  CampaigncallEdgeRef,
  CampaigncallFilterRef,
  CampaigncallRef,
  CampaigncallTransitionRef,
  CampaignRef,
  NodeRef,
  OutdialRef,
  OutdialTargetRef,
  OutplanRef,
  QueueRef,
} from '../refs.ts'

builder.objectType(CampaigncallRef, {
  description: 'One attempt to reach one destination of one target.',
  interfaces: [NodeRef],
  fields: (t) => ({
    campaign: t.field({
      type: CampaignRef,
      description: 'The campaign it was placed for.',
      ...refersTo('campaign', 'campaignId'),
    }),
    outplan: t.field({
      type: OutplanRef,
      description: 'The plan it was dialed with.',
      ...refersTo('outplan', 'outplanId'),
    }),
    outdial: t.field({
      type: OutdialRef,
      description: 'The list of its target.',
      ...refersTo('outdial', 'outdialId'),
    }),
    outdialTarget: t.field({
      type: OutdialTargetRef,
      description: 'Who is called.',
      ...refersTo('outdialTarget', 'outdialTargetId'),
    }),
    queue: t.field({
      type: QueueRef,
      nullable: true,
      description: 'The queue that the campaign had when it was dialed.',
      ...mayReferTo('queue', 'queueId'),
    }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description: 'The agent it was connected to; null before, and when it never was.',
      ...mayReferTo('agent', 'agentId', agentOf),
    }),
  }),
})

builder.objectFields(CampaigncallRef, (t) => ({
  activeflowId: t.exposeID('activeflowId', { description: "The run of the campaign's actions for this call." }),
  referenceType: t.expose('referenceType', {
    type: CampaigncallReferenceTypeEnum,
    description: 'Whether there is a call at the carrier.',
  }),
  referenceId: t.exposeID('referenceId', {
    nullable: true,
    description: 'The id of the call at the carrier, chosen before it is placed.',
  }),
  status: t.expose('status', {
    type: CampaigncallStatusEnum,
    description: 'Its status. DONE is final.',
  }),
  result: t.field({
    type: CampaigncallResultEnum,
    nullable: true,
    description: 'Null until it has ended. Never changes once it is set.',
    extensions: readsOnly<DoneCall>('status', 'result'),
    resolve: (call) => (call.status === 'DONE' ? call.result : null),
  }),
  hangupReason: t.field({
    type: HangupReasonEnum,
    nullable: true,
    description: 'Why it ended; null while it has not. Never changes once it is set.',
    extensions: readsOnly<DoneCall>('status', 'hangupReason'),
    resolve: (call) => (call.status === 'DONE' ? call.hangupReason : null),
  }),
  source: t.expose('source', { type: AddressRef, description: 'The caller id it shows.' }),
  destination: t.expose('destination', {
    type: AddressRef,
    description: 'Where it goes: the address of the target as it was when dialed.',
  }),
  destinationIndex: t.exposeInt('destinationIndex', {
    description: 'Which destination of the target that is: 0 to 4.',
  }),
  tryCount: t.exposeInt('tryCount', { description: 'Which try of that destination this is: 1 for the first.' }),
}))

builder.objectFields(CampaigncallRef, (t) => ({
  answeredAt: t.field({
    type: 'DateTime',
    nullable: true,
    description:
      'When it was answered; null when it was not, or not yet. May be filled in after the end, with the event CORRECTED.',
    extensions: readsOnly<DoneCall>('status', 'answeredAt'),
    resolve: (call) => (call.status === 'DIALING' ? null : call.answeredAt),
  }),
  endedAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When it ended; null while it has not.',
    extensions: readsOnly<DoneCall>('status', 'endedAt'),
    resolve: (call) => (call.status === 'DONE' ? call.endedAt : null),
  }),
  transitions: t.field({
    type: [CampaigncallTransitionRef],
    extensions: { ...sized(5), ...readsOnly<Campaigncall>('id', 'version') },
    description: 'Oldest first.',
    resolve: (call, _args, { loaders }) => loaders.campaigncallTransitions.load(call),
  }),
  createdAt: t.expose('createdAt', {
    type: 'DateTime',
    description: 'When it was claimed for its target, before the carrier was asked.',
  }),
  updatedAt: t.expose('updatedAt', {
    type: 'DateTime',
    description: 'When anything about it last changed.',
  }),
}))

implementConnection('campaigncalls', CampaigncallRef, CampaigncallConnectionRef, CampaigncallEdgeRef)

builder.inputType(CampaigncallFilterRef, {
  description: 'Which campaigncalls are listed: those that match every field given here.',
  fields: (t) => ({
    campaignId: t.id({
      description: "Of this campaign. Inside Campaign.campaigncalls all filters narrow that campaign's calls.",
    }),
    outdialId: t.id({ description: 'To targets of this list.' }),
    queueId: t.id({ description: 'Dialed for this queue.' }),
    outdialTargetId: t.id({ description: 'To this target.' }),
    agentId: t.id({ description: 'Connected to this agent.' }),
    status: t.field({
      type: [CampaigncallStatusEnum],
      extensions: bounded(limits.filterValuesMax),
      description: 'In one of these statuses; any when omitted.',
    }),
    result: t.field({ type: CampaigncallResultEnum, description: 'That ended with this result.' }),
    hangupReason: t.field({
      type: [HangupReasonEnum],
      extensions: bounded(limits.filterValuesMax),
      description: 'That ended for one of these reasons.',
    }),
    createdAfter: t.field({ type: 'DateTime', description: 'Created later than this instant.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Created earlier than this instant.' }),
  }),
})

builder.queryFields((t) => ({
  campaigncall: t.field({
    type: CampaigncallRef,
    nullable: true,
    description: 'Returns the campaigncall with this id. Null if no campaigncall has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of a campaigncall.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.campaigncall.load(id),
  }),
  campaigncalls: t.field({
    type: CampaigncallConnectionRef,
    description: 'Campaigncalls of all campaigns, newest first unless asked otherwise.',
    args: {
      ...pageArguments,
      filter: t.arg({ type: CampaigncallFilterRef, description: 'Which are listed; all when omitted.' }),
      orderBy: t.arg({
        type: CampaigncallOrderEnum,
        required: true,
        defaultValue: 'CREATED_AT_DESC',
        description: 'The order of the list.',
      }),
    },
    resolve: (_root, args, { app, viewer }, info) =>
      app.campaigncalls.page(viewer, args, rowReadsOf<Campaigncall>(info)),
  }),
}))

builder.mutationField('campaigncallHangup', (t) =>
  t.field({
    type: payloadOf('CampaigncallPayload', 'campaigncall', CampaigncallRef),
    description: `
Requests the end of a call that is dialing or progressing. The call is DONE when the carrier has ended it. A second request
changes nothing; for a call that is DONE it is STATE_CONFLICT. The hangup reason is CANCEL before an answer and between
QUEUE_JOIN and an agent, NORMAL otherwise. For a FLOW it is CANCEL before anything was sent, UNKNOWN while something is being
sent, and NORMAL after everything so far was accepted by its receiver.
`.trim(),
    args: { id: t.arg.id({ required: true, description: 'The id of a campaigncall, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.campaigncalls.hangup(viewer, id),
  }),
)

import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import {
  AgentStatusEnum,
  CampaigncallEventEnum,
  CampaigncallResultEnum,
  CampaigncallStatusEnum,
  CampaignStatusEnum,
  HangupReasonEnum,
} from '../enums.ts'
import { isRow, sized } from '../price-tags.ts'
import { mayReferTo, refersTo } from '../references.ts'
import {
  AgentRef,
  AgentTransitionRef,
  CampaigncallRef,
  CampaigncallTransitionRef,
  CampaignRef,
  CampaignTransitionRef,
} from '../refs.ts'

const cursorDescription =
  'Pass it to `after` to continue from here. Cursors of all kinds of transitions form one sequence.'

builder.objectType(CampaigncallTransitionRef, {
  description: 'One step in the life of a campaigncall, as it was committed. Never changed afterwards.',
  extensions: isRow,
  fields: (t) => ({
    cursor: t.string({
      description: cursorDescription,
      resolve: ({ position }, _args, { app }) => app.transitions.cursorOf(position),
    }),
    event: t.field({ type: CampaigncallEventEnum, description: 'What happened.', resolve: ({ event }) => event }),
    version: t.exposeInt('version', {
      description: '1, 2, 3 ... for each campaigncall. A client that reconnects drops what it has already applied.',
    }),
    at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    from: t.field({
      type: CampaigncallStatusEnum,
      nullable: true,
      description: 'Null for the first one; equal to `to` where the status stayed.',
      resolve: ({ from }) => from,
    }),
    to: t.field({ type: CampaigncallStatusEnum, description: 'The status after it.', resolve: ({ to }) => to }),
    agent: t.field({
      type: AgentRef,
      nullable: true,
      description: 'The agent it concerns, if any.',
      ...mayReferTo('agent', 'agentId'),
    }),
    result: t.field({
      type: CampaigncallResultEnum,
      nullable: true,
      description: 'How the call ended, once it has.',
      resolve: ({ result }) => result,
    }),
    hangupReason: t.field({
      type: HangupReasonEnum,
      nullable: true,
      description: 'Why the call ended, once it has.',
      resolve: ({ hangupReason }) => hangupReason,
    }),
    inferred: t.exposeBoolean('inferred', {
      description:
        'True if the step was established afterwards (after a restart or a lost connection) and not seen as it happened.',
    }),
    campaigncall: t.field({
      type: CampaigncallRef,
      description: 'The campaigncall as it is now, which may be later than this transition.',
      ...refersTo('campaigncall', 'campaigncallId'),
    }),
  }),
})

builder.objectType(AgentTransitionRef, {
  description: 'One change of the status of an agent, as it was committed. Never changed afterwards.',
  extensions: isRow,
  fields: (t) => ({
    cursor: t.string({
      description: cursorDescription,
      resolve: ({ position }, _args, { app }) => app.transitions.cursorOf(position),
    }),
    at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    from: t.field({
      type: AgentStatusEnum,
      nullable: true,
      description: 'The status before it.',
      resolve: ({ from }) => from,
    }),
    to: t.field({ type: AgentStatusEnum, description: 'The status after it.', resolve: ({ to }) => to }),
    agent: t.field({
      type: AgentRef,
      description: 'The agent as it is now, which may be later than this transition.',
      ...refersTo('agent', 'agentId'),
    }),
  }),
})

builder.objectType(CampaignTransitionRef, {
  description: 'One change of the status of a campaign, as it was committed. Never changed afterwards.',
  extensions: isRow,
  fields: (t) => ({
    cursor: t.string({
      description: cursorDescription,
      resolve: ({ position }, _args, { app }) => app.transitions.cursorOf(position),
    }),
    at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    from: t.field({
      type: CampaignStatusEnum,
      nullable: true,
      description: 'The status before it.',
      resolve: ({ from }) => from,
    }),
    to: t.field({ type: CampaignStatusEnum, description: 'The status after it.', resolve: ({ to }) => to }),
    cause: t.exposeString('cause', { description: 'One sentence: who or what caused it.' }),
    campaign: t.field({
      type: CampaignRef,
      description: 'The campaign as it is now, which may be later than this transition.',
      ...refersTo('campaign', 'campaignId'),
    }),
  }),
})

const afterArgument = {
  description:
    'A cursor of any transition, or latestCursor. An unknown cursor is BAD_CURSOR; one older than the retained log is CURSOR_EXPIRED.',
}
const firstArgument = {
  required: true,
  defaultValue: 100,
  description: `How many: 1 to ${limits.pageRowsMax}, else BAD_USER_INPUT.`,
} as const

builder.queryFields((t) => ({
  campaigncallTransitions: t.field({
    type: [CampaigncallTransitionRef],
    extensions: sized({ argument: 'first' }),
    description: `
The transitions after a cursor, oldest first: what a subscription with the same \`after\` would replay. Without \`after\`,
from the oldest that is kept.
`.trim(),
    args: {
      after: t.arg.string(afterArgument),
      first: t.arg.int(firstArgument),
      campaignId: t.arg.id({ description: 'Only of the calls of this campaign; of all when omitted.' }),
    },
    resolve: (_root, args, { app, viewer }) => app.transitions.campaigncallList(viewer, args),
  }),
  campaignTransitions: t.field({
    type: [CampaignTransitionRef],
    extensions: sized({ argument: 'first' }),
    description: `
The transitions after a cursor, oldest first: what a subscription with the same \`after\` would replay. Without \`after\`,
from the oldest that is kept.
`.trim(),
    args: {
      after: t.arg.string(afterArgument),
      first: t.arg.int(firstArgument),
      campaignId: t.arg.id({ description: 'Only of this campaign; of all when omitted.' }),
    },
    resolve: (_root, args, { app, viewer }) => app.transitions.campaignList(viewer, args),
  }),
  latestCursor: t.string({
    description: `
The cursor of the newest transition, read before anything else of the operation. Request it together
with a list, then subscribe with \`after\`: nothing is missed. What the list already shows may be repeated; recognise it by
its version, or by its cursor where there is none.
`.trim(),
    resolve: (_root, _args, { app, latestPosition }) => app.transitions.cursorOf(latestPosition),
  }),
}))

builder.subscriptionFields((t) => ({
  campaigncallTransitioned: t.field({
    type: CampaigncallTransitionRef,
    description: `
Every transition of the campaigncalls of one campaign, or of all, in commit order. With \`after\`, first replays what was
committed since that cursor, then continues live, without a gap and without a repeat.
`.trim(),
    args: {
      campaignId: t.arg.id({ description: 'Only of the calls of this campaign; of all when omitted.' }),
      after: t.arg.string(afterArgument),
    },
    subscribe: (_root, args, { app, viewer }) => app.transitions.campaigncalls(viewer, args),
    resolve: (transition) => transition,
  }),
  campaignTransitioned: t.field({
    type: CampaignTransitionRef,
    description:
      'Every transition of one campaign, or of all, in commit order. `after` as with campaigncallTransitioned.',
    args: {
      campaignId: t.arg.id({ description: 'Only of this campaign; of all when omitted.' }),
      after: t.arg.string(afterArgument),
    },
    subscribe: (_root, args, { app, viewer }) => app.transitions.campaigns(viewer, args),
    resolve: (transition) => transition,
  }),
  agentTransitioned: t.field({
    type: AgentTransitionRef,
    description:
      'Every transition of the agents of one queue, or of all, in commit order. `after` as with campaigncallTransitioned.',
    args: {
      queueId: t.arg.id({ description: 'Only of agents who were in this queue at that moment; of all when omitted.' }),
      after: t.arg.string(afterArgument),
    },
    subscribe: (_root, args, { app, viewer }) => app.transitions.agents(viewer, args),
    resolve: (transition) => transition,
  }),
}))

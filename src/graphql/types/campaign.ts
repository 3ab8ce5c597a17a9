import type { Campaigncall } from '../../domain/campaigncall.ts'
import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import {
  CampaigncallOrderEnum,
  CampaignEndHandleEnum,
  CampaignOrderEnum,
  CampaignStatusEnum,
  CampaignTypeEnum,
  PacingMethodEnum,
} from '../enums.ts'
import { loadRequired } from '../loaders.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { bounded, priced, sized } from '../price-tags.ts'
import { mayReferTo, rowReadsOf } from '../references.ts'
import {
  ActionRef,
  CampaignConnectionRef,
  CampaigncallConnectionRef,
  CampaigncallFilterRef,
  CampaignEdgeRef,
  CampaignRef,
  CampaignStatsRef,
  CampaignTransitionRef,
  DialingReportRef,
  NodeRef,
  OutdialRef,
  OutplanRef,
  QueueRef,
} from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(CampaignRef, {
  description:
    'What is dialed and how: a list of targets, a plan, optionally a queue, and the actions of answered calls.',
  interfaces: [NodeRef],
  fields: (t) => ({
    type: t.field({
      type: CampaignTypeEnum,
      description: 'What the campaign does with a target. Cannot be changed after creation.',
      resolve: ({ type }) => type,
    }),
    name: t.exposeString('name', {
      description: 'Unique among the campaigns that are not deleted. Trimmed, 1 to 255 characters.',
    }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    status: t.field({
      type: CampaignStatusEnum,
      description: 'Whether the campaign dials. Changed by campaignRun, campaignStop and its natural end.',
      resolve: ({ status }) => status,
    }),
    pacing: t.field({
      type: PacingMethodEnum,
      description: 'How many calls are dialed for the available agents. Applies only while the campaign has a queue.',
      resolve: ({ pacing }) => pacing,
    }),
    serviceLevel: t.exposeInt('serviceLevel', {
      description: '1 to 1000. Applies with SERVICE_LEVEL pacing, and only while the campaign has a queue.',
    }),
    ratio: t.exposeInt('ratio', {
      description:
        '100, 150, 200, 300 or 400: dialing calls per available agent, in percent. Applies with RATIO pacing, and only while the campaign has a queue.',
    }),
    concurrentCallsMax: t.exposeInt('concurrentCallsMax', {
      nullable: true,
      description:
        'Most calls in flight (dialing and progressing) at once, 1 to 10000; null if the campaign has no limit of its own.',
    }),
    endHandle: t.field({
      type: CampaignEndHandleEnum,
      description: 'What happens when no target can be dialed now or later.',
      resolve: ({ endHandle }) => endHandle,
    }),
    actions: t.field({
      type: [ActionRef],
      extensions: sized(20),
      description: 'What happens on an answered call, in order. Up to 100.',
      resolve: ({ actions }) => actions,
    }),
  }),
})

builder.objectFields(CampaignRef, (t) => ({
  outplan: t.field({
    type: OutplanRef,
    nullable: true,
    description: 'How and when targets are dialed. Needed to run.',
    ...mayReferTo('outplan', 'outplanId'),
  }),
  outdial: t.field({
    type: OutdialRef,
    nullable: true,
    description: 'Who is called. Needed to run; attached to one campaign at a time.',
    ...mayReferTo('outdial', 'outdialId'),
  }),
  queue: t.field({
    type: QueueRef,
    nullable: true,
    description: 'Who takes the answered calls; null when nobody does.',
    ...mayReferTo('queue', 'queueId'),
  }),
  nextCampaign: t.field({
    type: CampaignRef,
    nullable: true,
    description: 'Run when this campaign comes to its natural end.',
    ...mayReferTo('campaign', 'nextCampaignId'),
  }),
  campaigncalls: t.field({
    type: CampaigncallConnectionRef,
    description: 'The calls of this campaign.',
    args: {
      ...pageArguments,
      filter: t.arg({ type: CampaigncallFilterRef, description: "Narrows this campaign's calls further." }),
      orderBy: t.arg({
        type: CampaigncallOrderEnum,
        required: true,
        defaultValue: 'CREATED_AT_DESC',
        description: 'The order of the list.',
      }),
    },
    resolve: ({ id }, args, { loaders }, info) =>
      loaders.callsOf('campaignId', args, rowReadsOf<Campaigncall>(info)).load(id),
  }),
  transitions: t.field({
    type: [CampaignTransitionRef],
    extensions: sized({ argument: 'last' }),
    description: 'The latest transitions, oldest first.',
    args: {
      last: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `How many: 1 to ${limits.pageRowsMax}, else BAD_USER_INPUT.`,
      }),
    },
    resolve: ({ id }, { last }, { loaders }) => loaders.campaignTransitions(last).load(id),
  }),
  stats: t.field({
    type: CampaignStatsRef,
    extensions: priced(1),
    description: 'Counts of its targets and calls.',
    resolve: ({ id }, _args, { loaders }) => loaders.campaignStats.load(id),
  }),
  dialing: t.field({
    type: DialingReportRef,
    extensions: priced(5),
    description: 'Why the dialer is or is not placing calls for this campaign at this moment.',
    resolve: (campaign, _args, { loaders }) => loaders.dialing.load(campaign),
  }),
}))
implementTimes(CampaignRef, 'campaign')

implementConnection('campaigns', CampaignRef, CampaignConnectionRef, CampaignEdgeRef)

const CampaignFilter = builder.inputType('CampaignFilter', {
  description: 'Which campaigns are listed: those that match every field given here.',
  fields: (t) => ({
    status: t.field({
      type: [CampaignStatusEnum],
      extensions: bounded(limits.filterValuesMax),
      description: 'In one of these statuses; any when omitted.',
    }),
    type: t.field({ type: CampaignTypeEnum, description: 'Of this type; any when omitted.' }),
    nameContains: t.string({ description: 'Case-insensitive part of the name.' }),
    outdialId: t.id({ description: 'With this outdial attached.' }),
    queueId: t.id({ description: 'With this queue.' }),
    includeDeleted: t.boolean({ required: true, defaultValue: false, description: 'Whether deleted ones are listed.' }),
  }),
})

builder.queryFields((t) => ({
  campaign: t.field({
    type: CampaignRef,
    nullable: true,
    description: 'Returns the campaign with this id, also a deleted one. Null if no campaign has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of a campaign.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.campaign.load(id),
  }),
  campaigns: t.field({
    type: CampaignConnectionRef,
    description: 'Campaigns, newest first unless asked otherwise.',
    args: {
      ...pageArguments,
      filter: t.arg({ type: CampaignFilter, description: 'Which are listed; all that are not deleted when omitted.' }),
      orderBy: t.arg({
        type: CampaignOrderEnum,
        required: true,
        defaultValue: 'CREATED_AT_DESC',
        description: 'The order of the list.',
      }),
    },
    resolve: (_root, args, { app, viewer }) => app.campaigns.page(viewer, args),
  }),
}))

builder.subscriptionField('campaignChanged', (t) =>
  t.field({
    type: CampaignRef,
    description: `
The campaign, once at the start and then after changes of its settings, counters or dialing report, at most
\`maxPerSecond\` times a second. An id that does not exist is BAD_USER_INPUT.
`.trim(),
    args: {
      id: t.arg.id({ required: true, description: 'The id of a campaign.' }),
      maxPerSecond: t.arg.int({
        required: true,
        defaultValue: 4,
        description: `Most events a second: ${limits.eventsPerSecondMin} to ${limits.eventsPerSecondMax}, else BAD_USER_INPUT.`,
      }),
    },
    subscribe: (_root, { id, maxPerSecond }, { app, viewer }) =>
      app.transitions.campaignChanges(viewer, id, maxPerSecond),
    resolve: (id, _args, { loaders }) => loadRequired(loaders.campaign, id),
  }),
)

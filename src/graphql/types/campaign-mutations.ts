import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import { CampaignEndHandleEnum, CampaignTypeEnum, PacingMethodEnum } from '../enums.ts'
import { payloadOf } from '../payload.ts'
import { bounded, sized } from '../price-tags.ts'
import { ActionInputRef, CampaignRef } from '../refs.ts'

const CampaignPayload = payloadOf('CampaignPayload', 'campaign', CampaignRef)
builder.objectField(CampaignPayload, 'warnings', (t) =>
  t.field({
    type: ['String'],
    extensions: sized(5),
    description: `
What will probably go wrong; nothing is refused for it. After campaignRun: fields of the targets' data that the actions name, such
as {{target.data.FirstName}}, and that no target of the list has. Of a long list, ${limits.missingFieldsRowsMax} targets are looked at.
`.trim(),
    resolve: ({ warnings }) => warnings ?? [],
  }),
)

const descriptions = {
  name: 'Trimmed, 1 to 255 characters. Unique among the campaigns that are not deleted, else TAKEN.',
  detail: 'Notes for people, up to 2000 characters.',
  pacing: 'How many calls are dialed for the free agents. Applies only while the campaign has a queue.',
  serviceLevel: '1 to 1000, else OUT_OF_RANGE. Applies with SERVICE_LEVEL pacing.',
  ratio: '100, 150, 200, 300 or 400, in percent; another is INVALID. Applies with RATIO pacing.',
  concurrentCallsMax: 'Most calls in flight at once, 1 to 10000, else OUT_OF_RANGE; null for no limit of its own.',
  endHandle: 'What follows when no target can be dialed now or later.',
  actions: 'What happens on an answered call, in order. Up to 100, else LIMIT_EXCEEDED.',
  outplanId: 'How and when targets are dialed.',
  outdialId: 'Who is called. IN_USE when it is attached to another campaign.',
  queueId: 'Who takes the answered calls. INVALID in a FLOW campaign.',
  nextCampaignId: 'Started when this campaign comes to its natural end. INVALID when that would go round in a circle.',
}

const CampaignCreateInput = builder.inputType('CampaignCreateInput', {
  description: `
A new campaign, in status STOP. Every creation takes an \`id\` of the caller's choice, a UUID: the same creation sent again
returns what the first one made, so that it can be repeated when an answer was lost. Another creation under that id is
TAKEN. References to what does not exist are NOT_FOUND.
`.trim(),
  fields: (t) => ({
    id: t.id({ description: "A UUID of the caller's choice; made by the server when left out." }),
    name: t.string({ required: true, description: descriptions.name }),
    detail: t.string({ required: true, defaultValue: '', description: descriptions.detail }),
    type: t.field({
      type: CampaignTypeEnum,
      required: true,
      defaultValue: 'CALL',
      description: 'What the campaign does with a target. Fixed from then on.',
    }),
    pacing: t.field({
      type: PacingMethodEnum,
      required: true,
      defaultValue: 'SERVICE_LEVEL',
      description: descriptions.pacing,
    }),
    serviceLevel: t.int({ required: true, defaultValue: 100, description: descriptions.serviceLevel }),
    ratio: t.int({ required: true, defaultValue: 100, description: descriptions.ratio }),
    concurrentCallsMax: t.int({ description: descriptions.concurrentCallsMax }),
    endHandle: t.field({
      type: CampaignEndHandleEnum,
      required: true,
      defaultValue: 'STOP',
      description: descriptions.endHandle,
    }),
    actions: t.field({
      type: [ActionInputRef],
      extensions: bounded(limits.actionsMax),
      required: true,
      defaultValue: [],
      description: descriptions.actions,
    }),
    outplanId: t.id({ description: descriptions.outplanId }),
    outdialId: t.id({ description: descriptions.outdialId }),
    queueId: t.id({ description: descriptions.queueId }),
    nextCampaignId: t.id({ description: descriptions.nextCampaignId }),
  }),
})

const CampaignUpdateInput = builder.inputType('CampaignUpdateInput', {
  description: `
What is left out stays as it is; an explicit null clears a reference or concurrentCallsMax, and is BLANK elsewhere. While
the campaign is not in status STOP, its outdial, outplan and queue cannot be exchanged or cleared (IN_USE).
`.trim(),
  fields: (t) => ({
    name: t.string({ description: descriptions.name }),
    detail: t.string({ description: descriptions.detail }),
    pacing: t.field({ type: PacingMethodEnum, description: descriptions.pacing }),
    serviceLevel: t.int({ description: descriptions.serviceLevel }),
    ratio: t.int({ description: descriptions.ratio }),
    concurrentCallsMax: t.int({ description: descriptions.concurrentCallsMax }),
    endHandle: t.field({ type: CampaignEndHandleEnum, description: descriptions.endHandle }),
    actions: t.field({
      type: [ActionInputRef],
      extensions: bounded(limits.actionsMax),
      description: `All of them, replaced. ${descriptions.actions}`,
    }),
    outplanId: t.id({ description: descriptions.outplanId }),
    outdialId: t.id({ description: descriptions.outdialId }),
    queueId: t.id({ description: descriptions.queueId }),
    nextCampaignId: t.id({ description: descriptions.nextCampaignId }),
  }),
})

builder.mutationFields((t) => ({
  campaignCreate: t.field({
    type: CampaignPayload,
    description: 'Makes a campaign, in status STOP.',
    args: { input: t.arg({ type: CampaignCreateInput, required: true, description: 'The new campaign.' }) },
    resolve: (_root, { input }, { app, viewer }) => app.campaigns.create(viewer, input),
  }),
  campaignUpdate: t.field({
    type: CampaignPayload,
    description: 'Changes settings of a campaign, in any status. They count from the next decision of the dialer.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of a campaign, else NOT_FOUND.' }),
      input: t.arg({ type: CampaignUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input }, { app, viewer }) => app.campaigns.update(viewer, id, input),
  }),
  campaignDelete: t.field({
    type: CampaignPayload,
    description: 'Deletes a campaign. Only a campaign in status STOP can be deleted, else STATE_CONFLICT.',
    args: { id: t.arg.id({ required: true, description: 'The id of a campaign, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.campaigns.delete(viewer, id),
  }),
  campaignRun: t.field({
    type: CampaignPayload,
    description:
      'Starts to dial. Needs an outplan and an outdial, else BLANK. Nothing happens when it runs already. What its texts will lack is in the warnings.',
    args: { id: t.arg.id({ required: true, description: 'The id of a campaign, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.campaigns.run(viewer, id),
  }),
  campaignStop: t.field({
    type: CampaignPayload,
    description: 'Stops dialing. Calls in flight are left to finish; the campaign is STOPPING until they have.',
    args: { id: t.arg.id({ required: true, description: 'The id of a campaign, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.campaigns.stop(viewer, id),
  }),
}))

import { builder } from '../builder.ts'
import { HangupReasonEnum } from '../enums.ts'
import { sized } from '../price-tags.ts'
import { CampaignStatsRef, HangupReasonCountRef } from '../refs.ts'

builder.objectType(CampaignStatsRef, {
  description: 'Counted as transitions happen, so reading it costs the same for ten targets and ten million.',
  fields: (t) => ({
    targetsTotal: t.int({
      description: 'Targets of the outdial, without deleted ones; 0 without an outdial.',
      resolve: (stats) => stats.targetsIdle + stats.targetsProgressing + stats.targetsDone,
    }),
    targetsIdle: t.exposeInt('targetsIdle', { description: 'Targets that wait to be dialed, or dialed again.' }),
    targetsProgressing: t.exposeInt('targetsProgressing', { description: 'Targets with a call in flight.' }),
    targetsDone: t.exposeInt('targetsDone', { description: 'Targets that are reached, or have no try left.' }),
    callsTotal: t.exposeInt('callsTotal', { description: 'Campaigncalls so far, those in flight included.' }),
    callsDialing: t.exposeInt('callsDialing', { description: 'Calls that are not answered yet.' }),
    callsProgressing: t.exposeInt('callsProgressing', { description: 'Calls that are answered and not over.' }),
    callsDone: t.int({
      description: 'Calls that are over.',
      resolve: (stats) => stats.callsTotal - stats.callsDialing - stats.callsProgressing,
    }),
    success: t.exposeInt('success', { description: 'Calls that ended with result SUCCESS.' }),
    fail: t.exposeInt('fail', { description: 'Calls that ended with result FAIL.' }),
  }),
})

builder.objectFields(CampaignStatsRef, (t) => ({
  answered: t.exposeInt('answered', { description: 'Calls that were answered, those in progress included.' }),
  abandoned: t.exposeInt('abandoned', { description: 'Calls that ended ABANDONED.' }),
  answerRate: t.float({
    nullable: true,
    description: 'answered / (callsTotal - callsDialing), 0 to 1; null while that is 0.',
    resolve: (stats) => share(stats.answered, stats.callsTotal - stats.callsDialing),
  }),
  abandonRate: t.float({
    nullable: true,
    description: 'abandoned / answered, 0 to 1; null before the first answer.',
    resolve: (stats) => share(stats.abandoned, stats.answered),
  }),
  hangupReasons: t.field({
    type: [HangupReasonCountRef],
    extensions: sized(14),
    description: 'How often calls ended with each reason; reasons that did not occur may be omitted.',
    resolve: ({ hangupReasons }) => hangupReasons,
  }),
}))

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

builder.objectType(HangupReasonCountRef, {
  description: 'How often calls ended with one reason.',
  fields: (t) => ({
    reason: t.field({ type: HangupReasonEnum, description: 'The reason.', resolve: ({ reason }) => reason }),
    count: t.exposeInt('count', { description: 'Calls that ended with it.' }),
  }),
})

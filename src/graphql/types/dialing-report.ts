import { builder } from '../builder.ts'
import { DialBlockerEnum } from '../enums.ts'
import { DialingReportRef } from '../refs.ts'

builder.objectType(DialingReportRef, {
  description: 'Why the dialer is or is not placing calls for a campaign at this moment.',
  fields: (t) => ({
    blockedBy: t.field({
      type: DialBlockerEnum,
      nullable: true,
      description: 'What prevents another call now; null while calls are being placed.',
      resolve: ({ blockedBy }) => blockedBy,
    }),
    message: t.exposeString('message', { description: 'One sentence for a person.' }),
    availableAgents: t.exposeInt('availableAgents', {
      nullable: true,
      description: 'Agents of the queue with status AVAILABLE; null without a queue.',
    }),
    dialing: t.exposeInt('dialing', {
      description: "Calls in DIALING over the queue's pool; without a queue, of the campaign.",
    }),
    allowed: t.exposeInt('allowed', {
      description:
        'Calls that pacing and all limits together would allow to start now, 0 to 10000, regardless of how many targets there are.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next waiting target becomes due, if one waits.',
      resolve: ({ nextAttemptAt }) => nextAttemptAt,
    }),
  }),
})

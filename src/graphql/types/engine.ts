import { builder } from '../builder.ts'
import { EngineStateEnum } from '../enums.ts'
import { payloadOf } from '../payload.ts'
import { isRow } from '../price-tags.ts'
import { EngineRef } from '../refs.ts'

builder.objectType(EngineRef, {
  description: 'The dialer engine of this database, whichever process runs it.',
  extensions: isRow,
  fields: (t) => ({
    state: t.field({
      type: EngineStateEnum,
      description: 'What it does now. An engine without a heartbeat for 10 s counts as STOPPED.',
      resolve: ({ state }) => state,
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description:
        'Why it is HALTED or waiting, for a person. While RUNNING it is null, unless calls could not be handed over in time and are placed one at a time.',
    }),
    driver: t.exposeString('driver', {
      description: 'Name of the telephony driver: simulator, asterisk or freeswitch. Empty before the first start.',
    }),
    term: t.exposeInt('term', {
      description: 'Rises by one each time an engine takes over this database; 0 before the first.',
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it took over; null before the first start.',
      resolve: ({ startedAt }) => startedAt,
    }),
    heartbeatAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the engine last wrote its state; it does so at every change and every 2 s.',
      resolve: ({ heartbeatAt }) => heartbeatAt,
    }),
    here: t.exposeBoolean('here', { description: 'Whether the process that answers this query runs it.' }),
    callsInFlight: t.exposeInt('callsInFlight', {
      description: 'Campaigncalls that are not DONE, over all campaigns.',
    }),
    adopted: t.exposeInt('adopted', {
      description: 'Calls found alive at the carrier after a restart or a lost connection, since the start.',
    }),
    unknown: t.exposeInt('unknown', { description: 'Calls that ended UNKNOWN, since the start.' }),
  }),
})

builder.queryField('engine', (t) =>
  t.field({
    type: EngineRef,
    description: 'What the dialer engine is doing, and why it does not dial if it does not.',
    resolve: (_root, _args, { app, viewer }) => app.engines.get(viewer),
  }),
)

const EnginePayload = payloadOf('EnginePayload', 'engine', EngineRef)

builder.mutationField('engineResume', (t) =>
  t.field({
    type: EnginePayload,
    description: `
Lets a HALTED engine resume after the cause was removed, and returns the state that the engine then reports. A cause that
persists halts it again. An engine that is RUNNING is returned unchanged; any other state is STATE_CONFLICT.
`.trim(),
    resolve: (_root, _args, { app, viewer }) => app.engines.resume(viewer),
  }),
)

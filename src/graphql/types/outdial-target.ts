import type { Campaigncall } from '../../domain/campaigncall.ts'
import type { OutdialTarget } from '../../domain/outdial-target.ts'
import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import { OutdialTargetStatusEnum } from '../enums.ts'
import { implementConnection, pageArguments } from '../pagination.ts'
import { bounded, isRow, sized } from '../price-tags.ts'
import { readsOnly, refersTo, rowReadsOf } from '../references.ts'
import {
  AddressRef,
  CampaigncallConnectionRef,
  NodeRef,
  OutdialRef,
  OutdialTargetConnectionRef,
  OutdialTargetDestinationRef,
  OutdialTargetEdgeRef,
  OutdialTargetFilterRef,
  OutdialTargetRef,
} from '../refs.ts'
import { implementTimes } from '../times.ts'

builder.objectType(OutdialTargetRef, {
  description: 'One person of a list, with up to five destinations.',
  interfaces: [NodeRef],
  fields: (t) => ({
    outdial: t.field({
      type: OutdialRef,
      description: 'The list it is on.',
      ...refersTo('outdial', 'outdialId'),
    }),
    name: t.exposeString('name', { description: 'Up to 255 characters; may be empty.' }),
    detail: t.exposeString('detail', { description: 'Notes for people, up to 2000 characters.' }),
    data: t.exposeString('data', {
      description:
        'Opaque text of the caller, up to 10000 characters, returned as it was given and available to actions.',
    }),
    status: t.expose('status', {
      type: OutdialTargetStatusEnum,
      description: 'Whether it waits, is being dialed, or is done.',
    }),
    destinations: t.expose('destinations', {
      type: [OutdialTargetDestinationRef],
      extensions: sized(2),
      description: 'Up to five, dialed in the order of their index.',
    }),
    lastAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last attempt ended; null when it was never tried.',
      // The house keeps 0 for "never", so that those who were never tried come first in an index.
      extensions: readsOnly<OutdialTarget>('lastAttemptAt'),
      resolve: ({ lastAttemptAt }) => lastAttemptAt || null,
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the target becomes due again; null when it is due now or never.',
      resolve: (target, _args, { loaders }) => loaders.nextAttemptAt.load(target),
    }),
    campaigncalls: t.field({
      type: CampaigncallConnectionRef,
      description: 'Its calls, oldest first.',
      args: pageArguments,
      extensions: readsOnly<OutdialTarget>('id'),
      resolve: ({ id }, args, { loaders }, info) =>
        loaders
          .callsOf('outdialTargetId', { ...args, orderBy: 'CREATED_AT_ASC' }, rowReadsOf<Campaigncall>(info))
          .load(id),
    }),
  }),
})
implementTimes(OutdialTargetRef, 'target')

builder.objectType(OutdialTargetDestinationRef, {
  description: 'One address of a target, and how often it was tried.',
  extensions: isRow,
  fields: (t) => ({
    index: t.exposeInt('index', { description: '0 to 4. The lowest with a try left is dialed.' }),
    address: t.expose('address', { type: AddressRef, description: 'Where to call.' }),
    tryCount: t.exposeInt('tryCount', { description: 'Tries since the address was set or the target last reset.' }),
  }),
})

implementConnection('targets', OutdialTargetRef, OutdialTargetConnectionRef, OutdialTargetEdgeRef)

builder.inputType(OutdialTargetFilterRef, {
  description: 'Which targets are listed: those that match every field given here.',
  fields: (t) => ({
    status: t.field({
      type: [OutdialTargetStatusEnum],
      extensions: bounded(limits.filterValuesMax),
      description: 'In one of these statuses; any when omitted.',
    }),
    address: t.string({ description: 'The exact E.164 number or address of any destination.' }),
    includeDeleted: t.boolean({ required: true, defaultValue: false, description: 'Whether deleted ones are listed.' }),
  }),
})

builder.queryField('outdialTarget', (t) =>
  t.field({
    type: OutdialTargetRef,
    nullable: true,
    description: 'Returns the target with this id, also a deleted one. Null if no target has this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of a target.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.outdialTarget.load(id),
  }),
)

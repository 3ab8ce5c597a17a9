import type { Outcome } from '../../app/api.ts'
import type { AddressInput } from '../../app/requests.ts'
import type { Outdial } from '../../domain/outdial.ts'
import { destinationCountMax, type OutdialTarget } from '../../domain/outdial-target.ts'
import { limits } from '../../limits.ts'
import { builder } from '../builder.ts'
import { OutdialTargetsResetWhichEnum } from '../enums.ts'
import { payloadOf, userErrorsDescription } from '../payload.ts'
import { bounded, sized } from '../price-tags.ts'
import { AddressInputRef, OutdialRef, OutdialTargetRef, UserErrorRef } from '../refs.ts'

const OutdialTargetPayload = payloadOf('OutdialTargetPayload', 'outdialTarget', OutdialTargetRef)

const OutdialTargetsPayload = builder
  .objectRef<Outcome<{ readonly outdial: Outdial; readonly targets: readonly OutdialTarget[] | null }>>(
    'OutdialTargetsPayload',
  )
  .implement({
    description: 'What came of adding targets. With userErrors, none was added.',
    fields: (t) => ({
      outdial: t.field({
        type: OutdialRef,
        nullable: true,
        description: 'The list after the mutation; null when there is none.',
        resolve: ({ value }) => value?.outdial,
      }),
      targets: t.field({
        type: [OutdialTargetRef],
        extensions: sized('page'),
        nullable: true,
        description:
          'The targets in the order they were given, those that were there already included; null with userErrors.',
        resolve: ({ value }) => value?.targets,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        extensions: sized(2),
        description: userErrorsDescription,
        resolve: ({ errors }) => errors,
      }),
    }),
  })

const OutdialTargetsResetPayload = builder
  .objectRef<Outcome<{ readonly outdial: Outdial; readonly resetCount: number | null }>>('OutdialTargetsResetPayload')
  .implement({
    description: 'What came of a reset.',
    fields: (t) => ({
      outdial: t.field({
        type: OutdialRef,
        nullable: true,
        description: 'The list after the mutation; null when there is none.',
        resolve: ({ value }) => value?.outdial,
      }),
      resetCount: t.int({
        nullable: true,
        description: 'How many targets were changed; null with userErrors.',
        resolve: ({ value }) => value?.resetCount,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        extensions: sized(2),
        description: userErrorsDescription,
        resolve: ({ errors }) => errors,
      }),
    }),
  })

const OutdialTargetInput = builder.inputType('OutdialTargetInput', {
  description: 'A new target, in status IDLE.',
  fields: (t) => ({
    id: t.id({
      description:
        "A UUID of the caller's choice; made by the server when left out. The same target may be sent again.",
    }),
    name: t.string({ required: true, defaultValue: '', description: 'Up to 255 characters; may be empty.' }),
    detail: t.string({ required: true, defaultValue: '', description: 'Notes for people, up to 2000 characters.' }),
    data: t.string({
      required: true,
      defaultValue: '',
      description:
        'Text of up to 10000 characters, handed on character for character. Where it is the JSON of an object, actions may name its fields.',
    }),
    destinations: t.field({
      type: [AddressInputRef],
      extensions: bounded(destinationCountMax),
      required: { list: true, items: false },
      description:
        'One to five; a null leaves that index empty. None, or only nulls, is BLANK; more are LIMIT_EXCEEDED.',
    }),
  }),
})

const OutdialTargetUpdateInput = builder.inputType('OutdialTargetUpdateInput', {
  description: 'What is left out stays as it is; an explicit null is BLANK.',
  fields: (t) => ({
    name: t.string({ description: 'Up to 255 characters; may be empty.' }),
    detail: t.string({ description: 'Notes for people, up to 2000 characters.' }),
    data: t.string({
      description:
        'Text of up to 10000 characters, handed on character for character. Where it is the JSON of an object, actions may name its fields.',
    }),
    destinations: t.field({
      type: [AddressInputRef],
      extensions: bounded(destinationCountMax),
      required: { list: false, items: false },
      description: 'All of them, one to five; a null leaves that index empty. A changed address starts at try count 0.',
    }),
  }),
})

/** Pothos takes an element of a list for one that may be left out, which GraphQL does not know: it is null then. */
function orNull(address: AddressInput | null | undefined): AddressInput | null {
  return address ?? null
}

builder.mutationFields((t) => ({
  outdialTargetsAdd: t.field({
    type: OutdialTargetsPayload,
    description: `Adds targets to the end of a list. At most ${limits.targetsPerAddMax} at once, else LIMIT_EXCEEDED. All or nothing.`,
    args: {
      outdialId: t.arg.id({ required: true, description: 'The id of an outdial, else NOT_FOUND.' }),
      targets: t.arg({
        type: [OutdialTargetInput],
        required: true,
        extensions: bounded(limits.targetsPerAddMax),
        description: 'The new targets, in order.',
      }),
    },
    resolve: (_root, { outdialId, targets }, { app, viewer }) =>
      app.outdialTargets.add(
        viewer,
        outdialId,
        targets.map((target) => ({ ...target, destinations: target.destinations.map(orNull) })),
      ),
  }),
  outdialTargetUpdate: t.field({
    type: OutdialTargetPayload,
    description:
      'Changes a target. Destinations can be changed while no call is in flight, else STATE_CONFLICT; a changed address starts at try count 0.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of a target, else NOT_FOUND.' }),
      input: t.arg({ type: OutdialTargetUpdateInput, required: true, description: 'What changes.' }),
    },
    resolve: (_root, { id, input: { destinations, ...input } }, { app, viewer }) =>
      app.outdialTargets.update(
        viewer,
        id,
        destinations === undefined ? input : { ...input, destinations: destinations?.map(orNull) ?? null },
      ),
  }),
  outdialTargetDelete: t.field({
    type: OutdialTargetPayload,
    description: 'Deletes a target: it is never dialed again. STATE_CONFLICT while a call for it is in flight.',
    args: { id: t.arg.id({ required: true, description: 'The id of a target, else NOT_FOUND.' }) },
    resolve: (_root, { id }, { app, viewer }) => app.outdialTargets.delete(viewer, id),
  }),
  outdialTargetsReset: t.field({
    type: OutdialTargetsResetPayload,
    description: `
Makes targets IDLE again with all try counts at zero; when they were last tried is kept. Targets in progress are left
alone. Done in portions: repeating it after a failure is harmless.
`.trim(),
    args: {
      outdialId: t.arg.id({ required: true, description: 'The id of an outdial, else NOT_FOUND.' }),
      which: t.arg({
        type: OutdialTargetsResetWhichEnum,
        required: true,
        defaultValue: 'FAILED',
        description: 'Which of its targets.',
      }),
    },
    resolve: (_root, { outdialId, which }, { app, viewer }) => app.outdialTargets.reset(viewer, outdialId, which),
  }),
}))

import { builder } from '../builder.ts'
import { UserErrorCodeEnum } from '../enums.ts'
import { sized } from '../price-tags.ts'
import { UserErrorRef } from '../refs.ts'

builder.objectType(UserErrorRef, {
  description: `
Something the caller can correct. A mutation that reports one has changed nothing. Its object is null for NOT_FOUND
and for a refused creation; otherwise it is the object in its current state.
`.trim(),
  fields: (t) => ({
    code: t.field({
      type: UserErrorCodeEnum,
      description: 'What is wrong, for programs.',
      resolve: ({ code }) => code,
    }),
    field: t.field({
      type: ['String'],
      extensions: sized(4),
      description: `
Path into the arguments, for example ["input", "name"] or ["targets", "3", "destinations", "0", "target"]; where the
state of the object itself is the cause, the object's field, for example ["outdialId"].
`.trim(),
      resolve: ({ field }) => field,
    }),
    message: t.exposeString('message', { description: 'What is wrong, in one sentence for a person.' }),
  }),
})

import type { Outcome } from '../app/api.ts'
import { type BuilderTypes, builder } from './builder.ts'
import { sized } from './price-tags.ts'
import { UserErrorRef } from './refs.ts'

export const userErrorsDescription = 'What the caller can correct. Empty when the mutation was carried out.'

/** What a mutation of one object answers with: the object under the name of its kind, and what was wrong. */
export function payloadOf<Value extends object>(
  name: string,
  field: string,
  ref: PothosSchemaTypes.ObjectRef<BuilderTypes, Value>,
): PothosSchemaTypes.ObjectRef<BuilderTypes, Outcome<Value>> {
  const object: PothosSchemaTypes.ObjectRef<BuilderTypes, object> = ref
  return builder.objectRef<Outcome<Value>>(name).implement({
    description: `The result of a mutation of one ${field}. With userErrors, nothing was changed.`,
    fields: (t) => ({
      [field]: t.field({
        type: object,
        nullable: true,
        description: `The ${field} after the mutation. With userErrors: null for NOT_FOUND and for a refused creation, else in its current state.`,
        resolve: ({ value }) => value,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        extensions: sized(2),
        description: userErrorsDescription,
        resolve: ({ errors }) => errors,
      }),
    }),
  })
}

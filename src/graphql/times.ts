import { type BuilderTypes, builder } from './builder.ts'

interface Times {
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/** Gives a type the three instants that everything a person makes and deletes has. `noun` is what the type is, in words. */
export function implementTimes<Row extends Times>(ref: PothosSchemaTypes.ObjectRef<BuilderTypes, Row>, noun: string) {
  const timed: PothosSchemaTypes.ObjectRef<BuilderTypes, Times> = ref
  builder.objectFields(timed, (t) => ({
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: `When the ${noun} was created.`,
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: `When anything about the ${noun} itself last changed.`,
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: `When the ${noun} was deleted; null while it is not. A deleted object can still be read by its id.`,
    }),
  }))
}

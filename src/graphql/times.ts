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
    createdAt: t.field({
      type: 'DateTime',
      description: `When the ${noun} was created.`,
      resolve: (row) => row.createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: `When anything about the ${noun} itself last changed.`,
      resolve: (row) => row.updatedAt,
    }),
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: `When the ${noun} was deleted; null while it is not. A deleted object can still be read by its id.`,
      resolve: (row) => row.deletedAt,
    }),
  }))
}

import SchemaBuilder from '@pothos/core'
import type { Context } from './context.ts'
import { nullDefaultsName } from './null-defaults.ts'

/** Backing values of the scalars: what resolvers take and return. An instant is a number of milliseconds since 1970. */
type Scalars = {
  ID: { Input: string; Output: string }
  DateTime: { Input: number; Output: number }
  JSON: { Input: unknown; Output: unknown }
}

type SchemaTypes = {
  Context: Context
  DefaultFieldNullability: false
  Scalars: Scalars
}

/** Fields are not null unless they say so. Of an input with a default, null means the default. */
export const builder = new SchemaBuilder<SchemaTypes>({
  defaultFieldNullability: false,
  plugins: [nullDefaultsName],
})

/** The types as the builder has normalized them, for helpers that work on any ref. */
export type BuilderTypes = typeof builder.$inferSchemaTypes

import type { Context } from './context.ts'
import { type ByIdLoader, type Loaders, loadReference, loadRequired } from './loaders.ts'

/** The loaders of objects by their ids. */
export type ReferenceLoader = {
  [Name in keyof Loaders]: Loaders[Name] extends ByIdLoader<infer _> ? Name : never
}[keyof Loaders]

type Referred<Name extends ReferenceLoader> = Loaders[Name] extends ByIdLoader<infer Value> ? NonNullable<Value> : never

/** How a field finds the object that it refers to; the compiled execution loads those of many parents at once. */
export interface Reference {
  readonly loader: ReferenceLoader
  idOf(parent: unknown): string | null
}

const loaderOf = <Name extends ReferenceLoader>(loaders: Loaders, name: Name) =>
  loaders[name] as unknown as ByIdLoader<Referred<Name> | null>

/** For a field that refers to another object, which is always there: rows are never removed while others name them. */
export function refersTo<Name extends ReferenceLoader, Parent>(loader: Name, idOf: (parent: Parent) => string) {
  return {
    extensions: { reference: { loader, idOf } },
    resolve: (parent: Parent, _args: object, { loaders }: Context) =>
      loadRequired(loaderOf(loaders, loader), idOf(parent)),
  }
}

/** The same for a field that may be null. */
export function mayReferTo<Name extends ReferenceLoader, Parent>(
  loader: Name,
  idOf: (parent: Parent) => string | null,
) {
  return {
    extensions: { reference: { loader, idOf } },
    resolve: (parent: Parent, _args: object, { loaders }: Context) =>
      loadReference(loaderOf(loaders, loader), idOf(parent)),
  }
}

export function referenceOf({
  extensions,
}: {
  readonly extensions: Readonly<Record<string, unknown>>
}): Reference | null {
  return (extensions.reference as Reference | undefined) ?? null
}

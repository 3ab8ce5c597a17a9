import type { Reads } from '../app/api.ts'
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

/** For `extensions` of a field: the properties of its parent that its resolver reads, where it reads no others. */
export const readsOnly = <Row>(...names: readonly (keyof Row & string)[]) => ({ reads: names })

/** The properties of its parent that a field reads; null if that is not known. */
export function parentReadsOf({ extensions }: Extensible): readonly string[] | null {
  const { reads, pothosExposedField: exposed } = extensions
  if (typeof exposed === 'string') return [exposed]
  return (reads as readonly string[] | undefined) ?? null
}

/** What a compiled execution adds to the info of a resolver. */
interface CompiledInfo {
  readonly rowReads?: readonly string[] | null
}

/** The properties that are needed of the rows of a field, as its resolver was told; null for all. */
export function rowReadsOf<Row>(info: unknown): Reads<Row> {
  return ((info as CompiledInfo).rowReads ?? null) as Reads<Row>
}

interface Extensible {
  readonly extensions: Readonly<Record<string, unknown>>
}

const loaderOf = <Name extends ReferenceLoader>(loaders: Loaders, name: Name) =>
  loaders[name] as unknown as ByIdLoader<Referred<Name> | null>

/** For a field that refers to another object, which is always there: rows are never removed while others name them. */
export function refersTo<Name extends ReferenceLoader, Property extends string>(loader: Name, property: Property) {
  type Parent = { readonly [Id in Property]: string }
  const idOf = (parent: Parent): string => parent[property]
  return {
    extensions: { reference: { loader, idOf }, reads: [property] },
    resolve: (parent: Parent, _args: object, { loaders }: Context) =>
      loadRequired(loaderOf(loaders, loader), idOf(parent)),
  }
}

/** The same for a field that may be null. */
export function mayReferTo<
  Name extends ReferenceLoader,
  Property extends string,
  Parent extends object = { readonly [Id in Property]: string | null },
>(
  loader: Name,
  property: Property,
  idOf: (parent: Parent) => string | null = (parent) => (parent as { [Id in Property]: string | null })[property],
) {
  return {
    extensions: { reference: { loader, idOf }, reads: [property] },
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

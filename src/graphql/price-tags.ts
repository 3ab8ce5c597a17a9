/*
 * What an operation costs is reckoned before it is executed, out of what the schema declares here. Fields, arguments and
 * types carry these in their `extensions`; pricing.ts reads them, and refuses a schema in which a list has none.
 */

/**
 * How many elements a list is reckoned with: a number; what an argument says, or the length of the list in it; or as many
 * as the page has, or the mutation's input, that the parent object stands for. A number may be a guess: rows are counted
 * again as they are read.
 */
export type ListSize = number | { readonly argument: string } | 'page'

export interface FieldTag {
  readonly size?: ListSize
  /** Added to what the field costs by its type. */
  readonly extra?: number
}

export interface InputTag {
  /** Most elements of the list. */
  readonly max: number
}

export interface TypeTag {
  /** A row of a table of its own, and not a part of the row of its parent. */
  readonly row?: true
  /** A page, whose size stands in the arguments of the field that it is the value of. */
  readonly page?: true
}

/** For `extensions` of a field that is a list. */
export const sized = (size: ListSize) => ({ price: { size } satisfies FieldTag })
/** For `extensions` of a field that costs more than its type does. */
export const priced = (extra: number) => ({ price: { extra } satisfies FieldTag })
/** For `extensions` of an argument, or a field of an input, that is a list. */
export const bounded = (max: number) => ({ price: { max } satisfies InputTag })
/** For `extensions` of a type that is a row, though it has no id to be fetched by. */
export const isRow = { price: { row: true } satisfies TypeTag }
/** For `extensions` of the type of a connection. */
export const isPage = { price: { page: true } satisfies TypeTag }

interface Extensible {
  readonly extensions: Readonly<Record<string, unknown>>
}

export function fieldTag({ extensions }: Extensible): FieldTag {
  return (extensions.price as FieldTag | undefined) ?? {}
}

export function inputTag({ extensions }: Extensible): InputTag | null {
  return (extensions.price as InputTag | undefined) ?? null
}

export function typeTag({ extensions }: Extensible): TypeTag {
  return (extensions.price as TypeTag | undefined) ?? {}
}

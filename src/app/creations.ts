import { fingerprint } from '../kernel/cursor.ts'
import { refuse } from '../kernel/errors.ts'
import type { CreationKind } from '../store/contract/installations.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

export interface RepeatableCreation<Value> {
  readonly kind: CreationKind
  /** The id the caller chose; null makes every creation a new one. */
  readonly id: string | null | undefined
  /** The whole input but the id, after trimming and defaults. */
  readonly input: unknown
  readonly find: (id: string) => Promise<Value | null>
  readonly make: (id: string) => Promise<Value>
}

/**
 * Creates an object, or returns the one that the same creation made before, so that a caller who lost the answer can
 * repeat the request (docs/rules.md#repeatable-creations). The same id with another input, or of another object, is
 * TAKEN.
 */
export async function createRepeatably<Value>(
  unit: Unit,
  viewer: Viewer,
  { kind, id, input, find, make }: RepeatableCreation<Value>,
): Promise<Value> {
  if (id == null) return make(unit.makeId())
  const { customerId } = viewer
  const inputHash = fingerprint(withoutNulls(input))
  const [known] = await unit.tx.creations.byIds(customerId, [id])
  const found = known?.kind === kind && known.inputHash === inputHash ? await find(id) : null
  if (found !== null) return found
  const taken = known !== undefined || (await unit.tx.creations.taken(customerId, [id])).size > 0
  if (taken) refuse('TAKEN', ['input', 'id'], 'This id belongs to another object, or to another creation.')
  await unit.tx.creations.insert({ customerId, id, kind, inputHash })
  return make(id)
}

/** In a creation, a missing field and an explicit null mean the same. */
function withoutNulls(input: unknown): unknown {
  return JSON.parse(JSON.stringify(input, (_, value: unknown) => value ?? undefined))
}

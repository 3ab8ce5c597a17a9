import { createRandom, type Random } from '../../src/kernel/random.ts'

/** Dice of a simulation: one stream of numbers, asked in different ways. */
export interface Chance {
  readonly random: Random
  /** A whole number, both bounds included. */
  whole(min: number, max: number): number
  pick<Value>(values: readonly Value[]): Value
  /** True with that share of all throws. */
  happens(share: number): boolean
  list<Value>(min: number, max: number, make: (index: number) => Value): Value[]
  /** A UUID, for callers who choose the ids of what they create. */
  id(): string
}

/** Streams of the same seed with different names have nothing to do with each other. */
export function createChance(seed: number, name: string): Chance {
  let mixed = Math.imul(seed, 0x9e3779b1)
  for (let i = 0; i < name.length; i++) mixed = Math.imul(mixed ^ name.charCodeAt(i), 0x01000193)
  const random = createRandom(mixed)
  const whole = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const hex = (length: number) => Array.from({ length }, () => whole(0, 15).toString(16)).join('')
  return {
    random,
    whole,
    pick(values) {
      const value = values[whole(0, values.length - 1)]
      if (value === undefined && values.length === 0) throw new Error('nothing to pick from')
      return value as (typeof values)[number]
    },
    happens: (share) => random() < share,
    list: (min, max, make) => Array.from({ length: whole(min, max) }, (_, i) => make(i)),
    id: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  }
}

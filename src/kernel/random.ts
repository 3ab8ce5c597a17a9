/** A stream of numbers from 0 inclusive to 1 exclusive. */
export type Random = () => number

/** The same seed gives the same numbers, on every machine (mulberry32, 32 bits of state). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Exponential with the given mean. */
export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** Standard normal, by Box and Muller. */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Lognormal with the given mean and coefficient of variation. */
export function drawLognormal(random: Random, mean: number, variation: number): number {
  const variance = Math.log(1 + variation * variation)
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * drawNormal(random))
}

/** Gamma with a whole-number shape: the sum of that many exponentials. */
export function drawGamma(random: Random, shape: number, scale: number): number {
  let sum = 0
  for (let i = 0; i < shape; i++) sum += drawExponential(random, scale)
  return sum
}

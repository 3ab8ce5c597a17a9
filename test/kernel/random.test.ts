import { expect, test } from 'vitest'
import {
  createRandom,
  drawExponential,
  drawGamma,
  drawLognormal,
  drawNormal,
  type Random,
} from '../../src/kernel/random.ts'

const count = 40_000

/** Mean and standard deviation of many draws. */
function momentsOf(draw: (random: Random) => number) {
  const random = createRandom(7)
  const values = Array.from({ length: count }, () => draw(random))
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
  return { mean, deviation: Math.sqrt(variance), least: values.reduce((a, b) => Math.min(a, b)) }
}

test('the same seed gives the same numbers, another one others', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed)
    return [random(), random(), random()]
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(2)).not.toEqual(draw(1))
})

test('the numbers of a seed are what they are on every machine', () => {
  const random = createRandom(1)
  expect([random(), random(), random()].map((value) => Math.round(value * 2 ** 32))).toEqual([
    2693262067, 11749833, 2265367787,
  ])
})

test('numbers lie from 0 inclusive to 1 exclusive, evenly', () => {
  const { mean, deviation, least } = momentsOf((random) => random())
  expect(least).toBeGreaterThanOrEqual(0)
  expect(mean).toBeCloseTo(0.5, 2)
  expect(deviation).toBeCloseTo(Math.sqrt(1 / 12), 2)
})

test('an exponential has its mean, and as much deviation', () => {
  const { mean, deviation, least } = momentsOf((random) => drawExponential(random, 4))
  expect(mean).toBeCloseTo(4, 0)
  expect(deviation).toBeCloseTo(4, 0)
  expect(least).toBeGreaterThanOrEqual(0)
})

test('a standard normal has mean 0 and deviation 1', () => {
  const { mean, deviation } = momentsOf(drawNormal)
  expect(mean).toBeCloseTo(0, 1)
  expect(deviation).toBeCloseTo(1, 1)
})

test('a lognormal has the mean and the variation that are asked for', () => {
  const { mean, deviation, least } = momentsOf((random) => drawLognormal(random, 120, 0.9))
  expect(mean / 120).toBeCloseTo(1, 1)
  expect(deviation / mean).toBeCloseTo(0.9, 0)
  expect(least).toBeGreaterThan(0)
})

test('a gamma has shape × scale as its mean', () => {
  const { mean, deviation } = momentsOf((random) => drawGamma(random, 3, 2.8))
  expect(mean).toBeCloseTo(8.4, 0)
  expect(deviation).toBeCloseTo(Math.sqrt(3) * 2.8, 0)
})

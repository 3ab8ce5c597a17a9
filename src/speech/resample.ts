import { present } from '../kernel/assert.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Sound } from './wav.ts'

/** How many zero crossings of the filter are used on each side: enough that speech has no audible echo of what is above. */
const crossings = 16
/** Share of the band that is kept; the filter needs the rest to fall. */
const bandShare = 0.92
const sampleMax = 32_767
/** Samples that are made before others have the event loop: about three milliseconds of work. */
const samplesAtOnce = 8192

/**
 * The sound at another rate. What the lower rate cannot carry is taken out first (a windowed sinc), or it would come back as
 * noise. Ratios are exact: the filter is made once for each place that a sample can have between two others.
 */
export async function resample(sound: Sound, toRate: number, effects: Pick<Effects, 'yieldToLoop'>): Promise<Sound> {
  const { samples, sampleRate } = sound
  if (sampleRate === toRate) return sound
  const divisor = greatestCommonDivisor(sampleRate, toRate)
  const phaseCount = toRate / divisor
  const step = sampleRate / divisor
  const { halfWidth, filters } = createFilters(sampleRate, toRate, phaseCount)
  const made = new Int16Array(Math.floor((samples.length * toRate) / sampleRate))
  for (let place = 0; place < made.length; place++) {
    if (place % samplesAtOnce === samplesAtOnce - 1) await effects.yieldToLoop()
    const position = place * step
    const first = Math.floor(position / phaseCount) - halfWidth + 1
    const filter = present(filters[position % phaseCount], 'a filter for each phase')
    let sum = 0
    for (let tap = 0; tap < filter.length; tap++) sum += (filter[tap] ?? 0) * (samples[first + tap] ?? 0)
    made[place] = Math.round(Math.max(-sampleMax, Math.min(sampleMax, sum)))
  }
  return { sampleRate: toRate, samples: made }
}

function createFilters(fromRate: number, toRate: number, phaseCount: number) {
  /** Of the original rate: 1 would be all of its band. */
  const cutoff = Math.min(1, toRate / fromRate) * bandShare
  const halfWidth = Math.ceil(crossings / cutoff)
  const filters = Array.from({ length: phaseCount }, (_, phase) => {
    const filter = Float64Array.from({ length: 2 * halfWidth }, (_, tap) => {
      const distance = tap - halfWidth + 1 - phase / phaseCount
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / halfWidth)
      return cutoff * sinc(cutoff * distance) * window
    })
    const gain = filter.reduce((sum, tap) => sum + tap, 0)
    return filter.map((tap) => tap / gain)
  })
  return { halfWidth, filters }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

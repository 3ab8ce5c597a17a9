import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { resample } from '../../src/speech/resample.ts'
import { readWav, type Sound, writeWav } from '../../src/speech/wav.ts'

const effects = createSimulatedEffects()
const amplitude = 10_000

/** A second of a tone. */
function tone(frequencyHz: number, sampleRate: number): Sound {
  const sample = (_: unknown, place: number) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * place) / sampleRate))
  return { sampleRate, samples: Int16Array.from({ length: sampleRate }, sample) }
}

/** How loud a tone is in a sound, away from its ends. */
function loudness({ samples, sampleRate }: Sound, frequencyHz: number): number {
  const middle = samples.subarray(sampleRate / 4, (3 * sampleRate) / 4)
  let [real, imaginary] = [0, 0]
  middle.forEach((sample, place) => {
    real += sample * Math.cos((2 * Math.PI * frequencyHz * place) / sampleRate)
    imaginary += sample * Math.sin((2 * Math.PI * frequencyHz * place) / sampleRate)
  })
  return (2 * Math.hypot(real, imaginary)) / middle.length
}

describe('a sound at another rate', () => {
  test.each([22_050, 16_000, 24_000, 44_100, 48_000, 11_025, 6000])(
    'keeps what 8 kHz can carry, from %i Hz',
    async (rate) => {
      for (const frequencyHz of [300, 1000, 2000]) {
        const made = await resample(tone(frequencyHz, rate), 8000, effects)
        expect(made.sampleRate).toBe(8000)
        expect(made.samples).toHaveLength(8000)
        expect(loudness(made, frequencyHz)).toBeGreaterThan(0.98 * amplitude)
        expect(loudness(made, frequencyHz)).toBeLessThan(1.02 * amplitude)
      }
    },
  )

  test('loses what 8 kHz cannot carry, instead of folding it down', async () => {
    for (const frequencyHz of [4500, 6000, 7000]) {
      const made = await resample(tone(frequencyHz, 22_050), 8000, effects)
      expect(loudness(made, 8000 - frequencyHz)).toBeLessThan(0.01 * amplitude)
    }
  })

  test('of 8 kHz stays as it is', async () => {
    const sound = tone(440, 8000)
    expect(await resample(sound, 8000, effects)).toBe(sound)
  })
})

describe('a WAV file', () => {
  const sound: Sound = { sampleRate: 8000, samples: Int16Array.from([0, 1, -1, 32_767, -32_768]) }

  test('is read as it was written', () => {
    expect(readWav(writeWav(sound))).toEqual(sound)
  })

  test.each([
    ['too long, as in a pipe', 0x7ffff000],
    ['not given', 0],
    ['unknown', 0xffffffff],
  ])('whose length is %s is read to its end', (_what, length) => {
    const file = writeWav(sound)
    file.writeUInt32LE(length, 40)
    expect(readWav(file)).toEqual(sound)
  })

  test('with another chunk, of odd length, and two channels is mixed', () => {
    const file = writeWav({ sampleRate: 8000, samples: Int16Array.from([100, 200, -50, 50]) })
    file.writeUInt16LE(2, 22)
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1')
    const whole = Buffer.concat([file.subarray(0, 36), list, file.subarray(36)])
    expect(readWav(whole)).toEqual({ sampleRate: 8000, samples: Int16Array.from([150, 0]) })
  })

  test('of 8 bits, of no rate, or that is none, is not read', () => {
    const narrow = writeWav(sound)
    narrow.writeUInt16LE(8, 34)
    const timeless = writeWav(sound)
    timeless.writeUInt32LE(0, 24)
    for (const bytes of [narrow, timeless, writeWav(sound).subarray(0, 36), Buffer.from('<html>'), Buffer.alloc(0)])
      expect(readWav(bytes)).toBeNull()
  })
})

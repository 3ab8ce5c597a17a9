import { describe, expect, test } from 'vitest'
import { maskNumber, maskNumbers } from '../../src/kernel/log.ts'

describe('maskNumber', () => {
  test('keeps the first and the last few digits', () => {
    expect(maskNumber('+12025550123')).toBe('+1202***0123')
  })

  test('keeps nothing of a short one', () => {
    expect(maskNumber('5550123')).toBe('***')
  })
})

describe('maskNumbers', () => {
  test('masks numbers however they are written', () => {
    expect(maskNumbers('called +1 (202) 555-0123 from +4930901820')).toBe('called +1202***0123 from +4930***1820')
  })

  test('leaves UUIDs, instants and small numbers as they are', () => {
    const text = 'call 0198c0de-0000-7000-8000-000000000001 at 2026-01-05T09:00:00.000Z took 1500 ms, try 2'
    expect(maskNumbers(text)).toBe(text)
  })

  test('masks a number at the beginning and at the end', () => {
    expect(maskNumbers('+12025550123')).toBe('+1202***0123')
    expect(maskNumbers('to sip:+12025550123')).toContain('+1202***0123')
  })
})

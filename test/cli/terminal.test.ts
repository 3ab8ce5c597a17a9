import { expect, test } from 'vitest'
import { describeBytes, reportFailure } from '../../src/cli/terminal.ts'
import { StorageFailure } from '../../src/kernel/errors.ts'
import { captureOutput } from './support.ts'

test('a storage that fails is told of in its own words, with the exit code of its kind', async () => {
  const of = (kind: 'BUSY' | 'BROKEN' | 'DAMAGED') => new StorageFailure(`The storage is ${kind}.`, { kind })
  const { result, stderr } = await captureOutput(() => [
    reportFailure(of('BUSY')),
    reportFailure(of('BROKEN')),
    reportFailure(of('DAMAGED')),
  ])
  expect(result).toEqual([75, 70, 65])
  expect(stderr).toBe('The storage is BUSY.\nThe storage is BROKEN.\nThe storage is DAMAGED.\n')
})

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [437_567_488, '437.6 MB'],
  [2.5e12, '2.5 TB'],
  [1e16, '10000.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(describeBytes(bytes)).toBe(text)
})

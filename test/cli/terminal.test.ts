import { expect, test } from 'vitest'
import { describeBytes, reportFailure } from '../../src/cli/terminal.ts'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
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
  ['EMFILE', 78],
  ['ENFILE', 78],
  ['ENOSPC', 78],
  ['EDQUOT', 78],
  ['EROFS', 78],
  ['EACCES', 78],
  ['ENOENT', 70],
])('%s of the system ends a command with exit code %d', async (code, exitCode) => {
  const error = Object.assign(new Error(`${code}: what the system says, open '/some/file'`), { code })
  const { result, stderr } = await captureOutput(() => reportFailure(error))
  expect(result).toBe(exitCode)
  // One sentence, and no stack, where a person can put it right.
  if (exitCode === 78) expect(stderr).toMatch(/^[^\n]* \(E[A-Z]+: what the system says, open '\/some\/file'\)\.\n$/)
  else expect(stderr).toContain('defect of Dialgraph')
})

test('a disk that takes nothing ends a command with exit code 78', async () => {
  const { result } = await captureOutput(() => reportFailure(new RequestError('STORAGE_FULL', 'There is no room.')))
  expect(result).toBe(78)
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

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = `${import.meta.dirname}/..`

test('no module that tests share registers a hook when it is imported: it would run for the first file of a worker only', () => {
  const shared = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  )
  expect(shared.length).toBeGreaterThan(50)
  const hooked = shared.filter((path) => /^(before|after)(Each|All)\(/m.test(readFileSync(`${folder}/${path}`, 'utf8')))
  expect(hooked).toEqual([])
})

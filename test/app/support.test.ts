import { expect, test } from 'vitest'
import { givenOutdial } from '../support/given.ts'
import { expectRefused, givenWorld, leakOf } from './support.ts'

const harmless = [
  'This is longer than 255 characters.',
  'campaign_name is already taken',
  'A ratio is one of 100, 150.',
]
const telling = [
  'SQLITE_CONSTRAINT_UNIQUE',
  'UNIQUE constraint failed: campaign.name',
  'insert into "campaign" values (?)',
  'select "id" from "campaign"',
  'Error: no\n    at run (file.mjs:3:14)',
  'Cannot read /srv/dialgraph/data/dialgraph.sqlite',
  'see src/app/campaigns.ts',
  'expected undefined',
  ' ',
]

test('a message that tells of the machine is found out, and a sentence for people is not', () => {
  for (const message of telling) expect(leakOf(message), message).not.toBe(null)
  for (const message of harmless) expect(leakOf(message), message).toBe(null)
})

test('a refusal that changed something all the same is found out', async () => {
  const world = await givenWorld()
  const refusal = { value: null, errors: [{ code: 'TAKEN' as const, field: ['input', 'name'], message: 'Taken.' }] }
  await expectRefused(world, ['TAKEN input.name'], async () => refusal)
  const changing = expectRefused(world, ['TAKEN input.name'], async () => {
    await givenOutdial(world)
    return refusal
  })
  await expect(changing).rejects.toThrow('deeply equal')
})

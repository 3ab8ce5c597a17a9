import { expect, test } from 'vitest'
import { createCallOwners } from '../../../src/telephony/simulator/call-owners.ts'

test('the owner of a call that has ended is known for a while, that of one that lives for ever', () => {
  const owners = createCallOwners({ live: () => ['lives'], generationCallsMax: 10 })
  owners.set('lives', 'one')
  owners.set('has ended', 'two')
  for (let i = 0; i < 10; i++) owners.set(`first ${i}`, 'three')
  expect([owners.of('lives'), owners.of('has ended')]).toEqual(['one', 'two'])
  for (let i = 0; i < 100; i++) owners.set(`then ${i}`, 'three')
  expect([owners.of('lives'), owners.of('has ended')]).toEqual(['one', undefined])
  expect(owners.of('then 99')).toBe('three')
  expect(owners.of('then 80')).toBeUndefined()
})

test('more calls that live than a generation holds are all kept', () => {
  const live = Array.from({ length: 50 }, (_, i) => `lives ${i}`)
  let looks = 0
  const owners = createCallOwners({
    live: () => {
      looks++
      return live
    },
    generationCallsMax: 10,
  })
  for (const callId of live) owners.set(callId, 'one')
  for (let i = 0; i < 100; i++) owners.set(`ended ${i}`, 'two')
  expect(live.map((callId) => owners.of(callId))).toEqual(live.map(() => 'one'))
  // Once a generation, not once a call.
  expect(looks).toBeLessThanOrEqual(150 / 10)
})

test('a call that is placed anew belongs to who placed it; one that is asked for only when nobody has it', () => {
  const owners = createCallOwners({ live: () => [] })
  owners.adopt('a', 'one')
  owners.adopt('a', 'two')
  expect(owners.of('a')).toBe('one')
  owners.set('a', 'two')
  expect(owners.of('a')).toBe('two')
})

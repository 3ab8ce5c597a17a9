import { expect, test } from 'vitest'
import { createWorld } from './support.ts'

test('an answer that has arrived is read before a ring timeout that a stall has made late is judged', async () => {
  const { raw, effects, fake, stall, request, storyOf } = await createWorld()
  const of = request('1001', { ringTimeoutMs: 3000 })
  const asked = raw.originate(of)
  await effects.advance(200)
  expect(await asked).toEqual({ type: 'ACCEPTED' })
  stall()
  await effects.advance(20_000)
  expect(storyOf(of.callId).at(-1)).toBe('ANSWERED')
  expect(fake.commands.filter((command) => command.startsWith('api uuid_kill'))).toEqual([])
})

import { expect, test } from 'vitest'
import { startOnLine } from './line-support.ts'
import { request } from './support.ts'

test('an answer that has arrived is read before a ring timeout that a stall has made late is judged', async () => {
  const { start, stall, driver, effects, storyOf } = await startOnLine()
  await start()
  const asked = driver.originate(request('a', '1001', { ringTimeoutMs: 3000 }))
  await effects.advance(300)
  expect(await asked).toEqual({ type: 'ACCEPTED' })
  stall()
  await effects.advance(20_000)
  expect(storyOf('a').at(-1)).toBe('ANSWERED')
})

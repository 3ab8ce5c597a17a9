import { expect, test } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createFakeEsl } from './fake-esl.ts'
import { createWorld } from './support.ts'

/** A world in which what the switch says is read only when the event loop gets to it, while `stalled` is true. */
async function createStallingWorld() {
  const effects = createSimulatedEffects()
  const fake = createFakeEsl({ effects })
  const unread: (() => void)[] = []
  const socket = { stalled: false }
  const world = await createWorld({
    effects: {
      ...effects,
      breathe() {
        for (const read of unread.splice(0)) read()
        return effects.breathe()
      },
    },
    openWire: (listener) =>
      fake.openWire({
        ...listener,
        received(bytes) {
          if (socket.stalled) unread.push(() => listener.received(bytes))
          else listener.received(bytes)
        },
      }),
  })
  return { ...world, fake, socket, effects }
}

test('an answer that has arrived is read before a ring timeout that a stall has made late is judged', async () => {
  const { raw, effects, fake, socket, request, storyOf } = await createStallingWorld()
  const of = request('1001', { ringTimeoutMs: 3000 })
  const asked = raw.originate(of)
  await effects.advance(200)
  expect(await asked).toEqual({ type: 'ACCEPTED' })
  socket.stalled = true
  await effects.advance(20_000)
  expect(storyOf(of.callId).at(-1)).toBe('ANSWERED')
  expect(fake.commands.filter((command) => command.startsWith('api uuid_kill'))).toEqual([])
})

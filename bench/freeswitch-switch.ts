/** A fake FreeSWITCH in a process of its own, until whoever has started it is gone. */
import { createEffects } from '../src/kernel/effects.ts'
import { createFakeEsl } from '../test/telephony/freeswitch/fake-esl.ts'
import { scriptOf } from '../test/telephony/freeswitch/fake-scripts.ts'

/** By the last four digits, so that there are numbers enough. */
const { url } = await createFakeEsl({
  effects: createEffects(),
  scriptOf: (dialed) => scriptOf(dialed.slice(-4)),
}).listen()
process.send?.(url)
process.on('disconnect', () => process.exit())

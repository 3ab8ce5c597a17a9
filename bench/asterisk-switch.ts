/** A fake Asterisk in a process of its own, until whoever has started it is gone. */
import { startFakeAri } from '../test/telephony/asterisk/fake-ari.ts'

const asterisk = await startFakeAri()
process.send?.(asterisk.url)
process.on('disconnect', () => process.exit())

/** A fake Asterisk in a process of its own, until whoever has started it is gone. */
import { startFakeAri } from '../test/telephony/asterisk/fake-ari.ts'
import { recordedScripts } from '../test/telephony/asterisk/fake-script.ts'

/** By the last four digits, so that there are numbers enough. */
const scriptOf = (dialed: string) => recordedScripts[dialed.slice(-4)]
const asterisk = await startFakeAri({ scriptOf })
process.send?.(asterisk.url)
process.on('disconnect', () => process.exit())

/** The program as bin/dialgraph.js starts it, but out of its sources: a test needs no build. */
import { main } from '../../src/main.ts'

process.exitCode = await main(process.argv)

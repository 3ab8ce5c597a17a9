/** The program as bin/dialgraph.js starts it, without the build that this needs. */
import { main } from '../../src/main.ts'

process.exitCode = await main(process.argv)

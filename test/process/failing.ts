/** The program as bin/dialgraph.js starts it; with SIGUSR2 it meets an error that nobody expected. */
import { main } from '../../src/main.ts'

process.on('SIGUSR2', () => {
  throw new Error('an error that a test asked for')
})
process.exitCode = await main(process.argv)

import { takeEngineLock } from '../../src/store/sqlite/lock.ts'

takeEngineLock(process.argv[2] ?? '')
process.send?.('held')
// Stays until it is killed.
setInterval(() => {}, 60_000)

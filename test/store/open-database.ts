/** Opens the database that is named, in a process of its own, and ends with the exit code for what came of it. */
import { StartError } from '../../src/kernel/errors.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'

try {
  openDatabase({ file: process.argv[2] ?? '', create: false }).close()
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(error.message)
  process.exitCode = error.exitCode
}

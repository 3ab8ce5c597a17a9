import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addBackup } from './backup.ts'
import { addCall } from './call.ts'
import { addDemo } from './demo.ts'
import { addDoctor } from './doctor.ts'
import { addImport } from './import.ts'
import { addMigrate } from './migrate.ts'
import { addRestore } from './restore.ts'
import { addSchema } from './schema.ts'
import { addServe } from './serve.ts'
import { addSimulator } from './simulator.ts'
import type { SetExitCode } from './terminal.ts'

/** The command line: one file for each command. */
export function createProgram(setExitCode: SetExitCode): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const program = new Command('dialgraph').description(description).version(version).exitOverride().showHelpAfterError()
  const data = [addImport, addMigrate, addBackup, addRestore, addDoctor]
  for (const add of [addServe, addDemo, addSimulator, addCall, ...data, addSchema]) add(program, setExitCode)
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program)
  return program
}

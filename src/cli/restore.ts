import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { restoreDatabase } from '../store/sqlite/restore.ts'
import { describeBytes, print } from './terminal.ts'

/** dialgraph restore: a backup in the place of the database, whose engine then waits for a person. */
export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('Replace the database with a backup. Nothing may use the database meanwhile.')
    .argument('<file>', 'a file that backup made')
    .action(async (from: string) => {
      const { file } = readConfig().database
      const { bytes, keptAs, knownUntil } = await restoreDatabase({ from, file, effects: createEffects() })
      print(`Restored ${file} from ${from}: ${describeBytes(bytes)}, with nothing later than ${isoTime(knownUntil)}.`)
      if (keptAs !== null) print(`The previous database is kept as ${keptAs}.`)
      print(
        'No call is placed until engineResume. Compare first with the records of the carrier what was dialed since.',
      )
    })
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}

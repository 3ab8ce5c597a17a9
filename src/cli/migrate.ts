import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { migrateDatabase } from '../store/database.ts'
import { print } from './terminal.ts'

/** dialgraph migrate: what serve does to the database at its start, by itself. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database up to date. serve does so by itself.')
    .option('--create', 'make the database where there is none')
    .action(({ create }: { create?: boolean }) => {
      const { file, mayCreate } = readConfig().database
      const { applied } = migrateDatabase({ file, create: mayCreate || create === true })
      print(applied === 0 ? 'The database is up to date.' : `Applied ${applied} migration${applied === 1 ? '' : 's'}.`)
    })
}

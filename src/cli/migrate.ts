import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { migrateDatabase } from '../store/sqlite/database.ts'
import { print } from './terminal.ts'

/** dialgraph migrate: what serve does to the database at its start, by itself. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Apply pending migrations to the database. serve does so automatically.')
    .option('--create', 'create the database if it does not exist')
    .action(({ create }: { create?: boolean }) => {
      const { file, mayCreate } = readConfig().database
      const { applied } = migrateDatabase({ file, create: mayCreate || create === true })
      print(applied === 0 ? 'The database is up to date.' : `Applied ${applied} migration${applied === 1 ? '' : 's'}.`)
    })
}

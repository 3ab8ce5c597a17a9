import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { startDialgraph } from '../dialgraph.ts'
import { createCommandLog, print, untilSignalled } from './terminal.ts'

/** dialgraph serve: the API and the dialer, until it is asked to end. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run the API and the dialer until asked to end.')
    .option('--create', 'make the database where there is none')
    .action(async ({ create }: { create?: boolean }) => {
      const config = readConfig()
      const log = createCommandLog(config.logLevel)
      const signalled = untilSignalled()
      const mayCreate = config.database.mayCreate || create === true
      const dialgraph = await startDialgraph({ ...config, database: { ...config.database, mayCreate } }, log)
      print(`listening on ${dialgraph.url}`)
      print(`GraphiQL: ${dialgraph.url}/graphql`)
      const signal = await signalled
      log.info({ signal }, 'asked to end')
      await dialgraph.stop()
      log.info({}, 'ended')
    })
}

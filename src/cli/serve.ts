import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import type { StorageFailure } from '../kernel/errors.ts'
import { recordCrash } from '../server/crash-log.ts'
import { createCommandLog, exitCodeOf, exitCodes, heedSignals, print, reportFailure } from './terminal.ts'

interface ServeOptions {
  readonly create?: boolean
  readonly engine: boolean
}

/** dialgraph serve: the API and the dialer, until it is asked to end. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run the API and the dialer until asked to end.')
    .option('--create', 'create the database if it does not exist')
    .option('--no-engine', 'run only the API, beside the process that dials')
    .action(async (options: ServeOptions) => {
      const base = readConfig()
      const mayCreate = base.database.mayCreate || options.create === true
      const config = { ...base, database: { ...base.database, mayCreate } }
      if (options.engine) countCrashesOf(config)
      try {
        await serve(config, options.engine)
      } catch (error) {
        if (options.engine && exitCodeOf(error) === exitCodes.defect) noteCrash(config)
        throw error
      }
    })
}

async function serve(config: Config, engine: boolean): Promise<void> {
  const log = createCommandLog(config.logLevel)
  const { signalled } = heedSignals()
  const onBroken = (failure: StorageFailure) => {
    const code = reportFailure(failure)
    if (engine && code === exitCodes.defect) noteCrash(config)
    // Not an orderly end, which would go on using the file.
    process.exit(code)
  }
  // Not for other commands: to load all of it takes longer than most of them.
  const { startDialgraph } = await import('../dialgraph.ts')
  const dialgraph = await startDialgraph(config, log, { engine, onBroken })
  print(`listening on ${dialgraph.url}`)
  print(`GraphiQL: ${dialgraph.url}/graphql`)
  const signal = await signalled
  log.info({ signal }, 'asked to end')
  await dialgraph.stop()
  log.info({}, 'ended')
}

function noteCrash({ database }: Config): void {
  recordCrash(database.file, createEffects().now())
}

/** An end that nobody expected is noted, so that a program that ends again and again stops dialing (docs/rules.md#faults). */
function countCrashesOf(config: Config): void {
  const end = (error: unknown) => {
    noteCrash(config)
    reportFailure(error)
    process.exit(exitCodes.defect)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

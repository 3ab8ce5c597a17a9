import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { createCarrierServer } from '../telephony/simulator/carrier-server.ts'
import { createRequestLog } from '../telephony/simulator/request-log.ts'
import { createCommandLog, heedSignals, print } from './terminal.ts'

const defaultHost = '127.0.0.1'
const defaultPort = 4500
const portMax = 65_535

/** dialgraph simulator: the simulated carrier in a process of its own, until it is asked to end. */
export function addSimulator(program: Command): void {
  program
    .command('simulator')
    .description('Run the simulated carrier as a process of its own, for dialers with DIALGRAPH_SIMULATOR_URL.')
    .option('--port <port>', 'port to listen on; 0 takes a free one', readPort, defaultPort)
    .option('--host <host>', 'address to listen on; whoever reaches it can use the carrier', defaultHost)
    .option('--log <file>', 'append each request as a line of JSON, before it is acted on')
    .action(async ({ port, host, log: file }: { port: number; host: string; log?: string }) => {
      const config = readConfig()
      const log = createCommandLog(config.logLevel)
      const effects = createEffects()
      const requestLog = createRequestLog({ effects, file: file ?? null })
      const { seed, speed, answerRate } = config.simulated
      const server = createCarrierServer({ effects, log, host, port, requestLog, seed, speed, answerRate })
      const { url } = await server.start()
      const { signalled } = heedSignals()
      print(`listening on ${url}`)
      const signal = await signalled
      log.info({ signal }, 'asked to end')
      await server.stop()
      requestLog.close()
      log.info({}, 'ended')
    })
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= portMax) return Number(text)
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${portMax}.`)
}

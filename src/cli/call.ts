import { type Command, InvalidArgumentError } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { type Address, readNumber } from '../domain/address.ts'
import { createEffects, type Effects } from '../kernel/effects.ts'
import { StartError } from '../kernel/errors.ts'
import type { Driver } from '../telephony/driver.ts'
import { createDriver } from '../telephony/drivers.ts'
import {
  complain,
  createCommandLog,
  exitCodeOfSignal,
  exitCodes,
  heedSignals,
  print,
  type SetExitCode,
} from './terminal.ts'
import { createTestCall } from './test-call.ts'

interface CallOptions {
  readonly from?: string
  readonly ring: number
  readonly talk: number
}

const ringMaxSeconds = 120
const talkMaxSeconds = 3600
/** By which the switch ends the call when nobody here is left to do so. */
const safetyNetMs = 10_000

/** dialgraph call: one call to one number, to see whether the way out works. May run beside serve. */
export function addCall(program: Command, setExitCode: SetExitCode): void {
  program
    .command('call')
    .description('Place one test call and report its progress; nothing is stored.')
    .argument('<number>', 'number to call, for example +12025550100')
    .option('--from <number>', 'caller id; that of the trunk when omitted')
    .option('--ring <seconds>', 'how long it may ring', readSeconds(ringMaxSeconds), 30)
    .option('--talk <seconds>', 'how long it lasts after the answer', readSeconds(talkMaxSeconds), 5)
    .action(async (number: string, { from, ring, talk }: CallOptions) => {
      const config = readConfig()
      const effects = createEffects()
      const to = addressOf(number, config)
      const request = {
        ...{ callId: effects.id(), to, from: from === undefined ? noAddress : addressOf(from, config) },
        ...{ ringTimeoutMs: ring * 1000, maxDurationMs: talk * 1000 + safetyNetMs, tryCount: 1, variables: {} },
      }
      const driver = driverOf(config, effects)
      const call = createTestCall({ driver, effects, request, talkMs: talk * 1000, step: tell(effects) })
      const { signalled, ignore } = heedSignals()
      let code: number = exitCodes.configuration
      void signalled.then((signal) => {
        code = exitCodeOfSignal(signal)
        call.hangUp()
      })
      const result = await call.run().finally(ignore)
      // Whatever a call came to that was placed, the way out works.
      if (result.type === 'ENDED') return
      complain(`No call was placed: ${result.why}.`)
      setExitCode(code)
    })
}

const addressWith = (target: string): Address => ({ type: 'TEL', target, targetName: '', name: '', detail: '' })
const noAddress = addressWith('')

function addressOf(text: string, { defaultCountry }: Config): Address {
  const read = readNumber(text, defaultCountry)
  if ('number' in read) return addressWith(read.number)
  throw new StartError(`"${text}" cannot be called: ${read.problem}`, exitCodes.badData)
}

/** A driver of its own: the dialer that may be running keeps its application, and neither takes the calls of the other for its own. */
function driverOf(config: Config, effects: Effects): Driver {
  const installationId = effects.id()
  const log = createCommandLog(config.logLevel === 'info' ? 'error' : config.logLevel)
  const renderSpeech = () => Promise.reject(new Error('a test call says nothing'))
  return createDriver(config, { installationId, effects, log, renderSpeech, isSingleCall: true })
}

function tell(effects: Effects) {
  return (status: string, what: string) =>
    print(`${new Date(effects.now()).toISOString().slice(11, 23)}  ${status.padEnd(11)}  ${what}`)
}

function readSeconds(most: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`)
  }
}

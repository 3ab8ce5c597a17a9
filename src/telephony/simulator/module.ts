import { share, textThat, wholeNumber } from '../../kernel/variable-types.ts'
import { defineDriver } from '../driver-module.ts'
import { fine } from '../finding.ts'
import { createRemoteSimulator } from './remote-simulator.ts'
import { createSimulator } from './simulator.ts'

export interface SimulatorSettings {
  readonly speed: number
  readonly seed: number
  readonly answerRate: number
  /** Of a carrier that is a process of its own and has these settings itself; null for one in this process. */
  readonly url: string | null
}

/** ws://host:port and nothing else: the simulator knows neither paths nor passwords. */
function isSocketAddress(text: string): boolean {
  return /^ws:\/\/[^\s/?#@]+\/?$/.test(text) && URL.canParse(text)
}

export const simulator = defineDriver({
  name: 'simulator',
  variables: {
    DIALGRAPH_SIMULATOR_SPEED: wholeNumber(1, 1000).default(1),
    DIALGRAPH_SIMULATOR_SEED: wholeNumber(0, 2 ** 32 - 1).default(1),
    DIALGRAPH_SIMULATOR_ANSWER_RATE: share.default(0.3),
    DIALGRAPH_SIMULATOR_URL: textThat(
      isSocketAddress,
      'must be the address of a simulator, for example ws://127.0.0.1:4500',
    ).optional(),
  },
  required: [],
  callLimits: { callsPerSecond: 50, concurrentCallsMax: 1000 },
  settingsOf: (values): SimulatorSettings => ({
    speed: values.DIALGRAPH_SIMULATOR_SPEED,
    seed: values.DIALGRAPH_SIMULATOR_SEED,
    answerRate: values.DIALGRAPH_SIMULATOR_ANSWER_RATE,
    url: values.DIALGRAPH_SIMULATOR_URL ?? null,
  }),
  create: ({ url, ...settings }, { effects, log, installationId }) =>
    url === null
      ? createSimulator({ effects, ...settings })
      : createRemoteSimulator({ url, effects, log, installationId }),
  async examine({ url }) {
    const where = url === null ? 'is a part of the program' : `is asked at ${url}`
    return [fine('simulator', `The simulated carrier ${where}: nobody is really called.`)]
  },
  switchUrlOf: () => null,
  isInProcess: ({ url }) => url === null,
})

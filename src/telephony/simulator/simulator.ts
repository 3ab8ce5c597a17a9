import type { Effects } from '../../kernel/effects.ts'
import type { Driver, DriverListener } from '../driver.ts'
import { createCarrier, simulatedVerbs } from './carrier.ts'

export interface SimulatorOptions {
  readonly effects: Effects
  /** The same seed and the same requests give the same run. */
  readonly seed: number
  /** 1 to 1000: divides the carrier's ring, talk and speech times and the ring timeout handed to it. */
  readonly speed: number
  /** Share of unscripted calls that a person answers, 0 to 1. */
  readonly answerRate: number
}

/**
 * The driver of the simulated carrier in this process (docs/rules.md#simulated-carrier). News before `start` is lost. Since
 * nothing of the carrier outlives the process, `stop` hangs up its calls and settles once the listener has their news.
 */
export function createSimulator(options: SimulatorOptions): Driver {
  let listener: DriverListener | null = null
  const carrier = createCarrier({ ...options, report: (news) => listener?.news(news) })
  return {
    name: 'simulator',
    async start(heard) {
      listener = heard
      heard.connected()
    },
    async stop() {
      carrier.stop()
    },
    originate: async (request) => carrier.originate(request),
    lookup: async (callId) => carrier.lookup(callId),
    list: async () => carrier.list(),
    capabilities: simulatedVerbs,
    async perform(callId, command) {
      carrier.perform(callId, command)
    },
    async connect(callId, agent) {
      carrier.connect(callId, agent)
    },
    async withdraw(callId, agentId) {
      carrier.withdraw(callId, agentId)
    },
    async hangup(callId, reason) {
      carrier.hangup(callId, reason)
    },
    epoch: async () => carrier.epoch,
    health: async () =>
      carrier.stopped ? { ok: false, detail: 'simulated carrier, stopped' } : { ok: true, detail: 'simulated carrier' },
  }
}

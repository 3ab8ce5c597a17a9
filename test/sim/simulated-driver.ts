import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type {
  Driver,
  DriverListener,
  LookupAnswer,
  OriginateAnswer,
  OriginateRequest,
} from '../../src/telephony/driver.ts'
import { type Carrier, simulatedVerbs } from '../../src/telephony/simulator/carrier.ts'
import { never } from '../support/mortal-effects.ts'
import type { Ledger, RequestKind } from './ledger.ts'
import type { Network } from './network.ts'
import type { Owner } from './outside.ts'

export interface SimulatedDriverOptions {
  readonly effects: SimulatedEffects
  readonly ledger: Ledger
  readonly network: Network
  readonly owner: Owner
  /** The carrier of the moment: after a restart it is another one. */
  carrier(): Carrier
  isReachable(): boolean
  epoch(): string
  begin(heard: DriverListener): void
  end(): void
  originate(request: OriginateRequest): Promise<OriginateAnswer>
  lookUp(callId: string): LookupAnswer
}

/** The driver of one process: what it asks for leaves by the network, with a crash point before and after it. */
export function createSimulatedDriver(options: SimulatedDriverOptions): Driver {
  const { effects, ledger, network, carrier, isReachable } = options
  const { mortal, number } = options.owner

  /** A dead process hears no answer, and one that was stopped hears it later. */
  const settles = <Answer>(answer: Promise<Answer>) =>
    new Promise<Answer>((resolve, reject) =>
      answer.then(
        (value) => mortal.hear(() => resolve(value)),
        (error: unknown) => mortal.hear(() => reject(error as Error)),
      ),
    )

  function ask<Answer>(
    what: RequestKind,
    callId: string,
    send: () => Promise<Answer>,
    to: string | null = null,
  ): Promise<Answer> {
    const atMs = effects.monotonic()
    if (!mortal.passes('REQUEST')) return never()
    if (!isReachable()) return Promise.reject(new Error('the carrier cannot be reached'))
    ledger.note({ what, callId, atMs, process: number, to })
    const answer = send()
    // Of a process that dies here nobody hears whether it went wrong.
    answer.catch(() => {})
    return mortal.passes('REQUEST') ? settles(answer) : never()
  }

  const command = (what: RequestKind, callId: string, run: () => void, to: string | null = null): Promise<void> =>
    ask(what, callId, () => network.command(run), to)

  async function originate(request: OriginateRequest): Promise<OriginateAnswer> {
    const { callId, to } = request
    ledger.wants(callId)
    // Nothing leaves the machine.
    const refused: OriginateAnswer = { type: 'REJECTED', reason: 'FAILED' }
    const answer = isReachable()
      ? await ask('ORIGINATE', callId, () => options.originate(request), to.target).catch((error: unknown) => {
          ledger.refused(callId, number)
          throw error
        })
      : refused
    if (answer.type !== 'ACCEPTED') ledger.refused(callId, number)
    return answer
  }

  return {
    name: 'outside',
    async start(heard) {
      if (!mortal.alive) return never()
      options.begin(heard)
    },
    async stop() {
      options.end()
    },
    originate,
    lookup: (callId) => ask('LOOKUP', callId, () => network.lookup(() => options.lookUp(callId))),
    list: () => ask('LIST', '', () => network.answer(() => carrier().list())),
    capabilities: simulatedVerbs,
    perform(callId, asked) {
      const run = () => carrier().perform(callId, asked)
      if (asked.type === 'DIAL') return command('DIAL', asked.leg.legId, run)
      return asked.type === 'HANG_UP_LEG' ? command('HANGUP_LEG', asked.legId, run) : command('MEDIA', callId, run)
    },
    connect: (callId, agent) => command('CONNECT', callId, () => carrier().connect(callId, agent), agent.agentId),
    withdraw: (callId, agentId) => command('WITHDRAW', callId, () => carrier().withdraw(callId, agentId), agentId),
    hangup: (callId, reason) => command('HANGUP', callId, () => carrier().hangup(callId, reason)),
    epoch: async () => options.epoch(),
    health: async () => ({ ok: isReachable(), detail: 'outside' }),
  }
}

import type { Effects } from '../../src/kernel/effects.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Driver, DriverListener } from '../../src/telephony/driver.ts'
import { never } from '../support/mortal-effects.ts'
import type { Chance } from './chance.ts'
import { createLedger } from './ledger.ts'
import type { Outside, OutsideOptions, Owner } from './outside.ts'
import { createPeople, type People } from './people.ts'
import type { FaultRates, Scenario } from './scenario.ts'
import { createTruth, type Truth } from './truth.ts'

/** What a switch in a simulated world is made of. */
export interface SwitchStage {
  readonly effects: SimulatedEffects
  /** The same, with the switch's own clock, which does not jump with ours. */
  readonly own: Effects
  readonly chance: Chance
  readonly scenario: Scenario
  readonly people: People
  readonly truth: Truth
  /** What goes wrong at the moment. */
  rates(): FaultRates
  /** How long what is sent takes to arrive. */
  latencyMs(): number
  /** Whether whoever connects finds anybody. */
  isOpen(): boolean
  /** Nobody finds anybody for that long. */
  shut(durationMs: number): void
  readonly figures: { newsTold: number; newsLost: number; newsLate: number; answersLost: number }
}

/** A switch with its driver, and the way between them. */
export interface Switch {
  /** Its wires are in the hands of whoever made it: they tell nothing to a process that has died. */
  driverFor(owner: Owner): Driver
  /** Its channels, agents' phones among them. */
  live(): readonly string[]
  /** Breaks all connections, or lets them fall silent. */
  breakLines(silently: boolean): void
  /** Ends it, with a word for each call or without, and starts another one after that time. */
  restart(gently: boolean, downMs: number): void
}

/** The world outside of a driver of a real switch: the switch is a fake, the driver is the one that is released. */
export function createSwitchOutside(
  { effects, chance, scenario, lookAtFile }: OutsideOptions,
  createSwitch: (stage: SwitchStage) => Switch,
): Outside {
  const ledger = createLedger({ lookAtFile, effects })
  const truth = createTruth({ effects, ledger, live: () => of.live() })
  const startsAtMs = effects.now() - effects.monotonic()
  const figures = { newsTold: 0, newsLost: 0, newsLate: 0, answersLost: 0 }
  const noRates = Object.fromEntries(Object.keys(scenario.rates).map((name) => [name, 0])) as unknown as FaultRates
  let rates = scenario.rates
  let isCalm = scenario.calm
  let obstacles = 0
  let shutUntilMs = 0
  let carrierRestarts = 0
  /** Processes whose driver is connected. */
  const reachable = new Set<number>()

  const of = createSwitch({
    ...{ effects, chance, scenario, truth, figures, people: createPeople(chance) },
    own: { ...effects, now: () => startsAtMs + effects.monotonic() + scenario.carrierAheadMs },
    rates: () => rates,
    latencyMs: () => (isCalm ? 0 : chance.pick([0, 0, 0, 0, 0, 0, 1, 5, 150])),
    isOpen: () => obstacles === 0 && effects.monotonic() >= shutUntilMs,
    shut(durationMs) {
      shutUntilMs = Math.max(shutUntilMs, effects.monotonic() + durationMs)
    },
  })

  function lose(process: number): void {
    lookAtFile('')
    reachable.delete(process)
    truth.breaks()
  }

  /** Nobody finds the switch until that time is over. */
  function obstruct(durationMs: number): void {
    obstacles++
    effects.timer(durationMs, () => {
      obstacles--
    })
  }

  function listenerOf({ mortal, number }: Owner, heard: DriverListener): DriverListener {
    const whileAlive = (run: () => void) => {
      if (mortal.alive) run()
    }
    return {
      news: (news) =>
        whileAlive(() => {
          figures.newsTold++
          truth.hearNews(news, number)
          ledger.hears(news, number)
          heard.news(news)
        }),
      connected: () =>
        whileAlive(() => {
          reachable.add(number)
          truth.connected({ process: number, isAlive: () => mortal.alive && !mortal.stopped })
          ledger.connected(number)
          heard.connected()
        }),
      disconnected: (detail) =>
        whileAlive(() => {
          lose(number)
          heard.disconnected(detail)
        }),
    }
  }

  /** The driver, and everything that it is asked and says held against the truth. */
  function driverFor(owner: Owner): Driver {
    const { mortal, number } = owner
    const driver = of.driverFor(owner)
    void mortal.death.then(() => lose(number))
    const note = (what: 'LOOKUP' | 'LIST' | 'HANGUP' | 'DIAL', callId: string) =>
      ledger.note({ what, callId, process: number, atMs: effects.monotonic(), to: null })
    /** A dead process hears nothing. */
    const settles = <Answer>(asked: Promise<Answer>) =>
      asked.then(
        (answer) => (mortal.alive ? answer : never()),
        (error: unknown) => (mortal.alive ? Promise.reject(error as Error) : never()),
      )
    return {
      ...driver,
      start: (heard) => (mortal.alive ? driver.start(listenerOf(owner, heard)) : never()),
      async stop() {
        lose(number)
        await driver.stop()
      },
      async originate(request) {
        const { callId } = request
        truth.wanted(request)
        ledger.wants(callId)
        const answer = await settles(driver.originate(request)).catch((error: unknown) => {
          ledger.refused(callId, number)
          throw error
        })
        if (answer.type !== 'ACCEPTED') ledger.refused(callId, number)
        truth.hearAnswer(callId, answer, number)
        return answer
      },
      async lookup(callId) {
        note('LOOKUP', callId)
        const answer = await settles(driver.lookup(callId))
        truth.hearLookup(callId, answer)
        return answer
      },
      list() {
        note('LIST', '')
        return settles(driver.list())
      },
      hangup(callId, reason) {
        note('HANGUP', callId)
        return settles(driver.hangup(callId, reason))
      },
      perform(callId, command) {
        if (command.type !== 'DIAL') return driver.perform(callId, command)
        note('DIAL', command.leg.legId)
        return settles(driver.perform(callId, command))
      },
    }
  }

  return {
    ...{ requests: ledger.requests, news: ledger.news, refusals: ledger.refusals },
    ...{ findings: ledger.findings, answeredMs: truth.answeredMs, doubts: truth },
    ...{ placed: ledger.placed, wanted: ledger.wanted, endedUnplaced: ledger.endedUnplaced },
    connectionStarts: ledger.connectionStarts,
    heard: ledger.heard,
    figures: () => ({ ...figures, newsDoubled: 0, newsOvertaken: 0, carrierRestarts }),
    driverFor,
    // Its wires know it: they tell nothing to a dead process.
    hangUpLine() {},
    silence: truth.stalls,
    state: (process) => ({ connection: ledger.connectionOf(process), isReachable: reachable.has(process) }),
    live: () => of.live(),
    outage(durationMs) {
      obstruct(durationMs)
      of.breakLines(chance.happens(0.4))
      truth.breaks()
    },
    restart(downMs) {
      carrierRestarts++
      obstruct(downMs)
      truth.breaks()
      of.restart(chance.happens(0.4), downMs)
    },
    calm() {
      rates = noRates
      isCalm = true
      shutUntilMs = 0
    },
  }
}

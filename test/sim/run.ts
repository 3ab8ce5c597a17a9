import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { localViewer } from '../../src/app/viewer.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createCallers } from './callers.ts'
import { createChance } from './chance.ts'
import { createJudge, type Evidence } from './checker/judge.ts'
import { createCopies } from './copies.ts'
import { createCountedEffects } from './counted-effects.ts'
import { scenarioOf } from './draw.ts'
import { type CarrierName, createOutside } from './outside.ts'
import { createSupervisor } from './process.ts'
import { callDurationMaxMs, heartbeatMs } from './program.ts'
import { createRecipients } from './recipients.ts'
import type { Scenario, Step } from './scenario.ts'
import { createSubscribers } from './subscribers.ts'
import { createWitness, witnessedFile } from './witness.ts'
import { type CallerStep, createWorkload } from './workload.ts'

/** What a seed went through. */
export interface Figures {
  readonly dials: number
  readonly calls: number
  readonly transitions: number
  readonly processes: number
  readonly crashes: number
  readonly retirements: number
  readonly stalls: number
  readonly pauses: number
  readonly takeOvers: number
  /** Processes without an engine that ran beside the one that dials. */
  readonly writers: number
  readonly carrierRestarts: number
  readonly newsTold: number
  readonly newsLost: number
  readonly newsDoubled: number
  readonly newsLate: number
  readonly newsOvertaken: number
  readonly answersLost: number
  readonly callersRepeated: number
  readonly resumed: number
  readonly received: number
  readonly clockJumps: number
  readonly simulatedMs: number
}

export interface SeedReport {
  readonly seed: number
  readonly carrier: CarrierName
  /** What is wrong, each with its invariant first. */
  readonly findings: readonly string[]
  readonly figures: Figures
  /** All that was asked, committed, received and found: the same for the same seed. */
  readonly logs: readonly unknown[]
}

const clockApartMaxMs = 5000
const dayMs = 24 * 3600 * 1000

/** How far the wall clock is from what the engine goes by. */
function createClock(effects: SimulatedEffects) {
  let offsetMs = 0
  let agreedMs = 0
  let asked = 0
  return {
    jumps: 0,
    /** Nothing while a person is about to accept the time. */
    apartMs: () => (asked > 0 ? 0 : offsetMs - agreedMs),
    jump(ms: number): void {
      effects.jump(ms)
      const was = offsetMs - agreedMs
      offsetMs += ms
      this.jumps++
      // Small corrections are followed, one after the other.
      if (Math.abs(ms) <= clockApartMaxMs && Math.abs(was) <= clockApartMaxMs) agreedMs = offsetMs
      if (Math.abs(offsetMs - agreedMs) <= clockApartMaxMs) agreedMs = offsetMs
    },
    /** A new process takes the time as it is. */
    agree(): void {
      agreedMs = offsetMs
    },
    /** A person asks the engine to go on. */
    async accept(asking: Promise<boolean>): Promise<void> {
      asked++
      if (await asking) agreedMs = offsetMs
      asked--
    },
  }
}

/** Runs the scenario of a seed to its end, and judges it. */
export async function runSeed(seed: number, carrier: CarrierName = 'simulator'): Promise<SeedReport> {
  const { go, findings, figures, logs, close } = await createSimulation(scenarioOf(seed), carrier)
  try {
    await go()
  } catch (error) {
    findings.push(`RUN: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  const report = { seed, carrier, findings: [...new Set(findings)], figures: figures(), logs: logs() }
  await close()
  return report
}

/** A world that is ready to go through a scenario. */
export async function createSimulation(scenario: Scenario, carrier: CarrierName = 'simulator') {
  const { seed } = scenario
  const findings: string[] = []
  const effects = createCountedEffects(seed)
  const clock = createClock(effects)
  const file = await witnessedFile()
  const witness = createWitness(file, (process) => ({
    ...{ atMs: effects.monotonic(), process, apartMs: clock.apartMs(), clockSets: clock.jumps },
    ...outside.state(process),
  }))
  const outside = createOutside(carrier, {
    ...{ effects, scenario, chance: createChance(seed, 'outside') },
    lookAtFile(callId) {
      witness.look()
      return { row: callId === '' ? null : witness.call(callId), commitCount: witness.history.length }
    },
  })
  const recipients = createRecipients({
    ...{ effects, scenario, chance: createChance(seed, 'recipients') },
    lookAtFile(sendingId) {
      witness.look()
      const campaigncallId = sendingId === '' ? null : witness.callSending(sendingId)
      return { campaigncallId, commitCount: witness.history.length }
    },
  })
  const supervisor = createSupervisor({
    ...{ file, effects, scenario, outside, recipients, witness },
    complain(message, fields) {
      if (fields.cause === 'CLOCK' && clock.jumps > 0) return
      findings.push(`LOG: ${message}: ${String(fields.error ?? fields.reason ?? '')}`)
    },
    launched: clock.agree,
  })
  const callers = createCallers({ effects, supervisor, findings, chance: createChance(seed, 'callers') })
  const commitCount = () => {
    witness.look()
    return witness.history.length
  }
  const workload = createWorkload({ scenario, callers, findings, commitCount, chance: createChance(seed, 'workload') })
  const subscribers = createSubscribers({
    ...{ effects, supervisor, findings, chance: createChance(seed, 'subscribers') },
    logEnd: () => {
      witness.look()
      return witness.history.at(-1)?.entryEnd ?? 0
    },
  })
  const startsAt = effects.now() - effects.monotonic()
  const copies = createCopies({ file, effects, scenario, outside })
  const { concurrentCallsMax, callsPerSecond, rates, calm } = scenario
  const evidence: Evidence = {
    ...{ witness, requests: outside.requests, news: outside.news, refusals: outside.refusals },
    ...{ connections: outside, doubts: outside.doubts, answeredMs: outside.answeredMs },
    ...{ placed: outside.placed, wanted: outside.wanted, endedUnplaced: outside.endedUnplaced },
    ...{ received: subscribers.all, resets: workload.resets, statuses: workload.statuses },
    ...{ handed: recipients.handed, copies: copies.deeds, presence: supervisor.presence, startsAt },
    ...{ limits: { concurrentCallsMax, callsPerSecond }, callDurationMaxMs, isCalm: calm },
    isEngine: supervisor.isEngine,
  }
  const judge = createJudge(evidence)
  const pending = new Set<Promise<unknown>>()

  /** Lets time pass until something has happened that must happen. */
  async function drive<Value>(awaited: Promise<Value>): Promise<Value> {
    let settled = false
    const done = () => {
      settled = true
    }
    awaited.then(done, done)
    await effects.run({ until: () => settled })
    return awaited
  }

  function track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => findings.push(`RUN: ${error instanceof Error ? error.stack : String(error)}`))
      .finally(() => pending.delete(tracked))
    pending.add(tracked)
  }

  /** A person lets the engine go on, if it was stopped. */
  async function resume(): Promise<void> {
    const { app, mortal } = await supervisor.up()
    const answer = app.engines.resume(localViewer).then(({ value }) => value?.state !== 'HALTED')
    await clock.accept(Promise.race([answer, mortal.death.then(() => false)]))
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'PASS':
        return effects.advance(step.ms)
      case 'DIE':
        return supervisor.dieSoon(step)
      case 'STALL':
        return supervisor.stallSoon(step.place, () => effects.standStill(step.ms))
      case 'PAUSE':
        return supervisor.pause(step)
      case 'ACCOMPANY':
        return track(supervisor.accompany(step.ms, step.place))
      case 'COPY':
        return track((await copies.make(step)).ended)
      case 'RETIRE':
        return track(supervisor.retire(step.pauseMs))
      case 'OUTAGE':
        return outside.outage(step.ms)
      case 'CARRIER_RESTART':
        return outside.restart(step.downMs)
      case 'JUMP':
        witness.look()
        clock.jump(step.ms)
        effects.timer(step.settledAfterMs, () => {
          witness.look()
          if (step.accepted) track(resume())
          else clock.jump(-step.ms)
        })
        return
      default:
        track(workload.take(step as CallerStep))
    }
  }

  /** In a world without faults, whatever can happen has happened when nothing is left to happen but by time. */
  function judgePause(): void {
    witness.look()
    findings.push(...judge.readCommits(), ...judge.judgeNow(effects.monotonic()))
    if (
      calm &&
      callsPerSecond === 0 &&
      pending.size === 0 &&
      supervisor.isAlone &&
      judge.isSettled(effects.monotonic())
    )
      findings.push(...judge.judgePause(effects.now()))
  }

  /** The faults are over: a person lets a halted engine go on, and the world comes to rest. */
  async function comeToRest(): Promise<void> {
    outside.calm()
    recipients.calm()
    callers.lose(0)
    subscribers.calm()
    supervisor.calm()
    await drive(Promise.all(pending))
    const view = async () => (await supervisor.up()).app.engines.get(localViewer)
    const goOn = async () => {
      // Long enough for an engine to notice that its clock was set although nothing happened.
      await effects.advance(2 * heartbeatMs)
      if ((await drive(view())).state === 'HALTED') await drive(resume())
      await effects.run({ limitMs: 3 * dayMs })
    }
    await goOn()
    if (scenario.allHandsAtEnd) await drive(workload.allHands())
    await goOn()
    const { state, reason } = await drive(view())
    if (state !== 'RUNNING') findings.push(`I12: the engine is ${state}: ${reason}`)
    const alive = outside.live()
    if (alive.length > 0) findings.push(`I12: ${alive.length} calls live on at the carrier`)
  }

  return {
    findings,
    file,
    evidence,
    /** Everything once more, by a judge who has seen nothing of it yet. */
    judgeAnew(): string[] {
      const another = createJudge(evidence)
      return [...another.readCommits(), ...another.judgeRest(effects.now())]
    },
    /** Runs the scenario to its end, and judges it. */
    async go(): Promise<void> {
      supervisor.launch()
      await drive(supervisor.up())
      callers.lose(rates.callerAnswerLost)
      await drive(workload.setUp())
      const ids = { campaigns: workload.campaigns.map((campaign) => campaign.id), queues: workload.queueIds }
      for (const plan of scenario.subscribers) await subscribers.add(plan, ids)
      await effects.settle()
      judgePause()
      for (const { step, alone } of scenario.steps) {
        await take(step)
        if (!alone && step.do !== 'PASS') continue
        await effects.settle()
        judgePause()
      }
      await comeToRest()
      witness.look()
      findings.push(...judge.readCommits(), ...judge.judgeNow(effects.monotonic()))
      findings.push(...judge.judgeRest(effects.now()), ...outside.findings)
    },
    figures: (): Figures => ({
      ...{ dials: outside.requests.filter((of) => of.what === 'ORIGINATE').length },
      ...witness.counts(),
      ...supervisor.figures,
      ...outside.figures(),
      callersRepeated: callers.figures.repeated,
      ...subscribers.figures,
      ...{ clockJumps: clock.jumps, simulatedMs: effects.monotonic() },
    }),
    /** Everything that was said and done, for whoever compares two runs. */
    logs: () => [...outside.requests, ...witness.log(), ...subscribers.all, ...findings],
    async close(): Promise<void> {
      await supervisor.close()
      witness.close()
      rmSync(dirname(file), { recursive: true, force: true })
    },
  }
}

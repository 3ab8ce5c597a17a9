import type { Log, LogFields } from '../../src/kernel/log.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { type CrashPlace, createMortalEffects, type MortalEffects } from '../support/mortal-effects.ts'
import type { Outside } from './outside.ts'
import { createPresence } from './presence.ts'
import { type Program, startProgram } from './program.ts'
import type { Recipients } from './recipients.ts'
import type { Scenario, Step } from './scenario.ts'
import type { Witness } from './witness.ts'

export interface SupervisorOptions {
  readonly file: string
  readonly effects: SimulatedEffects
  readonly scenario: Scenario
  readonly outside: Outside
  readonly recipients: Recipients
  readonly witness: Witness
  /** Takes what the program itself says is wrong. */
  complain(message: string, fields: LogFields): void
  /** Told of each process with an engine as it begins. */
  launched(): void
}

/** A process from the moment at which it is started, whether or not it has come up. */
interface Body {
  readonly number: number
  readonly mortal: MortalEffects
  /** The program once it is up. */
  program: Program | null
  store: Store | null
  /** What it complains of is what it should: its database was taken over. */
  isOusted: boolean
}

/** A process that was stopped for longer ends by itself some time after it found that another has taken over. */
const oustedLivesMs = 8000

/**
 * Keeps one process with an engine running on the file: when it dies, another one is started after a while. Others may run
 * beside it for a time: one without an engine, or one that was stopped while another has taken over.
 */
export function createSupervisor(options: SupervisorOptions) {
  const { file, effects, scenario, outside, recipients, witness } = options
  const figures = { processes: 0, crashes: 0, retirements: 0, stalls: 0, pauses: 0, takeOvers: 0, writers: 0 }
  const presence = createPresence(effects.monotonic)
  /** The process that dials, or is about to. */
  let life: Body | null = null
  /** All that are alive, the one that dials among them. */
  const bodies = new Set<Body>()
  const withoutEngine = new Set<number>()
  let pauseMs = 0
  let armed: CrashPlace | null = null
  let isCalm = false
  let waiting: (() => void)[] = []

  const current = (): Program | null =>
    life?.program != null && !life.mortal.stopped && life.mortal.alive ? life.program : null

  function wakeWaiting(): void {
    if (current() === null) return
    const ready = waiting
    waiting = []
    for (const resolve of ready) resolve()
  }

  function logOf(body: Body): Log {
    const complain = (fields: LogFields, message: string) => {
      if (body.mortal.alive && !body.isOusted) options.complain(message, fields)
    }
    return { debug() {}, info() {}, warn() {}, error: complain }
  }

  function makeBody(): Body {
    const mortal = createMortalEffects(effects)
    const body: Body = { number: ++figures.processes, mortal, program: null, store: null, isOusted: false }
    bodies.add(body)
    void mortal.death.then(() => bury(body))
    return body
  }

  async function start(body: Body, hasEngine: boolean): Promise<Program | null> {
    const { number, mortal } = body
    if (!hasEngine) withoutEngine.add(number)
    const log = logOf(body)
    const program = await startProgram(
      {
        ...{ file, effects, scenario, mortal, number, log, witness },
        committing() {
          for (const other of bodies) if (other !== body) other.program?.othersCommitted()
        },
        driverFor: hasEngine ? outside.driverFor : null,
        sender: recipients.senderFor({ mortal, number }),
      },
      (store) => {
        body.store = store
      },
    )
    if (!mortal.alive) return null
    body.program = program
    return program
  }

  function startComplained(body: Body, starting: Promise<unknown>): void {
    starting.catch((error: unknown) => {
      if (body.mortal.alive && !body.isOusted) options.complain('a process could not be started', { error })
    })
  }

  function launch(): void {
    const body = makeBody()
    life = body
    options.launched()
    if (armed !== null) body.mortal.trap(armed, body.mortal.die)
    armed = null
    startComplained(
      body,
      start(body, true).then((program) => {
        if (program === null || life !== body) return
        presence.begin(body.number)
        wakeWaiting()
      }),
    )
  }

  /** The files of a dead process are closed, as the kernel does. */
  async function bury(body: Body): Promise<void> {
    bodies.delete(body)
    presence.end(body.number)
    outside.hangUpLine(body.number)
    const wasLife = life === body
    if (wasLife) {
      figures.crashes++
      life = null
    }
    await close(body)
    if (wasLife) startAgain()
  }

  async function close(body: Body): Promise<void> {
    const { store } = body
    body.program = null
    body.store = null
    await store?.close()
    witness.look()
  }

  function startAgain(): void {
    effects.timer(pauseMs, launch)
    pauseMs = 0
  }

  function resume(body: Body): void {
    if (!body.mortal.stopped) return
    if (life === body && body.program !== null) presence.begin(body.number)
    body.mortal.resume(figures.pauses % 2 === 0 ? 'TIMERS' : 'NEWS')
    wakeWaiting()
    if (body.isOusted) effects.timer(oustedLivesMs, body.mortal.die)
  }

  /** Another process takes over from one that is stopped: where the lock does not hold what it should, as on a network share. */
  function takeOver(body: Body): void {
    if (life !== body || !body.mortal.stopped || !body.mortal.alive) return
    figures.takeOvers++
    body.isOusted = true
    launch()
  }

  return {
    figures,
    presence,
    launch,
    /** From now on nobody dies, and nobody is stopped. */
    calm(): void {
      armed = null
      isCalm = true
      for (const body of bodies) {
        body.mortal.disarm()
        resume(body)
        if (body !== life) body.mortal.die()
      }
    },
    get current() {
      return current()
    },
    /** True while the process that dials runs, nobody else is there, and it has seen every commit. */
    get isAlone() {
      return bodies.size === 1 && current()?.isBehind() === false
    },
    isEngine: (process: number) => !withoutEngine.has(process),
    /** The process that dials, or the next one that does. */
    async up(): Promise<Program> {
      for (;;) {
        const program = current()
        if (program !== null) return program
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    /** Processes that answer callers besides the one that dials. */
    writers: (): Program[] =>
      [...bodies].flatMap(({ program, mortal }) =>
        program !== null && program.engine === null && mortal.alive ? program : [],
      ),
    /** Lets the process die at a crash point from now on, or once that time is over; the next one too, if that is asked. */
    dieSoon({ place, withinMs, pauseMs: pause, again }: DeathWarrant): void {
      const body = life
      if (body === null) return
      const { mortal } = body
      pauseMs = pause
      armed = again
      mortal.trap(place, mortal.die)
      effects.timer(withinMs, () => {
        if (mortal.alive && life === body && !isCalm) mortal.die()
      })
    },
    /** Lets the process stand still at a crash point from now on, for as long as `stand` takes. */
    stallSoon(place: CrashPlace, stand: () => void): void {
      const body = life
      body?.mortal.trap(place, () => {
        figures.stalls++
        witness.look()
        presence.skip(body.number, stand)
      })
    },
    /** Stops the process, as SIGSTOP does: now, or where it lets others have the event loop. */
    pause({ breath, ms, takeOverAfterMs }: Pause): void {
      const body = life
      if (body === null || current() === null) return
      const stop = () => {
        if (isCalm || life !== body || current() === null) return
        figures.pauses++
        presence.end(body.number)
        outside.silence(ms)
        body.mortal.stop()
        if (takeOverAfterMs !== null) effects.timer(takeOverAfterMs, () => takeOver(body))
        effects.timer(ms, () => resume(body))
      }
      if (breath === null) stop()
      else body.mortal.trap({ kind: 'BREATH', count: breath }, stop)
    },
    /** Runs the API alone beside the process that dials, for so long. */
    async accompany(ms: number, place: CrashPlace | null): Promise<void> {
      figures.writers++
      const body = makeBody()
      if (place !== null) body.mortal.trap(place, body.mortal.die)
      effects.timer(ms, body.mortal.die)
      startComplained(body, start(body, false))
    },
    /** Asks the process to end, as SIGTERM does, and starts another one after it. */
    async retire(pause: number): Promise<void> {
      const body = life
      if (body === null || current() === null) return
      const { mortal, program } = body
      body.program = null
      presence.end(body.number)
      const ended = await Promise.race([program?.engine?.stop().then(() => true), mortal.death.then(() => false)])
      if (ended !== true || !mortal.alive) return
      figures.retirements++
      life = null
      await close(body)
      mortal.die()
      pauseMs = pause
      startAgain()
    },
    /** Ends the simulation. */
    async close(): Promise<void> {
      life = null
      for (const body of [...bodies]) {
        body.mortal.die()
        await close(body)
      }
    },
  }
}

export type DeathWarrant = Extract<Step, { do: 'DIE' }>
export type Pause = Extract<Step, { do: 'PAUSE' }>

export type Supervisor = ReturnType<typeof createSupervisor>

import type { Outcome } from '../../src/app/api.ts'
import type { App } from '../../src/app/app.ts'
import { localViewer, type Viewer } from '../../src/app/viewer.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Chance } from './chance.ts'
import type { Supervisor } from './process.ts'
import type { Program } from './program.ts'

export interface CallersOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly supervisor: Supervisor
  readonly findings: string[]
}

/** What is asked. */
export type Question<Value> = (app: App, viewer: Viewer) => Promise<Value>

/**
 * Those who call the API. Whoever gets no answer, because it was lost or because the process has died, asks again where that
 * is harmless: a creation has an id of the caller's choice.
 */
export function createCallers({ effects, chance, supervisor, findings }: CallersOptions) {
  const figures = { asked: 0, repeated: 0 }
  let lostShare = 0

  const pause = (ms: number) => new Promise<void>((resolve) => effects.timer(ms, resolve))

  /** Somebody who answers: the process that dials, or one beside it. */
  async function anybody(): Promise<Program> {
    const writers = supervisor.writers()
    return writers.length > 0 && chance.happens(0.6) ? chance.pick(writers) : supervisor.up()
  }

  /** The answer, or null where none came. */
  async function askOnce<Value>(question: Question<Value>): Promise<Value | null> {
    const { app, mortal } = await anybody()
    figures.asked++
    const answer = question(app, localViewer).then(
      (value) => value,
      (error: unknown) => {
        if (mortal.alive) findings.push(`LOG: a caller was answered with an error: ${String(error)}`)
        return null
      },
    )
    const heard = await Promise.race([answer, mortal.death.then(() => null)])
    return mortal.alive && !chance.happens(lostShare) ? heard : null
  }

  return {
    figures,
    /** From now on that share of the answers is lost. */
    lose(share: number): void {
      lostShare = share
    },
    once: askOnce,
    /** Asks until there is an answer. */
    async patiently<Value>(question: Question<Value>): Promise<Value> {
      for (;;) {
        const answer = await askOnce(question)
        if (answer !== null) return answer
        figures.repeated++
        await pause(chance.pick([0, 20, 3000]))
      }
    },
    /** A creation that must succeed, however often it is repeated. */
    async create<Value extends { readonly id: string }>(
      id: string,
      question: Question<Outcome<Value>>,
    ): Promise<Value> {
      const { value, errors } = await this.patiently(question)
      if (value === null || errors.length > 0) throw new Error(`a creation was refused: ${JSON.stringify(errors)}`)
      if (value.id !== id) findings.push(`5.6: a creation with the id ${id} made ${value.id}`)
      return value
    },
  }
}

export type Callers = ReturnType<typeof createCallers>

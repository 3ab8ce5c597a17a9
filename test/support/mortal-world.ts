import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Sending } from '../../src/domain/sending.ts'
import { present } from '../../src/kernel/assert.ts'
import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Driver, LookupAnswer } from '../../src/telephony/driver.ts'
import { scripted } from './given.ts'
import { createMortalEffects, never } from './mortal-effects.ts'
import { createScriptedDriver, type ScriptedDriver } from './scripted-driver.ts'
import { createWorld, temporaryFile, type WorldOptions } from './world.ts'

export interface MortalOptions extends Pick<WorldOptions, 'seed' | 'callsPerSecond' | 'app' | 'sender'> {
  readonly driver: (effects: SimulatedEffects) => Driver
}

/** What a process that dies is given, and the next one too. */
export interface MortalWorldOptions extends WorldOptions {
  readonly effects: SimulatedEffects
  readonly driver: Driver
  readonly file: string
}

/** A process that can die; the file, the clock and the carrier live on. */
async function createMortalWorld(options: MortalWorldOptions) {
  const mortal = createMortalEffects(options.effects)
  const { sender } = options
  const mortalSender = sender && {
    ...sender,
    send: (sending: Sending) => (mortal.passes('REQUEST') ? sender.send(sending) : never()),
  }
  const world = await createWorld({
    ...{ ...options, effects: mortal.effects, onStatement: mortal.beforeStatement },
    ...(mortalSender && { sender: mortalSender }),
  })
  let dead = false
  return {
    world,
    /** Lets the process die in the middle of its work: at its n-th crash point from now on, counted from 0. */
    dieAtPoint: (count: number) => mortal.trap({ kind: 'ANY', count }, mortal.die),
    /** Nothing of the process runs from here on, and its files are closed. */
    async die() {
      dead = true
      mortal.die()
      await world.store.close()
    },
    async close() {
      if (!dead) await world.close()
    },
  }
}

async function givenMortal(options: MortalWorldOptions) {
  const { world, dieAtPoint, die, close } = await createMortalWorld(options)
  onTestFinished(close)
  return {
    world,
    dieAtPoint,
    effects: options.effects,
    die,
    /** Another process on the same file, with the same carrier. */
    restart: (other: Pick<WorldOptions, 'startEngine'> = {}) => givenMortal({ ...options, ...other }),
  }
}

/** A world whose process can die and be started again. */
export function givenMortalWorld(options: MortalOptions) {
  const effects = createSimulatedEffects({ seed: options.seed ?? 1 })
  const file = temporaryFile()
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
  return givenMortal({ ...options, effects, driver: options.driver(effects), file })
}

/** The same with a carrier that does what the test says, and nothing else. */
export async function givenScriptedMortal(options: Omit<MortalOptions, 'driver'> = {}) {
  const made: ScriptedDriver[] = []
  const mortal = await givenMortalWorld({
    ...options,
    driver(effects) {
      const carrier = createScriptedDriver(effects)
      made.push(carrier)
      return carrier.driver
    },
  })
  return { ...mortal, carrier: present(made[0], 'a carrier that was just made') }
}

/** What a carrier says of a call that it still has. */
export const ringing: LookupAnswer = { type: 'LIVE', state: 'RINGING' }
export const talking: LookupAnswer = { type: 'LIVE', state: 'ANSWERED' }

const number = scripted(95)
const plan = { dialTimeoutMs: 20_000, tryIntervalMs: 60_000, maxTryCounts: [3] }

/** A campaign that has one call in flight when its dialer dies, and another target to wait for. */
export const restartCase = {
  number,
  plan,
  one: { people: [[number], [number]], plan, campaign: { concurrentCallsMax: 1 } },
}

import { expect, onTestFinished } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createScriptedDriver } from './scripted-driver.ts'
import { createStallingEffects } from './stalling-effects.ts'
import { createWorld, type WorldOptions } from './world.ts'

/** A world for one test: closed after it, and not one error may have been logged in it. */
export async function givenWorld(options: WorldOptions = {}) {
  const world = await createWorld(options)
  onTestFinished(async () => {
    await world.close()
    expect(world.complaints.filter((of) => of.level === 'error')).toEqual([])
  })
  return world
}

/** The same with a carrier that does what the test says, in a process that can stand still. */
export async function givenStallingWorld(options: Omit<WorldOptions, 'driver' | 'effects'> = {}) {
  const { effects, arrive } = createStallingEffects(options.seed ?? 1)
  const carrier = createScriptedDriver(effects)
  const world = await givenWorld({ ...options, effects, driver: carrier.driver })
  return { world, carrier, standStill: effects.standStill, arrive }
}

/** The same with a carrier that does what the test says, and nothing else. */
export async function givenScriptedWorld(options: Omit<WorldOptions, 'driver' | 'effects'> = {}) {
  const effects = createSimulatedEffects({ seed: options.seed ?? 1 })
  const carrier = createScriptedDriver(effects)
  const world = await givenWorld({ ...options, effects, driver: carrier.driver })
  return { world, carrier }
}

import type { ScriptedDriver } from './scripted-driver.ts'
import type { World } from './world.ts'

/** What the API says of the engine. */
export const engineOf = ({ app, viewer }: World) => app.engines.get(viewer)

/** Asks the engine to go on, and lets happen what follows. */
export async function resume(world: World) {
  const asked = world.app.engines.resume(world.viewer)
  await world.settle()
  return asked
}

/** How many calls the carrier was asked for. */
export const originates = (carrier: Pick<ScriptedDriver, 'asked'>) =>
  carrier.asked.filter((of) => of.what === 'ORIGINATE').length

/** The complaints of the program so far, which are then none of the test any more. */
export const takeComplaints = (world: World) => world.complaints.splice(0).map((of) => of.message)

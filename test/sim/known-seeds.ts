import type { CarrierName } from './outside.ts'

/** Seeds at which the simulation has found a defect of the dialer: they run for ever. */
export const knownSeeds: Readonly<Record<CarrierName, readonly number[]>> = {
  simulator: [],
  asterisk: [1125],
  freeswitch: [],
}

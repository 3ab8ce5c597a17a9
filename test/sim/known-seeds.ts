import type { CarrierName } from './outside.ts'

/** Seeds at which the simulation has found a defect of the dialer that no shorter test holds: they run for ever. */
export const knownSeeds: Readonly<Record<CarrierName, readonly number[]>> = {
  simulator: [],
  asterisk: [],
  freeswitch: [],
}

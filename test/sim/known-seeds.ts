/** Seeds at which the simulation has found a defect of the dialer: they run for ever. */
export const knownSeeds: readonly number[] = [149, 381, 506, 958]

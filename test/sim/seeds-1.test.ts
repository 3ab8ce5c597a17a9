import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 40', seedsFrom(1, 40))

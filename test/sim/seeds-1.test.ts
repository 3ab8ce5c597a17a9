import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 32', seedsFrom(1, 32))

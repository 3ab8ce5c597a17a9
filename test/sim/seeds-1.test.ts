import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 45', seedsFrom(1, 45))

import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 125', seedsFrom(1, 125))

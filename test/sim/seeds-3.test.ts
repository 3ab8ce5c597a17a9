import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 81 to 125', seedsFrom(81, 45))

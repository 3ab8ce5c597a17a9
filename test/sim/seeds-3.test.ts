import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 91 to 135', seedsFrom(91, 45))

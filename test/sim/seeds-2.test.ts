import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 126 to 250', seedsFrom(126, 125))

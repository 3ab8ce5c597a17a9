import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 376 to 500', seedsFrom(376, 125))

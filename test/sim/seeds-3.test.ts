import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 251 to 375', seedsFrom(251, 125))

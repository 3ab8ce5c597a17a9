import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 136 to 180', seedsFrom(136, 45))

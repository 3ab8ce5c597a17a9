import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 41 to 80', seedsFrom(41, 40))

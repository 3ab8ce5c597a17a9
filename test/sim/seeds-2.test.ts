import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 46 to 90', seedsFrom(46, 45))

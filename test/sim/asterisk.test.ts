import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 14 over Asterisk', seedsFrom(1, 14), 'asterisk')

import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 50 over Asterisk', seedsFrom(1, 50), 'asterisk')

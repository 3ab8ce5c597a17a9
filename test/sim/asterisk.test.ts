import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 20 over Asterisk', seedsFrom(1, 20), 'asterisk')

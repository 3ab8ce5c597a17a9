import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 30 over Asterisk', seedsFrom(1, 30), 'asterisk')

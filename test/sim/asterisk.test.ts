import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 45 over Asterisk', seedsFrom(1, 45), 'asterisk')

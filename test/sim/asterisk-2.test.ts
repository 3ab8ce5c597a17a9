import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 51 to 100 over Asterisk', seedsFrom(51, 50), 'asterisk')

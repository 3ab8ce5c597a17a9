import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 51 to 100 over FreeSWITCH', seedsFrom(51, 50), 'freeswitch')

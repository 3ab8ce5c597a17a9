import { holdSeeds, seedsFrom } from './hold.ts'

holdSeeds('seeds 1 to 20 over FreeSWITCH', seedsFrom(1, 20), 'freeswitch')

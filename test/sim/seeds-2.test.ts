import { holdSeeds, seedsFrom } from './hold.ts'

// 125 has long lists and many campaigns.
holdSeeds('seeds 33 to 60, and 125', [...seedsFrom(33, 28), 125])

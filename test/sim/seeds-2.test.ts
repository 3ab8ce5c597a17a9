import { holdSeeds, seedsFrom } from './hold.ts'

// 125 has long lists and many campaigns.
holdSeeds('seeds 41 to 80, and 125', [...seedsFrom(41, 40), 125])

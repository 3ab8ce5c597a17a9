import type { Switch, SwitchStage } from './switch-outside.ts'

export function createAsteriskSwitch(_stage: SwitchStage): Switch {
  throw new Error('not yet')
}

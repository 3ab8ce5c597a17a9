import type { Defect } from '../planted.ts'
import { agentDefects } from './agents.ts'
import { choiceDefects } from './choice.ts'
import { dialerDefects } from './dialer.ts'
import { driverDefects } from './drivers.ts'
import { latenessDefects } from './lateness.ts'
import { orderDefects } from './order.ts'
import { processDefects } from './processes.ts'
import { sendingDefects } from './sendings.ts'

/** Every deliberate defect: a checker that cannot find one of them is worth nothing where it should. */
export const defects: readonly Defect[] = [
  ...dialerDefects,
  ...agentDefects,
  ...choiceDefects,
  ...latenessDefects,
  ...orderDefects,
  ...sendingDefects,
  ...processDefects,
  ...driverDefects,
]

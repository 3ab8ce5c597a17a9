import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { Random } from '../../kernel/random.ts'
import type { CallNews } from '../driver.ts'

export interface ReorderingOptions {
  readonly effects: Effects
  readonly random: Random
  /** The longest time that news is held back if no later news overtakes it. */
  readonly holdMs: number
  readonly deliver: (news: CallNews) => void
}

/**
 * Delivers every piece of a call's news exactly twice, and out of order: the next piece overtakes one copy of the last
 * one, or both, as chance has it. A hangup overtakes all that is held back, the answer too, and is the last to come.
 * Returns the function that takes the news in.
 */
export function createReordering({ effects, random, holdMs, deliver }: ReorderingOptions): (news: CallNews) => void {
  let held: readonly CallNews[] = []
  let hungUp = false
  let cancelRelease: Cancel = () => {}

  function take(): readonly CallNews[] {
    cancelRelease()
    const taken = held
    held = []
    return taken
  }

  function release(): void {
    for (const news of take()) deliver(news)
  }

  return (news) => {
    const overtaken = take()
    // Nothing can be held back after the hangup: no later piece would bring it out before the carrier forgets the call.
    hungUp ||= news.type === 'HANGUP'
    const deliveredFirst = hungUp || random() < 0.5
    if (!hungUp) {
      held = deliveredFirst ? [news] : [news, news]
      cancelRelease = effects.timer(holdMs, release)
    }
    if (deliveredFirst) deliver(news)
    for (const older of overtaken) deliver(older)
    if (hungUp) deliver(news)
  }
}

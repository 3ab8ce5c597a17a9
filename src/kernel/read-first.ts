import type { Effects } from './effects.ts'

/**
 * The same effects with timers that first let the event loop read the sockets, and that do not fire if the input
 * cancels them. After a stall, Node runs late timers before it reads what has arrived, so an answer that came in time
 * would be taken for missing (docs/rules.md#news-first). For every timer that detects a missing answer.
 */
export function readFirst<Given extends Pick<Effects, 'timer' | 'yieldToLoop'>>(effects: Given): Given {
  return {
    ...effects,
    timer(delayMs, run, options) {
      let isCancelled = false
      const cancel = effects.timer(
        delayMs,
        () => {
          void effects.yieldToLoop().then(() => {
            if (!isCancelled) run()
          })
        },
        options,
      )
      return () => {
        isCancelled = true
        cancel()
      }
    },
  }
}

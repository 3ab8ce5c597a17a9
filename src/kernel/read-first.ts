import type { Effects } from './effects.ts'

/**
 * Effects whose timers let the event loop read before they run, and run only if nothing that was read has cancelled them.
 * After a stall a machine fires what is late before it reads what has arrived: without this an answer that came in time would
 * be judged as missing (behaviour 3.0). For whatever decides by time that something has not been heard.
 */
export function readFirst<Given extends Pick<Effects, 'timer' | 'breathe'>>(effects: Given): Given {
  return {
    ...effects,
    timer(delayMs, run, options) {
      let isCancelled = false
      const cancel = effects.timer(
        delayMs,
        () => {
          void effects.breathe().then(() => {
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

import type { Effects } from './effects.ts'

/** Resolves after that time, or as soon as the signal aborts. */
export function sleep(effects: Pick<Effects, 'timer'>, durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = effects.timer(durationMs, finish)
    signal.addEventListener('abort', finish)
  })
}

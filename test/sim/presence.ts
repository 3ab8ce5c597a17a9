/** When an engine was at work, on the monotonic clock: it ran, was not stopped, and time did not pass it by. */
export interface Presence {
  /** How many milliseconds between these two an engine was at work. */
  workedMs(fromMs: number, untilMs: number): number
}

export function createPresence(now: () => number) {
  const spans: { readonly process: number; readonly fromMs: number; untilMs: number }[] = []

  function begin(process: number): void {
    spans.push({ process, fromMs: now(), untilMs: Number.POSITIVE_INFINITY })
  }

  function end(process: number): void {
    for (let i = spans.length - 1; i >= 0; i--) {
      const span = spans[i]
      if (span?.process !== process) continue
      span.untilMs = Math.min(span.untilMs, now())
      return
    }
  }

  return {
    begin,
    end,
    /** Time passes while an engine that is at work stands still. */
    skip(process: number, pass: () => void): void {
      const isAtWork = spans.some((of) => of.process === process && of.untilMs === Number.POSITIVE_INFINITY)
      end(process)
      pass()
      if (isAtWork) begin(process)
    },
    workedMs(fromMs: number, untilMs: number): number {
      let sum = 0
      for (let i = spans.length - 1; i >= 0; i--) {
        const span = spans[i]
        if (span === undefined || span.untilMs < fromMs) break
        sum += Math.max(0, Math.min(span.untilMs, untilMs) - Math.max(span.fromMs, fromMs))
      }
      return sum
    },
  }
}

import type { Effects } from './effects.ts'

/** Resolves with the promise's value, or with null after the deadline. Rejects as the promise does. */
export async function inTime<Answer>(
  effects: Pick<Effects, 'timer'>,
  asked: Promise<Answer>,
  withinMs: number,
): Promise<Answer | null> {
  let cancel = () => {}
  const late = new Promise<null>((resolve) => {
    cancel = effects.timer(withinMs, () => resolve(null))
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    cancel()
  }
}

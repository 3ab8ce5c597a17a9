import type { Effects } from './effects.ts'

/** What was asked for, or null once it has had its time. A rejection stays one. */
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

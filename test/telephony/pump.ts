import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Driver } from '../../src/telephony/driver.ts'

/** Lets a simulated clock run for as long as something that was asked has no answer. */
export function createPump(effects: SimulatedEffects) {
  let awaited = 0
  let pumping: Promise<void> | null = null

  async function pump(): Promise<void> {
    await effects.settle()
    while (awaited > 0) await effects.advance(1)
    pumping = null
  }

  return {
    async of<Answer>(asked: Promise<Answer>): Promise<Answer> {
      awaited++
      pumping ??= pump()
      try {
        return await asked
      } finally {
        awaited--
      }
    },
    /** Settles when nothing is awaited: the clock has one who moves it at a time. */
    async rest(): Promise<void> {
      await pumping
    },
  }
}

type Method = (...given: unknown[]) => Promise<unknown>

/** The driver as one whose methods of these names answer without anybody moving the clock for them. */
export function withPump<Given extends Driver>(
  driver: Given,
  pump: ReturnType<typeof createPump>,
  names: readonly (keyof Driver)[],
): Given {
  const methods = driver as unknown as Record<string, Method | undefined>
  const pumped = names.flatMap((name) => {
    const method = methods[name]
    return method === undefined ? [] : [[name, (...given: unknown[]) => pump.of(method(...given))] as const]
  })
  return { ...driver, ...Object.fromEntries(pumped) }
}

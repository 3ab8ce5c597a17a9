export interface CallOwnersOptions {
  /** Ids of the calls whose owners may not be forgotten. */
  readonly live: () => readonly string[]
  readonly generationCallsMax?: number
}

/** Which installation each call belongs to, for the calls that live and for the latest of those that have ended. */
export interface CallOwners {
  set(callId: string, installationId: string): void
  /** For a call that nobody knows: it is refused by news, which has to find its way to who asked for something. */
  adopt(callId: string, installationId: string): void
  of(callId: string): string | undefined
}

const generationCallsMaxDefault = 100_000

/**
 * There is late news of calls that have ended, so their owners are kept for a while: two generations of them. When the
 * younger one is full it becomes the older one, which is forgotten but for the calls that still live.
 */
export function createCallOwners(options: CallOwnersOptions): CallOwners {
  const { live, generationCallsMax = generationCallsMaxDefault } = options
  let older: ReadonlyMap<string, string> = new Map()
  let younger = new Map<string, string>()
  let fullAt = generationCallsMax

  const of = (callId: string) => younger.get(callId) ?? older.get(callId)

  function turn(): void {
    const kept = new Map<string, string>()
    for (const callId of live()) {
      const installationId = of(callId)
      if (installationId !== undefined) kept.set(callId, installationId)
    }
    older = younger
    younger = kept
    fullAt = kept.size + generationCallsMax
  }

  function set(callId: string, installationId: string): void {
    if (younger.size >= fullAt) turn()
    younger.set(callId, installationId)
  }

  return {
    of,
    set,
    adopt(callId, installationId) {
      if (of(callId) === undefined) set(callId, installationId)
    },
  }
}

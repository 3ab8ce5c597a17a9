export interface RequestQueueOptions {
  /** Most requests in progress at once. */
  readonly underWayMax: number
  /** Of these, requests for new calls: the others are about people who are on the line. */
  readonly newCallsUnderWayMax: number
}

export interface RequestQueue {
  /** Requests for new calls that wait for a connection. */
  readonly newCallsWaiting: number
  /** Requests for new calls that would start at once. */
  readonly newCallsRoom: number
  /**
   * Starts a request when there is room for it, perhaps before this returns. Requests of one kind start in their order, those for
   * new calls after all others. The function that is returned, and handed to `start`, removes the request, waiting or running;
   * calling it again does nothing.
   */
  enter(isNewCall: boolean, start: (leave: () => void) => void): () => void
}

interface Entry {
  readonly isNewCall: boolean
  readonly start: () => void
}

/** What waits for one of the few connections to Asterisk: counted here, because node:http does not say what waits in its own queue. */
export function createRequestQueue({ underWayMax, newCallsUnderWayMax }: RequestQueueOptions): RequestQueue {
  const newCalls = new Set<Entry>()
  const others = new Set<Entry>()
  const underWay = new Set<Entry>()
  let newCallsUnderWay = 0

  function next(): Entry | undefined {
    const [other] = others
    if (other !== undefined) return other
    const [newCall] = newCallsUnderWay < newCallsUnderWayMax ? newCalls : []
    return newCall
  }

  function startNext(): void {
    while (underWay.size < underWayMax) {
      const entry = next()
      if (entry === undefined) return
      ;(entry.isNewCall ? newCalls : others).delete(entry)
      underWay.add(entry)
      if (entry.isNewCall) newCallsUnderWay++
      entry.start()
    }
  }

  return {
    get newCallsWaiting() {
      return newCalls.size
    },
    get newCallsRoom() {
      const free = Math.min(newCallsUnderWayMax - newCallsUnderWay, underWayMax - underWay.size - others.size)
      return Math.max(0, free - newCalls.size)
    },
    enter(isNewCall, start) {
      const waiting = isNewCall ? newCalls : others
      const entry: Entry = { isNewCall, start: () => start(leave) }
      function leave(): void {
        if (waiting.delete(entry) || !underWay.delete(entry)) return
        if (isNewCall) newCallsUnderWay--
        startNext()
      }
      waiting.add(entry)
      startNext()
      return leave
    },
  }
}

/** A stream of events that a test feeds, as the house hands them out: return() ends it at once, also while it sleeps. */
export interface FakeStream<Event> extends AsyncIterableIterator<Event, undefined> {
  push(event: Event): void
  fail(error: Error): void
  /** How many events were asked for. */
  readonly askedCount: number
  /** Settles when somebody has ended the stream. */
  readonly returned: Promise<void>
  /** Settles when somebody waits for an event. */
  waiting(): Promise<void>
}

type Waiter<Event> = { resolve(result: IteratorResult<Event, undefined>): void; reject(error: Error): void }

export function fakeStream<Event>(): FakeStream<Event> {
  const events: (Event | Error)[] = []
  let waiter: Waiter<Event> | null = null
  let ended = false
  let askedCount = 0
  let announceWaiting: () => void = () => undefined
  const returned = deferred()

  const settle = () => {
    if (waiter === null) return
    const [event] = events
    if (event === undefined && !ended) return
    const { resolve, reject } = waiter
    waiter = null
    events.shift()
    if (event instanceof Error) reject(event)
    else if (event === undefined) resolve({ done: true, value: undefined })
    else resolve({ done: false, value: event })
  }
  return {
    get askedCount() {
      return askedCount
    },
    returned: returned.promise,
    push(event) {
      events.push(event)
      settle()
    },
    fail(error) {
      events.push(error)
      settle()
    },
    waiting: () =>
      waiter === null
        ? new Promise((resolve) => {
            announceWaiting = resolve
          })
        : Promise.resolve(),
    next() {
      askedCount++
      return new Promise((resolve, reject) => {
        waiter = { resolve, reject }
        settle()
        if (waiter !== null) announceWaiting()
      })
    },
    async return() {
      ended = true
      events.length = 0
      settle()
      returned.resolve()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

export function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: () => resolve() }
}

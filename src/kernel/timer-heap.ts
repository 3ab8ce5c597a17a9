/** A timer of a clock other than the machine's. */
export interface HeapTimer {
  /** When it is due, in milliseconds of that clock. */
  readonly at: number
  /** Rises with each timer: timers of one moment fire in the order in which they were set. */
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** Timers in the order in which they fire. */
export interface TimerHeap<Timer extends HeapTimer> {
  /** Timers in memory, including cancelled ones. */
  readonly size: number
  /** The timer that fires first, ignoring cancelled ones. */
  first(): Timer | undefined
  push(timer: Timer): void
  /** Removes the timer that `first` returns. */
  pop(): Timer | undefined
  /** Must be called once for each timer that is cancelled before it is removed. */
  cancel(timer: Timer): void
}

/** Cancelled timers are removed once they outnumber the others, and are at least this many. */
const cancelledMin = 64

/**
 * A binary min-heap on (at, order). A cancelled timer stays until it reaches the front, or until the cancelled ones
 * outnumber the others, so that a program that sets and cancels long timers does not grow.
 */
export function createTimerHeap<Timer extends HeapTimer>(): TimerHeap<Timer> {
  let heap: Timer[] = []
  let cancelledCount = 0
  const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const swap = (i: number, j: number) => {
    const held = heap[i] as Timer
    heap[i] = heap[j] as Timer
    heap[j] = held
  }

  function push(timer: Timer): void {
    let child = heap.push(timer) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!before(heap[child] as Timer, heap[parent] as Timer)) break
      swap(child, parent)
      child = parent
    }
  }

  function pop(): Timer | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1
      const right = left + 1
      let least = parent
      if (left < heap.length && before(heap[left] as Timer, heap[least] as Timer)) least = left
      if (right < heap.length && before(heap[right] as Timer, heap[least] as Timer)) least = right
      if (least === parent) return first
      swap(parent, least)
      parent = least
    }
  }

  function first(): Timer | undefined {
    for (;;) {
      const timer = heap[0]
      if (!timer?.cancelled) return timer
      pop()
      cancelledCount--
    }
  }

  return {
    get size() {
      return heap.length
    },
    first,
    push,
    pop() {
      first()
      return pop()
    },
    cancel(timer) {
      timer.cancelled = true
      if (++cancelledCount < cancelledMin || cancelledCount * 2 < heap.length) return
      const kept = heap.filter((of) => !of.cancelled)
      heap = []
      cancelledCount = 0
      for (const of of kept) push(of)
    },
  }
}

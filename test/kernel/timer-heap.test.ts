import { expect, test } from 'vitest'
import { createTimerHeap, type HeapTimer } from '../../src/kernel/timer-heap.ts'

test('a heap whose timers are set and cancelled again and again does not grow', () => {
  const timers = createTimerHeap<HeapTimer>()
  const set = (at: number, order: number) => {
    const timer = { at, order, run: () => {}, cancelled: false }
    timers.push(timer)
    return timer
  }
  // Due before all the others: nothing is taken out at the front.
  const first = set(0, 0)
  for (let order = 1; order <= 10_000; order++) timers.cancel(set(1e9 - order, order))
  expect(timers.size).toBeLessThan(200)
  expect([timers.pop(), timers.pop()]).toEqual([first, undefined])
})

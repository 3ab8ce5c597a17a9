import { expect, test } from 'vitest'
import { createSemaphore } from '../../src/kernel/semaphore.ts'

const never = new AbortController().signal

test('places are given in turn, for each key by itself', async () => {
  const places = createSemaphore(2)
  const order: string[] = []
  const enter = async (key: string, name: string) => {
    const leave = await places.enter(key, never)
    order.push(name)
    return leave
  }
  const [leaveFirst] = await Promise.all([enter('a', 'first'), enter('a', 'second')])
  const third = enter('a', 'third')
  const fourth = enter('a', 'fourth')
  await enter('b', 'other')
  expect(order).toEqual(['first', 'second', 'other'])
  leaveFirst?.()
  leaveFirst?.()
  ;(await third)?.()
  await fourth
  expect(order).toEqual(['first', 'second', 'other', 'third', 'fourth'])
})

test('who gives up waiting takes no place', async () => {
  const places = createSemaphore(1)
  const leave = await places.enter('a', never)
  const patience = new AbortController()
  const given = places.enter('a', patience.signal)
  const next = places.enter('a', never)
  patience.abort()
  expect(await given).toBeNull()
  leave?.()
  expect(await next).not.toBeNull()
  expect(await places.enter('b', patience.signal)).toBeNull()
})

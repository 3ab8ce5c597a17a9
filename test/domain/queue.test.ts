import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseAgents, joinPools, type QueueStrategy, queueStrategies } from '../../src/domain/queue.ts'
import { createRandom } from '../../src/kernel/random.ts'
import { agent, noon } from './support.ts'

const agents = [
  agent({ id: 'a', idleSince: noon + 2, callsSinceOffline: 3 }),
  agent({ id: 'b', idleSince: noon + 1, callsSinceOffline: 2 }),
  agent({ id: 'c', idleSince: noon + 3, callsSinceOffline: 1 }),
]
const except = (id: string) => agents.map((of) => (of.id === id ? { ...of, status: 'AWAY' as const } : of))
const choose = (strategy: QueueStrategy, of = agents, lastOfferedAgentId: string | null = null) =>
  chooseAgents({ strategy, lastOfferedAgentId }, of, createRandom(1)).map((chosen) => chosen.id)

describe('chooseAgents', () => {
  test('offers nobody where nobody is available, whatever the strategy', () => {
    const away = agents.map((of) => ({ ...of, status: 'AWAY' as const }))
    for (const strategy of queueStrategies) expect(choose(strategy, away)).toEqual([])
  })

  test('offers only who is available, whatever the strategy', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...queueStrategies),
        fc.array(fc.constantFrom('AVAILABLE' as const, 'AWAY' as const, 'BUSY' as const, 'RINGING' as const)),
        fc.integer(),
        (strategy, statuses, seed) => {
          const members = statuses.map((status, i) => agent({ id: String(i), status }))
          const available = members.filter((of) => of.status === 'AVAILABLE')
          const chosen = chooseAgents({ strategy, lastOfferedAgentId: '1' }, members, createRandom(seed))
          expect(available).toEqual(expect.arrayContaining(chosen))
          expect(chosen).toHaveLength(strategy === 'RING_ALL' ? available.length : Math.min(1, available.length))
        },
      ),
    )
  })

  test('TOP_DOWN takes the first available in the order of the queue', () => {
    expect(choose('TOP_DOWN')).toEqual(['a'])
    expect(choose('TOP_DOWN', except('a'))).toEqual(['b'])
  })

  test('RING_ALL takes all who are available', () => {
    expect(choose('RING_ALL', except('b'))).toEqual(['a', 'c'])
  })

  test('ROUND_ROBIN takes the next after the one who was last offered a call', () => {
    expect(choose('ROUND_ROBIN')).toEqual(['a'])
    expect(choose('ROUND_ROBIN', agents, 'a')).toEqual(['b'])
    expect(choose('ROUND_ROBIN', agents, 'c')).toEqual(['a'])
    expect(choose('ROUND_ROBIN', except('b'), 'a')).toEqual(['c'])
  })

  test('ROUND_ROBIN starts at the top when the one last offered has left the queue', () => {
    expect(choose('ROUND_ROBIN', agents, 'gone')).toEqual(['a'])
  })

  test('AGENT_WITH_FEWEST_CALLS takes who has taken the fewest since being OFFLINE', () => {
    expect(choose('AGENT_WITH_FEWEST_CALLS')).toEqual(['c'])
    expect(choose('AGENT_WITH_FEWEST_CALLS', except('c'))).toEqual(['b'])
  })

  test('LONGEST_IDLE takes who has been free the longest', () => {
    expect(choose('LONGEST_IDLE')).toEqual(['b'])
  })

  test('ties go by the order of the queue', () => {
    const alike = agents.map((of) => ({ ...of, idleSince: noon, callsSinceOffline: 0 }))
    expect(choose('LONGEST_IDLE', alike)).toEqual(['a'])
    expect(choose('AGENT_WITH_FEWEST_CALLS', alike)).toEqual(['a'])
  })

  test('RANDOM takes each of them some time, and the same with the same seed', () => {
    const pick = (seed: number) => {
      const random = createRandom(seed)
      return Array.from({ length: 60 }, () =>
        chooseAgents({ strategy: 'RANDOM', lastOfferedAgentId: null }, agents, random).map((of) => of.id),
      ).flat()
    }
    expect(new Set(pick(1))).toEqual(new Set(['a', 'b', 'c']))
    expect(pick(1)).toEqual(pick(1))
    expect(pick(2)).not.toEqual(pick(1))
  })
})

describe('joinPools', () => {
  const members = (of: Record<string, string>) =>
    Object.entries(of).flatMap(([queueId, ids]) => [...ids].map((agentId) => ({ queueId, agentId })))
  const pools = (of: Record<string, string>) => Object.fromEntries(joinPools(Object.keys(of), members(of)))

  test('queues without a common agent are pools of their own', () => {
    expect(pools({ p: 'a', q: 'b', r: '' })).toEqual({ p: 'p', q: 'q', r: 'r' })
  })

  test('queues that share an agent are one pool, named by the least id', () => {
    expect(pools({ q: 'ab', p: 'bc' })).toEqual({ p: 'p', q: 'p' })
  })

  test('queues that share agents with a third one are one pool', () => {
    expect(pools({ p: 'a', q: 'b', r: 'ab' })).toEqual({ p: 'p', q: 'p', r: 'p' })
  })

  test('members of a queue that is not asked about join nothing', () => {
    const joined = joinPools(['p', 'q'], members({ p: 'a', q: 'b', deleted: 'ab' }))
    expect(Object.fromEntries(joined)).toEqual({ p: 'p', q: 'q' })
  })

  test('two queues are in one pool exactly where a chain of common agents leads from one to the other', () => {
    const queues = fc.array(fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(queues, (lists) => {
        const ids = lists.map((_, i) => `q${i}`)
        const joined = joinPools(
          ids,
          lists.flatMap((list, i) => list.map((n) => ({ queueId: `q${i}`, agentId: `a${n}` }))),
        )
        for (const [i, id] of ids.entries()) {
          const reached = new Set([i])
          for (let size = 0; size < reached.size; ) {
            size = reached.size
            const known = new Set([...reached].flatMap((n) => lists[n] ?? []))
            lists.forEach((list, n) => {
              if (list.some((agentId) => known.has(agentId))) reached.add(n)
            })
          }
          expect(ids.flatMap((other, n) => (joined.get(other) === joined.get(id) ? [n] : []))).toEqual(
            [...reached].sort(),
          )
        }
      }),
    )
  })
})

import { describe, expect, test } from 'vitest'
import { type Agent, agentStatuses, chosenAgentStatuses, decideAgent, isWrappingUp } from '../../src/domain/agent.ts'
import { agent, noon } from './support.ts'

const later = noon + 60_000
const ringing = agent({ status: 'RINGING', campaigncallId: 'call', ringUntil: noon + 15_000 })
const talking = agent({ status: 'BUSY', campaigncallId: 'call', wrapUpMs: 30_000 })
const wrapping = agent({ status: 'BUSY', wrapUpMs: 30_000, wrapUpUntil: later })
const set = (of: Agent, status: (typeof chosenAgentStatuses)[number]) => decideAgent(of, { type: 'SET', status }, later)

describe('a call that is offered', () => {
  test('reserves an agent who is available', () => {
    const reserved = decideAgent(agent(), { type: 'RESERVE', campaigncallId: 'call', ringUntil: later }, noon)
    expect(reserved).toMatchObject({ status: 'RINGING', campaigncallId: 'call', ringUntil: later })
  })

  test('reserves nobody else', () => {
    for (const status of agentStatuses.filter((of) => of !== 'AVAILABLE')) {
      const reserve = { type: 'RESERVE', campaigncallId: 'call', ringUntil: later } as const
      expect(() => decideAgent(agent({ status }), reserve, noon)).toThrow('an agent to reserve who is available')
    }
  })

  test('that is answered makes the agent BUSY, and counts', () => {
    const connected = decideAgent(ringing, { type: 'CONNECT' }, later)
    expect(connected).toMatchObject({ status: 'BUSY', campaigncallId: 'call', ringUntil: null, callsTaken: 1 })
    expect(connected.callsSinceOffline).toBe(1)
  })

  test('that is missed sends the agent AWAY', () => {
    expect(decideAgent(ringing, { type: 'MISS' }, later)).toMatchObject({ status: 'AWAY', campaigncallId: null })
  })

  test('that ends, or that another takes, frees the agent, who has been idle all the while', () => {
    expect(decideAgent(ringing, { type: 'RELEASE' }, later)).toMatchObject({ status: 'AVAILABLE', idleSince: noon })
  })

  test('that is over already changes nothing', () => {
    for (const type of ['RELEASE', 'MISS'] as const) expect(decideAgent(talking, { type }, later)).toBe(talking)
  })
})

describe('a conversation that ends', () => {
  test('frees an agent without a wrap-up, idle from then on', () => {
    const freed = decideAgent({ ...talking, wrapUpMs: 0 }, { type: 'CONVERSATION_ENDED' }, later)
    expect(freed).toMatchObject({ status: 'AVAILABLE', campaigncallId: null, idleSince: later })
  })

  test('leaves an agent with a wrap-up BUSY until it is over', () => {
    const ended = decideAgent(talking, { type: 'CONVERSATION_ENDED' }, later)
    expect(ended).toMatchObject({ status: 'BUSY', campaigncallId: null, wrapUpUntil: later + 30_000 })
    expect(isWrappingUp(ended)).toBe(true)
    expect(decideAgent(ended, { type: 'WRAP_UP_ENDED' }, later + 30_000)).toMatchObject({
      ...{ status: 'AVAILABLE', wrapUpUntil: null, idleSince: later + 30_000 },
    })
  })

  test('puts what was asked for meanwhile into effect', () => {
    for (const status of chosenAgentStatuses) {
      const ended = decideAgent({ ...talking, nextStatus: status }, { type: 'CONVERSATION_ENDED' }, later)
      expect(ended).toMatchObject({ status, nextStatus: null, wrapUpUntil: null, campaigncallId: null })
    }
  })

  test('changes nothing for an agent who wraps up already', () => {
    expect(decideAgent(wrapping, { type: 'CONVERSATION_ENDED' }, later)).toBe(wrapping)
  })
})

describe('a status that is set', () => {
  test('is taken on by an agent who has no call', () => {
    expect(set(agent({ status: 'OFFLINE' }), 'AVAILABLE')).toMatchObject({ status: 'AVAILABLE', idleSince: later })
    expect(set(agent(), 'AWAY').status).toBe('AWAY')
  })

  test('changes nothing where the agent has it', () => {
    for (const status of chosenAgentStatuses) {
      const before = agent({ status })
      expect(set(before, status)).toBe(before)
    }
  })

  test('waits for the end of a conversation, and the last one counts', () => {
    const asked = set(talking, 'AWAY')
    expect(asked).toMatchObject({ status: 'BUSY', nextStatus: 'AWAY', campaigncallId: 'call' })
    expect(set(asked, 'AWAY')).toBe(asked)
    expect(set(asked, 'OFFLINE').nextStatus).toBe('OFFLINE')
  })

  test('of AVAILABLE takes a wish back during a conversation, and the wrap-up follows as without it', () => {
    expect(set(talking, 'AVAILABLE')).toBe(talking)
    const back = set(set(talking, 'AWAY'), 'AVAILABLE')
    expect(back).toMatchObject({ status: 'BUSY', nextStatus: null })
    const ended = decideAgent(back, { type: 'CONVERSATION_ENDED' }, later)
    expect(ended).toMatchObject({ status: 'BUSY', wrapUpUntil: later + 30_000 })
  })

  test('ends a wrap-up', () => {
    for (const status of chosenAgentStatuses) {
      expect(set(wrapping, status)).toMatchObject({ status, wrapUpUntil: null })
    }
  })

  test('AWAY and OFFLINE take the agent from a call that is offered, AVAILABLE does not', () => {
    expect(set(ringing, 'AWAY')).toMatchObject({ status: 'AWAY', campaigncallId: null, ringUntil: null })
    expect(set(ringing, 'OFFLINE').status).toBe('OFFLINE')
    expect(set(ringing, 'AVAILABLE')).toBe(ringing)
  })

  test('OFFLINE starts the count of calls anew, AWAY does not', () => {
    const busyDay = agent({ callsTaken: 7, callsSinceOffline: 5 })
    expect(set(busyDay, 'OFFLINE')).toMatchObject({ callsTaken: 7, callsSinceOffline: 0 })
    expect(set(busyDay, 'AWAY').callsSinceOffline).toBe(5)
  })
})

import { describe, expect, test } from 'vitest'
import {
  type CampaignCommand,
  type CampaignStatus,
  campaignStatuses,
  decideCampaign,
  hasCampaignRing,
  isListExhausted,
} from '../../src/domain/campaign.ts'

/** Where a command leads from each status; '' where nothing happens. */
function leads(command: CampaignCommand): Record<CampaignStatus, string> {
  const entries = campaignStatuses.map((status) => {
    const step = decideCampaign(status, command)
    if (step !== null) expect(step.from).toBe(status)
    return [status, step?.to ?? '']
  })
  return Object.fromEntries(entries)
}

describe('decideCampaign', () => {
  test('RUN starts what is STOP or STOPPING, and leaves what runs', () => {
    expect(leads({ type: 'RUN', cause: 'x' })).toEqual({ STOP: 'RUN', STOPPING: 'RUN', RUN: '' })
  })

  test('ASK_STOP with calls in flight leads from RUN to STOPPING', () => {
    expect(leads({ type: 'ASK_STOP', callsInFlight: 1, cause: 'x' })).toEqual({
      STOP: '',
      STOPPING: '',
      RUN: 'STOPPING',
    })
  })

  test('ASK_STOP with none in flight leads from RUN to STOP', () => {
    expect(leads({ type: 'ASK_STOP', callsInFlight: 0, cause: 'x' })).toEqual({ STOP: '', STOPPING: '', RUN: 'STOP' })
  })

  test('LAST_CALL_ENDED ends STOPPING, and nothing else', () => {
    expect(leads({ type: 'LAST_CALL_ENDED' })).toEqual({ STOP: '', STOPPING: 'STOP', RUN: '' })
  })

  test('NATURAL_END ends RUN, and nothing else: a campaign that was stopped is not at its natural end', () => {
    expect(leads({ type: 'NATURAL_END' })).toEqual({ STOP: '', STOPPING: '', RUN: 'STOP' })
  })

  test('a step says who or what caused it', () => {
    expect(decideCampaign('STOP', { type: 'RUN', cause: 'Run by Anna.' })?.cause).toBe('Run by Anna.')
    expect(decideCampaign('STOPPING', { type: 'LAST_CALL_ENDED' })?.cause).not.toBe('')
  })
})

describe('isListExhausted', () => {
  const exhausted = { targetsIdle: 0, targetsProgressing: 0, reevaluating: false }

  test('a list with nobody to dial and nobody dialed is exhausted', () => {
    expect(isListExhausted(exhausted)).toBe(true)
  })

  test.each([{ targetsIdle: 1 }, { targetsProgressing: 1 }, { reevaluating: true }])(
    'a list with %j is not',
    (change) => {
      expect(isListExhausted({ ...exhausted, ...change })).toBe(false)
    },
  )
})

describe('hasCampaignRing', () => {
  const ring = (next: Record<string, string>, first = 'a') => hasCampaignRing(first, (id) => next[id] ?? null)

  test('a chain that ends is none', () => {
    expect(ring({ a: 'b', b: 'c' })).toBe(false)
    expect(ring({})).toBe(false)
  })

  test('a campaign that follows itself is one', () => {
    expect(ring({ a: 'a' })).toBe(true)
  })

  test('a chain that comes back is one, also where it does not come back to its beginning', () => {
    expect(ring({ a: 'b', b: 'a' })).toBe(true)
    expect(ring({ a: 'b', b: 'c', c: 'b' })).toBe(true)
  })
})

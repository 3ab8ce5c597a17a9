import { expect, test } from 'vitest'
import { type LogEntry, matchesFilter } from '../../src/domain/transition.ts'
import { noon } from './support.ts'

const base = { customerId: 'default', at: noon, position: 1 }
const campaign: LogEntry = { ...base, kind: 'CAMPAIGN', campaignId: 'c', from: 'STOP', to: 'RUN', cause: 'x' }
const agent: LogEntry = { ...base, kind: 'AGENT', agentId: 'a', from: 'AWAY', to: 'AVAILABLE', queueIds: ['p', 'q'] }
const filter = { customerId: 'default' }

test('an entry is for its own customer, and of one kind', () => {
  expect(matchesFilter(campaign, { ...filter, kind: 'CAMPAIGN' })).toBe(true)
  expect(matchesFilter(campaign, { ...filter, kind: 'AGENT' })).toBe(false)
  expect(matchesFilter(campaign, { customerId: 'other', kind: 'CAMPAIGN' })).toBe(false)
})

test('a campaign that is named narrows to its entries', () => {
  expect(matchesFilter(campaign, { ...filter, kind: 'CAMPAIGN', campaignId: 'c' })).toBe(true)
  expect(matchesFilter(campaign, { ...filter, kind: 'CAMPAIGN', campaignId: 'd' })).toBe(false)
  expect(matchesFilter(agent, { ...filter, kind: 'AGENT', campaignId: 'c' })).toBe(false)
})

test('a queue that is named narrows to agents who were in it at that commit', () => {
  expect(matchesFilter(agent, { ...filter, kind: 'AGENT', queueId: 'q' })).toBe(true)
  expect(matchesFilter(agent, { ...filter, kind: 'AGENT', queueId: 'r' })).toBe(false)
  expect(matchesFilter(agent, { ...filter, kind: 'AGENT', queueId: null })).toBe(true)
})

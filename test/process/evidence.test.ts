import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { LoggedRequest } from '../../src/telephony/simulator/protocol.ts'
import { temporaryFile } from '../support/world.ts'
import type { Received } from './api.ts'
import { type CallRow, judge, look, type Snapshot, unansweredAt } from './evidence.ts'
import { prepareCampaign } from './list.ts'

const callOf = (n: number): CallRow => ({
  ...{ id: `call ${n}`, reference_id: `reference ${n}`, outdial_target_id: `target ${n}`, attempt: 1 },
  ...{ status: 'DONE', hangup_reason: 'NORMAL', version: 3 },
})
const stepsOf = (n: number): Received[] =>
  ['CREATED', 'ANSWERED', 'ENDED'].map((event, i) => ({ callId: `call ${n}`, version: i + 1, event }))
const originate = (n: number): LoggedRequest => ({
  ...{ position: n, at: 0, what: 'ORIGINATE', installationId: 'ours', callId: `reference ${n}`, tryCount: 1 },
})
const calls = [callOf(1), callOf(2)]
const steps = [...stepsOf(1), ...stepsOf(2)]
const requests = [originate(1), originate(2)]

const findingsOf = (change: { snapshot?: Partial<Snapshot>; requests?: LoggedRequest[]; received?: Received[] } = {}) =>
  judge({
    snapshot: { installationId: 'ours', tables: [], calls, steps, findings: [], ...change.snapshot },
    requests: change.requests ?? requests,
    received: [steps, change.received ?? steps],
    toldAtLeast: steps.length,
  })

test('a story without fault has no findings', () => {
  expect(findingsOf()).toEqual([])
})

test.for<[string, Parameters<typeof findingsOf>[0], string | RegExp]>([
  ['a call that is asked for twice', { requests: [...requests, originate(2)] }, 'reference 2 was asked for twice'],
  ['a call without a record', { requests: [...requests, originate(3)] }, 'reference 3 was asked for and has no row'],
  [
    'an attempt that is made twice',
    { snapshot: { calls: [callOf(1), { ...callOf(2), outdial_target_id: 'target 1' }] } },
    'attempt 1 of target 1 was asked for twice',
  ],
  ['a step that is missing', { snapshot: { steps: steps.toSpliced(1, 1) } }, 'call 1 has version 3 after 1'],
  [
    'a step that is there twice',
    { snapshot: { steps: steps.toSpliced(1, 0, ...steps.slice(1, 2)) } },
    /version 2 after 2/,
  ],
  [
    'a step after the end',
    { snapshot: { steps: [...steps, { callId: 'call 1', version: 4, event: 'QUEUED' }] } },
    /after its end/,
  ],
  [
    'a row that is ahead of the log',
    { snapshot: { calls: [callOf(1), { ...callOf(2), version: 4 }] } },
    /version 4, its log 3/,
  ],
  [
    'a call that never ends',
    { snapshot: { calls: [callOf(1), { ...callOf(2), status: 'DIALING' }] } },
    /DIALING and has not/,
  ],
  ['a step that a subscriber misses', { received: steps.toSpliced(2, 1) }, /received CREATED 1 of call 2 as number 2/],
  ['steps in another order', { received: [...stepsOf(2), ...stepsOf(1)] }, /received CREATED 1 of call 2 as number 0/],
  ['a step that a subscriber gets twice', { received: [...steps, ...steps.slice(5)] }, /instead of nothing/],
  ['a subscriber who got less than it should', { received: steps.slice(0, 5) }, /received nothing as number 5/],
  ['what was found in the file', { snapshot: { findings: ['damage'] } }, 'damage'],
])('%s is found', ([, change, finding]) => {
  expect(findingsOf(change).join('\n')).toMatch(finding)
})

test('a step that comes after what a subscriber had to be told may be told or not', () => {
  const later = [...steps, { callId: 'call 1', version: 4, event: 'CORRECTED' }]
  const snapshot = { steps: later, calls: [{ ...callOf(1), version: 4 }, callOf(2)] }
  expect(findingsOf({ snapshot, received: later })).toEqual([])
})

test('a call may end UNKNOWN if it was DIALING and its request was not answered, or not even sent', () => {
  const dialing = [1, 2, 3].map((n) => ({ ...callOf(n), status: 'DIALING' }))
  const snapshot: Snapshot = { installationId: 'ours', tables: [], calls: [...dialing, callOf(4)], steps, findings: [] }
  expect(unansweredAt(snapshot, [], [originate(1), originate(2), originate(3)])).toBe(0)
  expect(unansweredAt(snapshot, ['reference 1', 'reference 4'], [originate(1), originate(2)])).toBe(2)
})

test('a counter that is wrong is found in a file', async () => {
  const file = temporaryFile()
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
  await prepareCampaign(file, { targets: 3 })
  expect(look(file, { deep: true }).findings).toEqual([])
  const spoiler = new Database(file)
  spoiler.exec('update outdial_counter set targets_idle = 4')
  spoiler.close()
  expect(look(file, { deep: true }).findings).toEqual([expect.stringMatching(/counted of a list/)])
})

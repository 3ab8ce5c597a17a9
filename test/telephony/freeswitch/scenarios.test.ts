import { afterAll, describe, expect, it } from 'vitest'
import type { OriginateAnswer } from '../../../src/telephony/driver.ts'
import { formatTable } from '../../support/table.ts'
import type { Refusing } from './fake-switch.ts'
import { createWorld } from './support.ts'

type World = Awaited<ReturnType<typeof createWorld>>

/** A row of the scenario table (docs/freeswitch.md): what is done, and what is to be heard. */
interface Row {
  readonly scenario: string
  readonly number: string
  readonly gateway?: string
  readonly refusing?: Refusing
  readonly ringTimeoutMs?: number
  readonly maxDurationMs?: number
  /** Done once this was heard. */
  readonly when?: readonly [heard: string, act: (world: World, callId: string) => Promise<void>]
  readonly answer?: OriginateAnswer
  readonly story: readonly string[]
  readonly detail: string
}

const rang = ['RINGING', 'ANSWERED']
const hangUp = (reason: 'NORMAL' | 'CANCEL' | 'AMD') => (world: World, callId: string) =>
  world.driver.hangup(callId, reason)
const refused: OriginateAnswer = { type: 'REJECTED', reason: 'CONGESTION' }

const rows: readonly Row[] = [
  {
    ...{ scenario: 'remote BYE', number: '1000', story: [...rang, 'HANGUP NORMAL THEM'] },
    detail: 'NORMAL_CLEARING, SIP 200, Q.850 16, recv_bye',
  },
  {
    ...{ scenario: 'BYE + Reason 41', number: '1021', story: ['ANSWERED', 'HANGUP NORMAL THEM'] },
    detail: 'NORMAL_TEMPORARY_FAILURE, SIP 200, Q.850 41, recv_bye',
  },
  {
    ...{ scenario: 'uuid_kill answered', number: '1001', when: ['ANSWERED', hangUp('AMD')] },
    ...{ story: [...rang, 'HANGUP AMD US'], detail: 'NORMAL_CLEARING, Q.850 16, send_bye' },
  },
  {
    ...{ scenario: 'uuid_kill answered, ALLOTTED_TIMEOUT', number: '1001', maxDurationMs: 2000 },
    ...{ story: [...rang, 'HANGUP TIMEOUT US'], detail: 'ALLOTTED_TIMEOUT, Q.850 16, send_bye' },
  },
  {
    ...{ scenario: 'uuid_kill ringing', number: '1180', when: ['RINGING', hangUp('CANCEL')] },
    ...{ story: ['RINGING', 'HANGUP CANCEL US'], detail: 'NORMAL_CLEARING, Q.850 16, send_cancel' },
  },
  {
    ...{ scenario: 'ring timeout', number: '1180', ringTimeoutMs: 3000, story: ['RINGING', 'HANGUP NO_ANSWER US'] },
    detail: 'NO_ANSWER, Q.850 19, send_cancel',
  },
  {
    ...{ scenario: 'ring timeout, only 100', number: '1100', ringTimeoutMs: 3000, story: ['HANGUP NO_ANSWER US'] },
    detail: 'NO_ANSWER, Q.850 19, send_cancel',
  },
  refusal('486', '1486', 'BUSY', true, 'USER_BUSY, SIP 486, Q.850 17'),
  refusal('600', '1600', 'BUSY', true, 'USER_BUSY, SIP 600, Q.850 17'),
  refusal('486 + Reason 34', '1487', 'BUSY', true, 'NORMAL_CIRCUIT_CONGESTION, SIP 486, Q.850 34'),
  refusal('404', '1404', 'INVALID_NUMBER', false, 'UNALLOCATED_NUMBER, SIP 404, Q.850 1'),
  refusal('484', '1484', 'INVALID_NUMBER', false, 'INVALID_NUMBER_FORMAT, SIP 484, Q.850 28'),
  refusal('480', '1480', 'NO_ANSWER', true, 'NO_USER_RESPONSE, SIP 480, Q.850 18'),
  refusal('408', '1408', 'UNAVAILABLE', false, 'RECOVERY_ON_TIMER_EXPIRE, SIP 408, Q.850 102'),
  refusal('603', '1603', 'REJECTED', true, 'CALL_REJECTED, SIP 603, Q.850 21'),
  refusal('403', '1403', 'REJECTED', false, 'CALL_REJECTED, SIP 403, Q.850 21'),
  refusal('488', '1488', 'FAILED', false, 'INCOMPATIBLE_DESTINATION, SIP 488, Q.850 88'),
  refusal('500', '1500', 'CONGESTION', false, 'NORMAL_TEMPORARY_FAILURE, SIP 500, Q.850 41'),
  refusal('503', '1503', 'CONGESTION', false, 'NORMAL_TEMPORARY_FAILURE, SIP 503, Q.850 41'),
  {
    ...refusal('dead trunk port', '1000', 'CONGESTION', false, 'NORMAL_TEMPORARY_FAILURE, SIP 503, Q.850 41'),
    gateway: 'deadtrunk',
  },
  {
    ...{ scenario: '183, then 486', number: '1184', story: ['EARLY_MEDIA', 'HANGUP BUSY THEM'] },
    detail: 'USER_BUSY, SIP 486, Q.850 17, recv_refuse',
  },
  {
    ...{ scenario: '183, then 200', number: '1183', story: ['EARLY_MEDIA', 'ANSWERED', 'HANGUP NORMAL THEM'] },
    detail: 'NORMAL_CLEARING, SIP 200, Q.850 16, recv_bye',
  },
  {
    ...{ scenario: '302', number: '1302', when: ['ANSWERED', hangUp('NORMAL')] },
    ...{ story: [...rang, 'HANGUP NORMAL US'], detail: 'NORMAL_CLEARING, Q.850 16, send_bye' },
  },
  {
    ...{ scenario: 'unknown gateway', number: '1000', gateway: 'nope', story: [], detail: '' },
    answer: { type: 'REJECTED', reason: 'FAILED' },
  },
  { scenario: 'session limit', number: '1000', refusing: 'FULL', answer: refused, story: [], detail: '' },
  { scenario: 'sps throttle', number: '1000', refusing: 'THROTTLED', answer: refused, story: [], detail: '' },
  { scenario: 'parse error', number: '1000', refusing: 'MISREAD', answer: refused, story: [], detail: '' },
  { scenario: 'paused', number: '1000', refusing: 'PAUSED', answer: refused, story: [], detail: '' },
]

function refusal(scenario: string, number: string, reason: string, rings: boolean, detail: string): Row {
  const story = [...(rings ? ['RINGING'] : []), `HANGUP ${reason} THEM`]
  return { scenario, number, story, detail: `${detail}, recv_refuse` }
}

async function play(row: Row) {
  const world = await createWorld(row.gateway === undefined ? {} : { gateway: row.gateway })
  world.fake.current.refuseOriginates(row.refusing ?? null)
  const { ringTimeoutMs = 30_000, maxDurationMs = 3_600_000 } = row
  const request = world.request(row.number, { ringTimeoutMs, maxDurationMs })
  const answer = await world.driver.originate(request)
  if (row.when !== undefined) {
    const [heard, act] = row.when
    await world.hears(request.callId, heard)
    await act(world, request.callId)
  }
  if (answer.type === 'ACCEPTED') await world.ends(request.callId)
  else await world.advance(60_000)
  const end = world.heard.find((news) => news.type === 'HANGUP')
  return { answer, story: world.storyOf(request.callId), detail: end?.type === 'HANGUP' ? end.detail : '' }
}

describe('the scenario table', () => {
  const table: string[][] = [['scenario', 'answer', 'news', 'what FreeSWITCH said']]
  afterAll(() => void process.stdout.write(`\n${formatTable(table)}\n`))

  it.each(rows.map((row) => [row.scenario, row] as const))('%s', async (scenario, row) => {
    const { answer, story, detail } = await play(row)
    table.push([
      scenario,
      'reason' in answer ? `${answer.type} ${answer.reason}` : answer.type,
      story.join(' · '),
      detail,
    ])
    expect({ answer, story, detail }).toEqual({
      answer: row.answer ?? { type: 'ACCEPTED' },
      ...{ story: row.story, detail: row.detail },
    })
  })

  it('live uuid again', async () => {
    const { fake, effects, request, driver, storyOf, advance, heard } = await createWorld()
    const again = request('1180')
    fake.current.originate('of-somebody-else', {
      ...{ uuid: again.callId, gateway: 'trunk', number: '1180', variables: new Map() },
    })
    await effects.advance(200)
    const answer = await driver.originate(again)
    table.push(['live uuid again', answer.type, storyOf(again.callId).join(' · '), ''])
    expect(answer).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.lookup(again.callId)).toEqual({ type: 'LIVE', state: 'RINGING' })
    await advance(1000)
    expect(heard).toEqual([])
  })
})

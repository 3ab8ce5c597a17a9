import { describe, expect, it } from 'vitest'
import { answerOf, type Mode, placingOf } from '../../../src/telephony/asterisk/placing.ts'
import { notFoundPage, type Trouble } from './fake-desk.ts'
import { from, request, startDialer, startWorld } from './support.ts'
import { readTranscripts } from './transcript.ts'

const placing = {
  trunk: 'trunk',
  mode: 'context',
  app: 'dialgraph',
  context: 'dialgraph-answer',
  installationId: 'one',
} as const
const isPlacing = ({ method, path }: { method: string; path: readonly string[] }) =>
  method === 'POST' && path.join() === 'channels'

describe('the request for a call', () => {
  it('goes into the dialplan in mode context', async () => {
    const { asterisk, driver } = await startWorld()
    const times = { ringTimeoutMs: 2001, maxDurationMs: 60_000 }
    expect(await driver.originate(request('a', '+12025550123', times))).toEqual({ type: 'ACCEPTED' })
    expect(asterisk.asked('POST', 'channels').map(({ body }) => body)).toEqual([
      {
        endpoint: 'PJSIP/+12025550123@trunk',
        context: 'dialgraph-answer',
        extension: 's',
        priority: 1,
        callerId: '+12025550100',
        timeout: 5,
        channelId: 'a',
        variables: { dialgraph_installation: 'one', 'TIMEOUT(absolute)': '73' },
      },
    ])
  })

  it('goes into the application in mode app', () => {
    const { body } = { body: {}, ...placingOf(request('a', '1000'), { ...placing, mode: 'app', app: 'other' }) }
    expect(body).toMatchObject({ app: 'other', appArgs: 'call', endpoint: 'PJSIP/1000@trunk' })
    expect(body).not.toHaveProperty('context')
  })

  it('carries the id of the installation and whatever else it is to carry', () => {
    const variables = { dialgraph_installation: 'forged', campaign: 'c-1' }
    expect(placingOf(request('a', '1000', { variables }), placing)).toMatchObject({
      body: { variables: { dialgraph_installation: 'one', campaign: 'c-1' } },
    })
    const dangerous = { 'SHELL(date)': 'x' }
    expect(() => placingOf(request('a', '1000', { variables: dangerous }), placing)).toThrow('no dialplan function')
  })

  it.each([
    ...['', ' ', 'a', '1 2', '+', '1+2', '++1', '1000@other', '1000&PJSIP/1001', 'trunk/sip:1@host', '1;x=y'],
    ...['+49116117', '+19005550123', '+19999999999'],
    ...['\n1000', '1000\n', '1000\r\nX-Header: 1', '١٢٣', '1'.repeat(33)],
  ])('is not made for %j, which is no number to dial', async (target) => {
    const { asterisk, driver } = await startWorld()
    expect(await driver.originate(request('a', target))).toEqual({ type: 'REJECTED', reason: 'INVALID_NUMBER' })
    expect(asterisk.asked('POST', 'channels')).toEqual([])
  })

  it.each(['+12025550123', '112', '*97', '#31#12025550123', '1'.repeat(32)])('is made for %j', (target) => {
    expect(placingOf(request('a', target), placing)).toMatchObject({ body: { endpoint: `PJSIP/${target}@trunk` } })
  })

  it.each(['anonymous', '"Acme" <15550100>', '+1 202', 'sip:me@host', '1\r\nX-Header: 1'])(
    'is not made with the caller id %j',
    (target) => {
      expect(placingOf(request('a', '1000', from(target)), placing)).toEqual({ type: 'REFUSE', reason: 'FAILED' })
    },
  )

  it('leaves the caller id to the trunk where there is none', () => {
    const placed = placingOf(request('a', '1000', from('')), placing)
    expect(placed).toMatchObject({ type: 'SEND' })
    expect(placed).not.toHaveProperty('body.callerId')
  })

  it('is not made with a trunk that is more than a name', () => {
    expect(() => startDialer('http://127.0.0.1:1/ari', { trunk: 'trunk&PJSIP/other' })).toThrow(
      'a trunk that is the name',
    )
  })
})

describe('the answer to the request for a call', () => {
  const answer = (status: number, body?: unknown, retryAfterMs: number | null = null) =>
    answerOf({ status, body, retryAfterMs }, 'a')
  const failed = { type: 'REJECTED', reason: 'FAILED' }
  const unclear = { type: 'INDETERMINATE' }

  it.each(['err_bad_params', 'err_unknown_endpoint', 'err_unknown_tech'])(
    'that was recorded as %s says that it was not placed',
    (scenario) => {
      const recorded = readTranscripts().find((of) => of.scenario === scenario)?.entries ?? []
      const answers = recorded.flatMap((entry) =>
        'request' in entry && entry.request.path === '/ari/channels' ? [entry.response] : [],
      )
      expect(answers.length).toBeGreaterThan(0)
      for (const { status, body } of answers) expect(answer(status, body)).toEqual(failed)
    },
  )

  it('that was recorded for an id that lives says nothing', () => {
    const recorded = readTranscripts().find((of) => of.scenario === 'dup_channel_id')?.entries ?? []
    const conflicts = recorded.flatMap((entry) =>
      'request' in entry && entry.response.status === 409 ? [entry.response] : [],
    )
    expect(conflicts.length).toBe(3)
    for (const { status, body } of conflicts) expect(answer(status, body)).toEqual(unclear)
  })

  it.each<[string, ReturnType<typeof answerOf>, object]>([
    ['accepts it', answer(200, { id: 'a', state: 'Down' }), { type: 'ACCEPTED' }],
    ['is of another call', answer(200, { id: 'b' }), unclear],
    ['is a page of somebody else', answer(200), unclear],
    ['is another success', answer(201, { id: 'a' }), unclear],
    ['is a redirection', answer(302), unclear],
    ['says 400', answer(400, { message: 'Endpoint must be specified' }), failed],
    ['says 401', answer(401, { message: 'Authentication required' }), failed],
    ['says 403', answer(403, { message: 'Write access denied' }), failed],
    ['says 404 with a page', answer(404), failed],
    ['says 404 with words', answer(404, { message: 'Not found' }), unclear],
    ['says 409', answer(409, { message: 'Channel with given unique ID already exists' }), unclear],
    ['says 429', answer(429), { type: 'REJECTED', reason: 'CONGESTION' }],
    ['says 429 and when', answer(429, {}, 7000), { type: 'REJECTED', reason: 'CONGESTION', retryAfterMs: 7000 }],
    ['says 500, nothing allocated', answer(500, { error: 'Allocation failed' }), failed],
    ['says 500, in other words', answer(500, { message: 'Internal error' }), unclear],
    ['says 502', answer(502), unclear],
    ['says 503, not booted', answer(503, { message: 'Asterisk not booted' }), failed],
    ['says 503, not booted, and when', answer(503, { message: 'not booted' }, 9), { ...failed, retryAfterMs: 9 }],
    ['says 503 and when', answer(503, undefined, 9), { type: 'REJECTED', reason: 'CONGESTION', retryAfterMs: 9 }],
    ['says 503', answer(503), unclear],
    ['says 504', answer(504), unclear],
  ])('that %s', (_, given, expected) => {
    expect(given).toEqual(expected)
  })
})

describe('exactly one request leaves', () => {
  it.each<[string, Trouble, object]>([
    ['it is refused', { type: 'ANSWER', status: 403, body: {} }, { type: 'REJECTED', reason: 'FAILED' }],
    [
      'too many are asked for',
      { type: 'ANSWER', status: 429, headers: { 'retry-after': '3' } },
      { retryAfterMs: 3000 },
    ],
    ['Asterisk starts', { type: 'ANSWER', status: 404, page: notFoundPage }, { type: 'REJECTED', reason: 'FAILED' }],
    [
      'a proxy sends it elsewhere',
      { type: 'ANSWER', status: 307, headers: { location: '/ari/channels' } },
      { type: 'INDETERMINATE' },
    ],
    ['a proxy says 421', { type: 'ANSWER', status: 421 }, { type: 'INDETERMINATE' }],
    ['the connection breaks', { type: 'RESET' }, { type: 'INDETERMINATE' }],
    ['the connection breaks once it is placed', { type: 'RESET', carriedOut: true }, { type: 'INDETERMINATE' }],
    ['the answer is cut', { type: 'CUT_ANSWER', carriedOut: true }, { type: 'INDETERMINATE' }],
  ])('where %s', async (_, trouble, expected) => {
    const { asterisk, driver, effects } = await startWorld()
    asterisk.trouble(isPlacing, trouble)
    expect(await driver.originate(request('a', '1180'))).toMatchObject(expected)
    await effects.advance(5000)
    expect(asterisk.requests.entries.filter(isPlacing).length).toBe(1)
  })

  it('where no answer comes in time, and it is not waited for longer than the engine does', async () => {
    const { asterisk, driver, effects } = await startWorld()
    asterisk.trouble(isPlacing, { type: 'SILENCE', carriedOut: true })
    const answer = driver.originate(request('a', '1180'))
    await asterisk.requests.find(isPlacing)
    await effects.advance(1799)
    await effects.advance(1)
    expect(await answer).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'RINGING' })
    expect(asterisk.requests.entries.filter(isPlacing).length).toBe(1)
  })

  it('where news of a call comes before a refusal, which is then not believed', async () => {
    const { asterisk, driver, hears } = await startWorld()
    const body = { error: 'Allocation failed' }
    asterisk.trouble(isPlacing, { type: 'ANSWER', status: 500, body, carriedOut: true, after: hears('a', 'RINGING') })
    expect(await driver.originate(request('a', '1180'))).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.list()).toEqual(['a'])
  })

  it('where its id is one that lives', async () => {
    const { asterisk, driver } = await startWorld()
    await driver.originate(request('a', '1180'))
    expect(await driver.originate(request('a', '1180'))).toEqual({ type: 'INDETERMINATE' })
    expect(asterisk.requests.entries.filter(isPlacing).length).toBe(1)
  })

  it('where Asterisk knows the id and we do not', async () => {
    const { asterisk, driver } = await startWorld()
    const { of } = asterisk
    const party = { name: '', number: '' }
    const target = { type: 'APP', app: 'other', args: [] } as const
    of.originate({
      id: 'a',
      endpoint: 'PJSIP/1180@trunk',
      target,
      caller: party,
      connected: party,
      timeoutMs: null,
      variables: {},
    })
    expect(await driver.originate(request('a', '1180'))).toEqual({ type: 'INDETERMINATE' })
  })
})

const notConnected = { type: 'REJECTED', reason: 'FAILED' }

describe('no request leaves', () => {
  it('before the driver is connected', async () => {
    const { driver } = startDialer('http://127.0.0.1:1/ari')
    expect(await driver.originate(request('a', '1000'))).toEqual(notConnected)
  })

  it.each<Mode>(['app', 'context'])('from the moment that its connection is lost, in mode %s', async (mode) => {
    const { asterisk, driver, told } = await startWorld({ mode })
    asterisk.breakConnections()
    await told.find((line) => line.startsWith('disconnected'))
    expect(await driver.originate(request('a', '1000'))).toEqual(notConnected)
    expect(asterisk.asked('POST', 'channels')).toEqual([])
  })

  it('for more calls a second than the trunk takes', async () => {
    const { driver, effects } = await startWorld({ callsPerSecond: 10 })
    const place = (id: string) => driver.originate(request(id, '1180'))
    for (let i = 0; i < 10; i++) expect(await place(`${i}`)).toEqual({ type: 'ACCEPTED' })
    expect(await place('a')).toMatchObject({ type: 'NOT_SENT' })
    const { calls, againInMs } = driver.room?.() ?? { calls: 1, againInMs: 0 }
    expect(calls).toBe(0)
    await effects.advance(againInMs)
    expect(await place('a')).toEqual({ type: 'ACCEPTED' })
  })

  it('for more calls at once than the trunk takes', async () => {
    const { driver, ends } = await startWorld({ callsMax: 2 })
    await driver.originate(request('a', '1180'))
    await driver.originate(request('b', '1180'))
    expect(driver.room?.()).toEqual({ calls: 0, againInMs: 1000 })
    expect(await driver.originate(request('c', '1180'))).toMatchObject({ type: 'NOT_SENT' })
    await driver.hangup('a', 'CANCEL')
    await ends('a')
    expect(await driver.originate(request('c', '1180'))).toEqual({ type: 'ACCEPTED' })
  })

  it('for ten a second and a hundred at once where nothing else is said', async () => {
    const { driver, effects } = await startWorld({ callsPerSecond: undefined, callsMax: undefined })
    const answers: string[] = []
    for (let i = 0; i < 120; i++) {
      await effects.advance(50)
      answers.push((await driver.originate(request(`${i}`, '1180'))).type)
    }
    // 120 of them in 6 s.
    expect(answers.filter((type) => type === 'ACCEPTED').length).toBe(60)
  })
})

import { describe, expect, it } from 'vitest'
import { leg, request, startAnswered, until } from './support.ts'

const isDialing = ({ method, path }: { method: string; path: readonly string[] }) =>
  method === 'POST' && path.join() === 'channels'
const isLost = (line: string) => line.startsWith('disconnected')
const number = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

describe('a further leg', () => {
  it('is called by the trunk, in the name of the call, and joined to it in a bridge', async () => {
    const { asterisk, dial, hears, others, driver } = await startAnswered()
    await dial('a', leg('l', '1001', { ringTimeoutMs: 2001 }))
    await hears('a', 'LEG_CONNECTED l')
    const [, dialed] = asterisk.asked('POST', 'channels')
    expect(dialed?.body).toEqual({
      ...{ endpoint: 'PJSIP/1001@trunk', app: 'dialgraph', appArgs: 'leg', channelId: 'a.leg.l', originator: 'a' },
      ...{ callerId: '+12025550100', timeout: 5, variables: { 'TIMEOUT(absolute)': '3610' } },
    })
    const bridged = () => [...asterisk.of.media.bridges.values()].map(({ channels }) => channels.map(({ id }) => id))
    await until(() => bridged()[0]?.length === 2)
    expect(bridged()).toEqual([['a', 'a.leg.l']])
    expect(others()).toEqual(['a.leg.l'])
    expect(await driver.list()).toEqual(['a'])
  })

  it('leaves the trunk’s own caller id where there is none', async () => {
    const { asterisk, dial } = await startAnswered()
    await dial('a', leg('l', '1180', { from: number('') }))
    expect(asterisk.asked('POST', 'channels')[1]?.body).not.toHaveProperty('callerId')
  })

  it.each([
    ...['', ' ', 'a', '1000@other', '1000&PJSIP/1001@trunk', 'trunk/sip:1@host', '1;x=y', '\r\n1000', '1000\r\n'],
    ...['+', '1'.repeat(33)],
  ])('is not called at %j, which is no number', async (target) => {
    const { asterisk, dial, storySinceAnswer } = await startAnswered()
    await expect(dial('a', leg('l', target))).rejects.toThrow('a number to call')
    expect(asterisk.asked('POST', 'channels').length).toBe(1)
    expect(storySinceAnswer()).toEqual([])
  })

  it.each(['anonymous', '"Acme" <15550100>', '1;x=y', '1\r\n'])(
    'is not called with the caller id %j',
    async (target) => {
      const { asterisk, dial } = await startAnswered()
      await expect(dial('a', leg('l', '1001', { from: number(target) }))).rejects.toThrow('a number to show')
      expect(asterisk.asked('POST', 'channels').length).toBe(1)
    },
  )

  it('is not called where the trunk takes no more, and counts as a call does', async () => {
    const { driver, dial, hears } = await startAnswered({ callsMax: 2 })
    await dial('a', leg('l', '1001'))
    await expect(dial('a', leg('m', '1001'))).rejects.toThrow('one more call')
    expect(await driver.originate(request('b', '1001'))).toMatchObject({ type: 'NOT_SENT' })
    await hears('a', 'LEG_CONNECTED l')
  })

  it('is not called while there is no connection', async () => {
    const { asterisk, dial, told } = await startAnswered()
    asterisk.breakConnections()
    await told.find(isLost)
    await expect(dial('a', leg('l', '1001'))).rejects.toThrow('a connection')
    expect(asterisk.asked('POST', 'channels').length).toBe(1)
  })

  it('has ended at once for a call that rings, has ended, or is not known', async () => {
    const { asterisk, driver, dial, hears, storyOf } = await startAnswered()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await dial('rings', leg('l', '1001'))
    await dial('nobody', leg('m', '1001'))
    expect(storyOf('rings')).toEqual(['RINGING', 'LEG_ENDED l'])
    expect(storyOf('nobody')).toEqual(['LEG_ENDED m'])
    expect(asterisk.asked('POST', 'channels').length).toBe(2)
  })

  it('is called once, however often asked for', async () => {
    const { asterisk, dial, hears, hangupLeg, storySinceAnswer } = await startAnswered()
    await Promise.all([dial('a', leg('l', '1001')), dial('a', leg('l', '1001'))])
    await hears('a', 'LEG_CONNECTED l')
    await hangupLeg('a', 'l')
    await hears('a', 'LEG_ENDED l answered')
    await dial('a', leg('l', '1001'))
    expect(asterisk.asked('POST', 'channels').length).toBe(2)
    expect(storySinceAnswer()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
  })

  it.each([
    [409, { message: 'Channel with given unique ID already exists' }],
    [500, { error: 'Allocation failed' }],
    [503, { message: 'Asterisk not booted' }],
    [404, undefined],
  ])('that Asterisk refuses with %i has ended', async (status, body) => {
    const { asterisk, dial, storySinceAnswer } = await startAnswered()
    const page = body === undefined ? { page: 'not found' } : { body }
    asterisk.trouble(isDialing, { type: 'ANSWER', status, ...page })
    await dial('a', leg('l', '1001'))
    expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
  })

  it.each([true, false])(
    'whose request is not answered is given up and let go, carried out: %s',
    async (carriedOut) => {
      const { asterisk, effects, dial, others, storySinceAnswer } = await startAnswered()
      asterisk.trouble(isDialing, { type: 'RESET', carriedOut })
      await dial('a', leg('l', '1001'))
      await until(() => others().length === 0)
      await effects.advance(60_000)
      expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
      expect(asterisk.asked('POST', 'channels').length).toBe(2)
    },
  )

  it('that was given up and comes about nevertheless is let go, ringing or answered', async () => {
    const { asterisk, dial, effects, others, storySinceAnswer } = await startAnswered()
    asterisk.trouble(isDialing, { type: 'RESET', carriedOut: true })
    asterisk.trouble(({ method, path }) => method === 'DELETE' && path[1] === 'a.leg.l', { type: 'RESET' })
    await dial('a', leg('l', '1180'))
    expect(others()).toEqual(['a.leg.l'])
    await until(
      () => others().length === 0,
      () => effects.advance(1000),
    )
    expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
  })

  it('rings no longer than its ring time, to the millisecond', async () => {
    const { asterisk, dial, effects, hears, storySinceAnswer } = await startAnswered()
    await dial('a', leg('l', '1180', { ringTimeoutMs: 1500 }))
    await effects.advance(1499)
    expect(asterisk.asked('DELETE', 'channels')).toEqual([])
    await effects.advance(1)
    await hears('a', 'LEG_ENDED l')
    expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
  })

  it('that was hung up before there was anything to hang up does not go on ringing', async () => {
    const { asterisk, dial, hangupLeg, hears, others } = await startAnswered()
    let answer = () => {}
    const after = new Promise<void>((resolve) => {
      answer = resolve
    })
    const isHeld = (request: { method: string; path: readonly string[] }) => isDialing(request)
    asterisk.trouble(isHeld, { type: 'ANSWER', status: 200, body: {}, carriedOut: true, after })
    asterisk.trouble(({ method, path }) => method === 'DELETE' && path[1] === 'a.leg.l', {
      ...{ type: 'ANSWER', status: 404, body: { message: 'Channel not found' } },
    })
    const dialed = dial('a', leg('l', '1180'))
    await until(() => others().length === 1)
    await hangupLeg('a', 'l')
    answer()
    await dialed
    await hears('a', 'LEG_ENDED l')
    expect(others()).toEqual([])
  })

  it('leaves nothing behind, and the bridge goes before its end is told', async () => {
    const { asterisk, dial, hangupLeg, hears, others, storySinceAnswer } = await startAnswered()
    let answer = () => {}
    const after = new Promise<void>((resolve) => {
      answer = resolve
    })
    const isLeaving = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'DELETE' && path[0] === 'bridges'
    asterisk.trouble(isLeaving, { type: 'ANSWER', status: 204, carriedOut: true, after })
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    await hangupLeg('a', 'l')
    await asterisk.requests.find(isLeaving)
    expect(storySinceAnswer()).toEqual(['LEG_CONNECTED l'])
    answer()
    await hears('a', 'LEG_ENDED l answered')
    await until(() => asterisk.of.channels.get('a')?.bridge === null)
    expect(others()).toEqual([])
  })

  it.each(['addChannel', 'bridge'])('who cannot be joined to the call is let go, and has ended: %s', async (what) => {
    const { asterisk, dial, hears, others, storySinceAnswer } = await startAnswered()
    const isJoining = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'POST' && path[0] === 'bridges' && (what === 'addChannel') === (path[2] === what)
    asterisk.trouble(isJoining, { type: 'ANSWER', status: 422, body: { message: 'Channel not in Stasis application' } })
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_ENDED l')
    await until(() => others().length === 0 && asterisk.of.media.bridges.size === 0)
    expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
  })

  it('stays where its answer is told twice, and is connected once', async () => {
    const { asterisk, dial, hangupLeg, hears, said, storySinceAnswer } = await startAnswered()
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    const channel = asterisk.of.snapshot(asterisk.of.channels.get('a.leg.l') as never)
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: ['leg'], channel }))
    asterisk.sendText('no JSON: once it is complained of, what came before it was heard')
    await said.find(({ message }) => message.includes('a bad event'))
    await hangupLeg('a', 'l')
    await hears('a', 'LEG_ENDED l answered')
    expect(storySinceAnswer()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
    expect(asterisk.asked('POST', 'bridges').length).toBe(3)
  })

  it('that Asterisk has not taken yet is not missed in its list', async () => {
    const { asterisk, dial, effects, storySinceAnswer } = await startAnswered()
    await effects.advance(29_000)
    asterisk.trouble(isDialing, { type: 'SILENCE' })
    const dialed = dial('a', leg('l', '1180'))
    await effects.advance(1000)
    await asterisk.requests.find(({ method, path }) => method === 'GET' && path.join() === 'channels')
    await until(() => asterisk.asked('GET', 'channels').length > 1)
    await effects.advance(3000)
    expect(storySinceAnswer()).toEqual([])
    await effects.advance(1000)
    await dialed
    expect(storySinceAnswer()).toEqual(['LEG_ENDED l'])
  })

  it('who answers while another talks joins them, and the last to leave takes the bridge along', async () => {
    const { asterisk, dial, hangupLeg, hears } = await startAnswered()
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    await dial('a', leg('m', '1001'))
    await hears('a', 'LEG_CONNECTED m')
    const bridged = () => [...asterisk.of.media.bridges.values()].map(({ channels }) => channels.map(({ id }) => id))
    await until(() => bridged()[0]?.length === 3)
    await hangupLeg('a', 'l')
    await hears('a', 'LEG_ENDED l answered')
    expect(bridged()).toEqual([['a', 'a.leg.m']])
    await hangupLeg('a', 'm')
    await hears('a', 'LEG_ENDED m answered')
    await until(() => bridged().length === 0)
  })

  it('whose call ends while it is joined leaves nothing behind', async () => {
    const { asterisk, dial, driver, ends, others, storySinceAnswer } = await startAnswered()
    const isMaking = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'POST' && path[0] === 'bridges' && path.length === 2
    let answer = () => {}
    const after = new Promise<void>((resolve) => {
      answer = resolve
    })
    asterisk.trouble(isMaking, { type: 'ANSWER', status: 200, body: {}, carriedOut: true, after })
    await dial('a', leg('l', '1001'))
    await asterisk.requests.find(isMaking)
    await driver.hangup('a', 'NORMAL')
    await ends('a')
    answer()
    await until(() => others().length === 0 && asterisk.of.media.bridges.size === 0)
    expect(storySinceAnswer()).toEqual(['HANGUP NORMAL US'])
  })
})

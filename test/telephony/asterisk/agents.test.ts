import { describe, expect, it } from 'vitest'
import { bridgeIdOf } from '../../../src/telephony/asterisk/agents.ts'
import type { FakeAri, FakeAriOptions } from './fake-ari.ts'
import { recordedScripts } from './fake-script.ts'
import { type DispatcherOptions, phone, request, startDialer, startWorld, until } from './support.ts'

/** A world in which call 'a' was answered. */
async function startAnswered(options: DispatcherOptions = {}, fakeOptions: FakeAriOptions = {}) {
  const world = await startWorld(options, fakeOptions)
  await world.driver.originate(request('a', '1001'))
  await world.hears('a', 'ANSWERED')
  const { asterisk } = world
  const legs = () => [...asterisk.of.channels.keys()].filter((id) => id !== 'a')
  const storySinceAnswer = () => world.storyOf('a').slice(2)
  return { ...world, legs, storySinceAnswer }
}

const isRinging = ({ method, path }: { method: string; path: readonly string[] }) =>
  method === 'POST' && path.join() === 'channels'

describe('an agent', () => {
  it('is rung by the endpoint that is set, and joined to the call in a bridge', async () => {
    const { asterisk, driver, hears, legs } = await startAnswered({
      agentEndpoint: 'PJSIP/{extension}',
      app: 'dialgraph',
    })
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    const [, ringing] = asterisk.asked('POST', 'channels')
    expect(ringing?.body).toEqual({
      ...{ endpoint: 'PJSIP/agent1', app: 'dialgraph', appArgs: 'agent', originator: 'a', timeout: 25 },
      channelId: expect.stringMatching(/^a\.agent\.agent\./),
    })
    const bridged = () => asterisk.of.media.bridges.get(bridgeIdOf('a'))?.channels.map((channel) => channel.id)
    await until(() => bridged()?.length === 2)
    expect(bridged()).toEqual(['a', ...legs()])
    expect(await driver.list()).toEqual(['a'])
  })

  it('leaves nothing behind when the caller leaves', async () => {
    const { asterisk, driver, hears, ends, storySinceAnswer } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    const caller = asterisk.of.channels.get('a')
    if (caller !== undefined) asterisk.of.leave(caller)
    await ends('a')
    await until(() => asterisk.of.channels.size === 0 && asterisk.of.media.bridges.size === 0)
    expect(storySinceAnswer()).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL THEM'])
  })

  it('ends the call when leaving, and nothing is left behind', async () => {
    const { asterisk, driver, ends, storySinceAnswer } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent4'))
    await ends('a')
    await until(() => asterisk.of.channels.size === 0 && asterisk.of.media.bridges.size === 0)
    expect(storySinceAnswer()).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL US'])
  })

  it.each(['agent1&PJSIP/1000@trunk', 'a/b', '', '1 2', 'x'.repeat(33)])(
    'whose extension is %j is missed, and nothing is dialed',
    async (extension) => {
      const { asterisk, driver, storySinceAnswer } = await startAnswered()
      await driver.connect('a', phone('agent', extension))
      expect(storySinceAnswer()).toEqual(['AGENT_MISSED agent'])
      expect(asterisk.asked('POST', 'channels').length).toBe(1)
    },
  )

  it('who has no phone, or whose phone cannot be rung for now, is missed', async () => {
    const { asterisk, driver, heard } = await startAnswered()
    await driver.connect('a', phone('none', 'nobody'))
    asterisk.trouble(isRinging, { type: 'RESET', carriedOut: true })
    await driver.connect('a', phone('lost', 'agent1'))
    asterisk.setPhase('NOT_BOOTED')
    await driver.connect('a', phone('booting', 'agent1'))
    await heard.find((news) => news.type === 'AGENT_MISSED' && news.agentId === 'booting')
    const missed = heard.entries.filter((news) => news.type.startsWith('AGENT'))
    expect(missed.map((news) => [news.type, 'agentId' in news && news.agentId])).toEqual([
      ['AGENT_MISSED', 'none'],
      ['AGENT_MISSED', 'lost'],
      ['AGENT_MISSED', 'booting'],
    ])
  })

  it('is missed for a call that rings, has ended, or is not known', async () => {
    const { asterisk, driver, hears, storyOf } = await startWorld()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await driver.connect('rings', phone('agent', 'agent1'))
    await driver.connect('nobody', phone('agent', 'agent1'))
    expect(storyOf('rings')).toEqual(['RINGING', 'AGENT_MISSED agent'])
    expect(storyOf('nobody')).toEqual(['AGENT_MISSED agent'])
    expect(asterisk.asked('POST', 'channels').length).toBe(1)
  })

  it('rings once, however often asked for', async () => {
    const { asterisk, driver, legs } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent3'))
    await driver.connect('a', phone('agent', 'agent3'))
    expect(asterisk.asked('POST', 'channels').length).toBe(2)
    expect(legs().length).toBe(1)
  })

  it('does not ring for a call that an agent has', async () => {
    const { asterisk, driver, hears } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    await driver.connect('a', phone('late', 'agent1'))
    expect(asterisk.asked('POST', 'channels').length).toBe(2)
  })

  it('who answers second is let go without news', async () => {
    const { driver, hears, legs, storySinceAnswer } = await startAnswered()
    await Promise.all([driver.connect('a', phone('x', 'agent1')), driver.connect('a', phone('y', 'agent1'))])
    await hears('a', 'AGENT_CONNECTED x').then(() => until(() => legs().length === 1))
    expect(storySinceAnswer()).toEqual(['AGENT_CONNECTED x'])
  })

  it('does not go on ringing where the offer was withdrawn before there was anything to hang up', async () => {
    const { asterisk, driver, legs, storySinceAnswer } = await startAnswered()
    const isHangup = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'DELETE' && path[0] === 'channels'
    asterisk.trouble(isHangup, { type: 'ANSWER', status: 404, body: { message: 'Channel not found' } })
    const ringing = driver.connect('a', phone('agent', 'agent3'))
    await driver.withdraw('a', 'agent')
    await ringing
    await until(() => legs().length === 0)
    expect(storySinceAnswer()).toEqual([])
  })

  it('who is not let go at first is let go at the next look', async () => {
    const { asterisk, driver, effects, hears, ends, legs } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    const [leg] = legs()
    asterisk.trouble(({ method, path }) => method === 'DELETE' && path[1] === leg, { type: 'RESET' })
    await driver.hangup('a', 'NORMAL')
    await ends('a')
    await asterisk.requests.find(({ method, path }) => method === 'DELETE' && path[1] === leg)
    await effects.advance(30_000)
    await until(() => legs().length === 0)
  })

  it('stays where the answer is told twice', async () => {
    const { asterisk, driver, hears, legs, storySinceAnswer } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    const [leg = ''] = legs()
    const channel = asterisk.of.snapshot(asterisk.of.channels.get(leg) as never)
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: ['agent'], channel }))
    await driver.play('a', 'p', ['http://localhost/hello.wav'])
    await hears('a', 'PLAYBACK_ENDED p')
    expect(legs()).toEqual([leg])
    expect(storySinceAnswer()).toEqual(['AGENT_CONNECTED agent', 'PLAYBACK_ENDED p'])
  })

  it('who was withdrawn can be offered the call again at once', async () => {
    const { driver, hears, storySinceAnswer } = await startAnswered()
    await driver.connect('a', phone('agent', 'agent3'))
    await driver.withdraw('a', 'agent')
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_CONNECTED agent')
    expect(storySinceAnswer()).toEqual(['AGENT_CONNECTED agent'])
  })

  it.each(['addChannel', 'bridge.a'])('who cannot be joined to the call is missed, and let go: %s', async (what) => {
    const { asterisk, driver, hears, legs } = await startAnswered()
    asterisk.trouble(
      ({ method, path }) => method === 'POST' && path[0] === 'bridges' && (path[2] === what || path.length === 2),
      { type: 'ANSWER', status: 409, body: {} },
    )
    await driver.connect('a', phone('agent', 'agent1'))
    await hears('a', 'AGENT_MISSED agent')
    await until(() => legs().length === 0 && asterisk.of.media.bridges.size === 0)
    expect(await driver.list()).toEqual(['a'])
  })
})

/** A phone that a driver of before has rung, for that call. */
function ringFromBefore({ of }: FakeAri, id: string, endpoint: string) {
  const party = { name: '', number: '' }
  const target = { type: 'APP', app: 'dialgraph', args: ['agent'] } as const
  of.originate({ id, endpoint, target, caller: party, connected: party, timeoutMs: null, variables: {} })
}

describe('an agent of before', () => {
  it('who answers when another has the call is let go without news', async () => {
    const scripts = { ...recordedScripts, late: [{ type: 'ANSWERS', afterMs: 20_000 }] } as const
    const before = await startAnswered({}, { scripts })
    const { asterisk, legs } = before
    await before.driver.connect('a', phone('agent', 'agent1'))
    await before.hears('a', 'AGENT_CONNECTED agent')
    await before.driver.stop()
    ringFromBefore(asterisk, 'a.agent.late.1', 'PJSIP/late')
    const { told, storyOf } = startDialer(asterisk.url)
    await told.find((line) => line === 'connected')
    await until(() => asterisk.of.channels.get('a.agent.late.1')?.state === 'Up')
    await until(() => legs().length === 1)
    expect(storyOf('a')).toEqual(['AGENT_CONNECTED agent'])
  })

  it('who answers for a call that is over is let go', async () => {
    const { asterisk } = await startWorld()
    ringFromBefore(asterisk, 'over.agent.late.1', 'PJSIP/agent1')
    await until(() => asterisk.of.channels.get('over.agent.late.1')?.state === 'Up')
    await until(() => asterisk.of.channels.size === 0)
  })

  it('goes on ringing, and is joined by the driver that comes after', async () => {
    const scripts = { ...recordedScripts, late: [{ type: 'ANSWERS', afterMs: 10_000 }] } as const
    const before = await startAnswered({}, { scripts })
    await before.driver.connect('a', phone('agent', 'late'))
    await before.driver.stop()
    const { told, driver, hears } = startDialer(before.asterisk.url)
    await told.find((line) => line === 'connected')
    expect(await driver.list()).toEqual(['a'])
    await hears('a', 'AGENT_CONNECTED agent')
  })

  it('who talks is known again, and takes the call along when leaving', async () => {
    const before = await startAnswered()
    await before.driver.connect('a', phone('agent', 'agent1'))
    await before.hears('a', 'AGENT_CONNECTED agent')
    await before.driver.stop()
    const { told, hears, ends, storyOf } = startDialer(before.asterisk.url)
    await told.find((line) => line === 'connected')
    await hears('a', 'AGENT_CONNECTED agent')
    const bridgings = before.asterisk.asked('POST', 'bridges')
    expect(bridgings.length).toBe(3)
    const [leg = ''] = before.legs()
    const channel = before.asterisk.of.channels.get(leg)
    if (channel !== undefined) before.asterisk.of.leave(channel)
    await ends('a')
    expect(storyOf('a')).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL US'])
    await until(() => before.asterisk.of.media.bridges.size === 0)
  })

  it('whose call is over is let go, and the bridge with it', async () => {
    const before = await startAnswered()
    const { asterisk } = before
    await before.driver.connect('a', phone('agent', 'agent1'))
    await before.hears('a', 'AGENT_CONNECTED agent')
    await before.driver.stop()
    const caller = asterisk.of.channels.get('a')
    if (caller !== undefined) asterisk.of.hangUp(caller, 16)
    const { told } = startDialer(asterisk.url)
    await told.find((line) => line === 'connected')
    await until(() => asterisk.of.channels.size === 0)
    const next = startDialer(asterisk.url)
    await next.told.find((line) => line === 'connected')
    await until(() => asterisk.of.media.bridges.size === 0)
  })
})

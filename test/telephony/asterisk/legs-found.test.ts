import { describe, expect, it, onTestFinished } from 'vitest'
import { startFakeAri } from './fake-ari.ts'
import { ableDriver, leg, request, speedOfTests, startAnswered, startDialer, until } from './support.ts'

const isLost = (line: string) => line.startsWith('disconnected')

describe('a leg whose connection broke', () => {
  it('and that ended meanwhile is told as ended, and the call is in no bridge any more', async () => {
    const { asterisk, dial, effects, hears, told, storySinceAnswer } = await startAnswered()
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    asterisk.breakConnections()
    await told.find(isLost)
    const channel = asterisk.of.channels.get('a.leg.l')
    if (channel !== undefined) asterisk.of.hangUp(channel, 16)
    await effects.advance(250)
    await hears('a', 'LEG_ENDED l answered')
    await told.count(3)
    await until(() => asterisk.of.media.bridges.size === 0)
    expect(storySinceAnswer()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
  })

  it('while it rang goes on ringing, and is joined where it is answered', async () => {
    const scripts = { 7: [{ type: 'RINGS', afterMs: 0 }], 1001: [{ type: 'ANSWERS', afterMs: 0 }] } as const
    const { asterisk, dial, effects, hears, told, others } = await startAnswered({}, { scripts })
    await dial('a', leg('l', '7'))
    asterisk.breakConnections()
    await told.find(isLost)
    await effects.advance(250)
    await told.count(3)
    expect(others()).toEqual(['a.leg.l'])
    asterisk.of.answer('a.leg.l')
    await hears('a', 'LEG_CONNECTED l')
  })
})

/** An Asterisk with a call of before, and a leg of it, neither of which the driver that comes knows. */
async function startWithLeg(target: string) {
  const asterisk = await startFakeAri({ speed: speedOfTests })
  onTestFinished(asterisk.stop)
  const first = startDialer(asterisk.url)
  await first.told.find((line) => line === 'connected')
  await first.driver.originate(request('a', '1001'))
  await first.hears('a', 'ANSWERED')
  await ableDriver(first.driver).dial('a', leg('l', target))
  return { asterisk, first }
}

async function startAnew(url: string) {
  const dialer = startDialer(url)
  await dialer.told.find((line) => line === 'connected')
  return { ...dialer, ...ableDriver(dialer.driver) }
}

describe('a leg of before', () => {
  it('who talks is known again, and its end is told', async () => {
    const { asterisk, first } = await startWithLeg('1001')
    await first.hears('a', 'LEG_CONNECTED l')
    await first.driver.stop()
    const { driver, hangupLeg, hears, storyOf } = await startAnew(asterisk.url)
    expect(await driver.list()).toEqual(['a'])
    await hears('a', 'LEG_CONNECTED l')
    await hangupLeg('a', 'l')
    await hears('a', 'LEG_ENDED l answered')
    expect(storyOf('a')).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
    await until(() => asterisk.of.media.bridges.size === 0)
  })

  it('who rings goes on ringing, is neither listed nor asked about, and can be hung up', async () => {
    const { asterisk, first } = await startWithLeg('1180')
    await first.driver.stop()
    const { driver, hangupLeg, hears } = await startAnew(asterisk.url)
    expect(await driver.list()).toEqual(['a'])
    expect(asterisk.asked('GET', 'channels').filter(({ path }) => path[1] === 'a.leg.l')).toEqual([])
    await hangupLeg('a', 'l')
    await hears('a', 'LEG_ENDED l')
    expect(asterisk.of.channels.size).toBe(1)
  })

  it('who ended meanwhile is told as ended, for the call is alone in its bridge', async () => {
    const { asterisk, first } = await startWithLeg('1001')
    await first.hears('a', 'LEG_CONNECTED l')
    await first.driver.stop()
    const channel = asterisk.of.channels.get('a.leg.l')
    if (channel !== undefined) asterisk.of.hangUp(channel, 16)
    await until(() => !asterisk.of.channels.has('a.leg.l'))
    const { hears, storyOf } = await startAnew(asterisk.url)
    await hears('a', 'LEG_ENDED l answered')
    expect(storyOf('a')).toEqual(['LEG_ENDED l answered'])
    await until(() => asterisk.of.media.bridges.size === 0)
  })

  it('who rings for a call that has ended is let go at the next look', async () => {
    const { asterisk, first } = await startWithLeg('1180')
    asterisk.trouble(({ method, path }) => method === 'DELETE' && path[1] === 'a.leg.l', { type: 'RESET' })
    await first.driver.hangup('a', 'NORMAL')
    await first.ends('a')
    await until(
      () => asterisk.of.channels.size === 0,
      () => first.effects.advance(1000),
    )
    expect(first.storyOf('a').at(-1)).toBe('HANGUP NORMAL US')
  })

  it('whose call is over is let go, and the bridge with it', async () => {
    const { asterisk, first } = await startWithLeg('1001')
    await first.hears('a', 'LEG_CONNECTED l')
    await first.driver.stop()
    const channel = asterisk.of.channels.get('a')
    if (channel !== undefined) asterisk.of.hangUp(channel, 16)
    await until(() => !asterisk.of.channels.has('a'))
    const { heard } = await startAnew(asterisk.url)
    await until(() => asterisk.of.channels.size === 0 && asterisk.of.media.bridges.size === 0)
    expect(heard.entries).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { createAnswered, createWorld } from './support.ts'

const hello = 'http://a.example/hello.wav'

describe('a further leg', () => {
  it('is called through the gateway, from its own caller id, and is known by its own id', async () => {
    const { fake, driver, leg, callId, sent } = await createAnswered()
    await driver.dial(callId, leg('l', '+12025550199', '+12025550177'))
    expect(sent('uuid_setvar')).toEqual([`api uuid_setvar_multi ${callId} dialgraph_leg_l=RINGING`])
    expect(fake.commands.at(-1)).toBe(
      'bgapi originate {origination_uuid=l,ignore_early_media=true,originate_timeout=23,' +
        'origination_caller_id_number=+12025550177,origination_caller_id_name=+12025550177,' +
        `park_timeout=10:NORMAL_CLEARING,dialgraph_leg_of=${callId}}sofia/gateway/trunk/+12025550199 &park()`,
    )
  })

  it('is joined to the call, which is to stay whatever becomes of it', async () => {
    const { driver, leg, callId, sent, timedStory, advance } = await createAnswered()
    await driver.dial(callId, leg('l', '1001'))
    await advance(600_000)
    expect(sent('uuid_').slice(1)).toEqual([
      `api uuid_setvar_multi ${callId} park_after_bridge=true;hangup_after_bridge=false;dialgraph_leg_l=CONNECTED`,
      `api uuid_bridge ${callId} l`,
    ])
    expect(timedStory()).toEqual(['585 LEG_CONNECTED l'])
    expect(await driver.list()).toEqual([callId])
  })

  it('takes the call with it where the switch does not do as it is documented', async () => {
    const { fake, driver, leg, callId, hears, ends, story } = await createAnswered()
    await driver.dial(callId, leg('l', '1000'))
    await hears(callId, 'LEG_CONNECTED l')
    fake.current.find(callId)?.unshown.delete('park_after_bridge')
    await ends(callId)
    expect(story()).toEqual(['LEG_CONNECTED l', 'HANGUP NORMAL US'])
  })

  it('that leaves is told of at once, and the call can be played to', async () => {
    const { driver, leg, callId, hears, advance, timedStory } = await createAnswered()
    await driver.dial(callId, leg('l', '1000'))
    await hears(callId, 'LEG_ENDED l answered')
    await driver.play(callId, 'p', [hello])
    await advance(5000)
    expect(timedStory()).toEqual([...['585 LEG_CONNECTED l', '2060 LEG_ENDED l answered', '3062 PLAYBACK_ENDED p']])
  })

  it.each(['CHANNEL_PARK', 'CHANNEL_BRIDGE'])('comes and goes although %s is missing', async (name) => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    await driver.dial(callId, leg('l', '1000'))
    await advance(550)
    fake.faults.withheld.add(name)
    await advance(10_000)
    expect(story()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
  })

  it.each([
    ['rejects', '1603'],
    ['is busy', '1486'],
    ['is no number that the network knows', '1404'],
  ])('that %s has ended unanswered, and the call goes on', async (_, number) => {
    const { driver, leg, callId, advance, story, sent } = await createAnswered()
    await driver.dial(callId, leg('l', number))
    await advance(60_000)
    expect(story()).toEqual(['LEG_ENDED l'])
    expect(sent('uuid_setvar').at(-1)).toBe(`api uuid_setvar ${callId} dialgraph_leg_l`)
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
  })

  it('that nobody answers is ended at the end of its ring time, by the driver itself', async () => {
    const { driver, leg, callId, advance, timedStory } = await createAnswered()
    await driver.dial(callId, { ...leg('l', '1180'), ringTimeoutMs: 2500 })
    await advance(60_000)
    expect(timedStory()).toEqual(['2501 LEG_ENDED l'])
  })

  it('that the switch never shows is given up in the end', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    fake.faults.lazy = true
    await driver.dial(callId, { ...leg('l', '1001'), ringTimeoutMs: 2500 })
    await advance(62_000)
    expect(story()).toEqual([])
    await advance(1000)
    expect(story()).toEqual(['LEG_ENDED l'])
  })

  it.each(['alice', '1000@evil.example', '1000;x=y', '1000&1001', '1000\r\n', '1000,sofia/x/1', '', ' 1000'])(
    'to %j has ended unasked',
    async (number) => {
      const { fake, driver, leg, callId, advance, story } = await createAnswered()
      const before = fake.commands.length
      await driver.dial(callId, leg('l', number))
      expect(story()).toEqual([])
      await advance(0)
      expect(story()).toEqual(['LEG_ENDED l'])
      expect(fake.commands.length).toBe(before)
    },
  )

  it('from what is no number calls nobody, and ends a moment later', async () => {
    const { fake, driver, leg, callId, story, advance } = await createAnswered()
    const before = fake.commands.length
    await driver.dial(callId, leg('l', '1001', 'alice}x'))
    await advance(0)
    expect(story()).toEqual(['LEG_ENDED l'])
    expect(fake.commands.length).toBe(before)
  })

  it('from nobody leaves the caller id to the gateway', async () => {
    const { fake, driver, leg, callId } = await createAnswered()
    await driver.dial(callId, leg('l', '1001', ''))
    expect(fake.commands.at(-1)).toContain('bgapi originate')
    expect(fake.commands.at(-1)).not.toContain('caller_id')
  })

  it('ends, a moment later, for a call that rings, has ended or was never there', async () => {
    const { driver, leg, place, ends, effects, advance, storyOf } = await createWorld()
    const ringing = await place('1180')
    const ended = await place('1486')
    await ends(ended)
    for (const callId of [ringing, ended, effects.id()]) {
      await driver.dial(callId, leg('l', '1001'))
      expect(storyOf(callId)).not.toContain('LEG_ENDED l')
      await advance(0)
      expect(storyOf(callId).at(-1)).toBe('LEG_ENDED l')
    }
  })

  it('is called once', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    await driver.dial(callId, leg('l', '1001'))
    await driver.dial(callId, leg('l', '1001'))
    await advance(1000)
    expect(fake.jobIds.length).toBe(2)
    expect(story()).toEqual(['LEG_CONNECTED l'])
  })

  it('that the switch cannot join has ended, and the call goes on', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    fake.faults.unjoinable = true
    await driver.dial(callId, leg('l', '1001'))
    await advance(5000)
    expect(story()).toEqual(['LEG_ENDED l answered'])
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
  })

  it('that answers after another one has ended, and leaves those two alone', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    await driver.dial(callId, leg('first', '1001'))
    await advance(100)
    await driver.dial(callId, leg('second', '1001'))
    await advance(10_000)
    expect(story()).toEqual(['LEG_CONNECTED first', 'LEG_ENDED second answered'])
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId, 'first'])
  })

  it('can be followed by another one, and by an agent, who does end the call', async () => {
    const { driver, leg, phone, callId, hears, ends, story } = await createAnswered()
    await driver.dial(callId, leg('first', '1000'))
    await hears(callId, 'LEG_ENDED first answered')
    await driver.dial(callId, leg('second', '1000'))
    await hears(callId, 'LEG_ENDED second answered')
    await driver.connect(callId, phone('agent', '1000'))
    await ends(callId)
    expect(story().slice(4)).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL US'])
  })

  it('goes with its call, whoever ends it, without a word', async () => {
    const { fake, driver, leg, callId, hears, ends, advance, story } = await createAnswered({}, '1000')
    await driver.dial(callId, leg('l', '1001'))
    await hears(callId, 'LEG_CONNECTED l')
    await ends(callId)
    await advance(5000)
    expect(story()).toEqual(['LEG_CONNECTED l', 'HANGUP NORMAL THEM'])
    expect(fake.current.list()).toEqual([])
  })
})

describe('hanging up a leg', () => {
  it('that is being joined waits until it is, because the call would go with it', async () => {
    const { fake, driver, leg, callId, advance, story, sent } = await createAnswered()
    await driver.dial(callId, leg('l', '1001'))
    await advance(540)
    expect(sent('uuid_bridge').length).toBe(1)
    await driver.hangupLeg(callId, 'l')
    expect(sent('uuid_kill')).toEqual([])
    await advance(10_000)
    expect(story()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
  })

  it('that the switch has not shown yet is done when it does', async () => {
    const { fake, driver, leg, callId, advance, story } = await createAnswered()
    await driver.dial(callId, leg('l', '1001'))
    await driver.hangupLeg(callId, 'l')
    await advance(10_000)
    expect(story()).toEqual(['LEG_ENDED l'])
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
  })

  it('that has ended, or is of another call, does nothing', async () => {
    const { driver, leg, place, callId, hears, advance, story, sent } = await createAnswered()
    const other = await place('1001')
    await driver.dial(callId, leg('l', '1001'))
    await hears(callId, 'LEG_CONNECTED l')
    await driver.hangupLeg(other, 'l')
    await driver.hangupLeg(callId, 'nobody')
    await advance(1000)
    expect(sent('uuid_kill')).toEqual([])
    expect(story()).toEqual(['LEG_CONNECTED l'])
  })
})

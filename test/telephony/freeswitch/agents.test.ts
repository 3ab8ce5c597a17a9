import { describe, expect, it } from 'vitest'
import { createWorld } from './support.ts'

async function createAnswered(options: Parameters<typeof createWorld>[0] = {}) {
  const world = await createWorld(options)
  const callId = await world.place('1001')
  await world.hears(callId, 'ANSWERED')
  const legIds = () =>
    world.fake.commands.flatMap((command) => /origination_uuid=([^,]+),.*dialgraph_agent_of/.exec(command)?.[1] ?? [])
  const killsOf = (uuid: string) => world.fake.commands.filter((command) => command.startsWith(`api uuid_kill ${uuid}`))
  const story = () => world.storyOf(callId).slice(2)
  return { ...world, callId, legIds, killsOf, story }
}

describe("an agent's phone", () => {
  it('is called by its extension, shown the number of the call, and is no call of the installation', async () => {
    const { fake, driver, phone, callId, legIds } = await createAnswered()
    await driver.connect(callId, phone('agent', '1180'))
    expect(fake.commands.at(-1)).toBe(
      `bgapi originate {origination_uuid=${legIds()[0]},ignore_early_media=true,originate_timeout=23,` +
        'origination_caller_id_number=1001,origination_caller_id_name=1001,' +
        `park_timeout=10:NORMAL_CLEARING,dialgraph_agent_of=${callId}}user/1180 &park()`,
    )
  })

  it('is called as the installation says', async () => {
    const { fake, driver, phone, callId } = await createAnswered({ agentEndpoint: 'sofia/gateway/trunk/{extension}' })
    await driver.connect(callId, phone('agent', '1180'))
    expect(fake.commands.at(-1)).toMatch(/}sofia\/gateway\/trunk\/1180 &park\(\)$/)
  })

  it('joins the call when it is answered', async () => {
    const { fake, driver, phone, callId, legIds, hears, advance, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1001'))
    await hears(callId, 'AGENT_CONNECTED agent')
    expect(fake.commands).toContain(`api uuid_bridge ${callId} ${legIds()[0]}`)
    await advance(600_000)
    expect(story()).toEqual(['AGENT_CONNECTED agent'])
    expect(await driver.list()).toEqual([callId])
  })

  it.each([
    ['rejects', '1603'],
    ['is busy', '1486'],
    ['is not registered', '1404'],
  ])('that %s misses the call', async (_, extension) => {
    const { driver, phone, callId, hears, advance, story } = await createAnswered()
    await driver.connect(callId, phone('agent', extension))
    await hears(callId, 'AGENT_MISSED agent')
    await advance(60_000)
    expect(story()).toEqual(['AGENT_MISSED agent'])
  })

  it('that never answers misses the call at the end of its ring time', async () => {
    const { driver, phone, callId, advance, story, startsAt, effects } = await createAnswered()
    await driver.connect(callId, phone('agent', '1180'))
    await advance(20_000)
    expect(story()).toEqual([])
    await advance(1000)
    expect(story()).toEqual(['AGENT_MISSED agent'])
    expect(effects.now() - startsAt).toBeLessThan(22_000)
  })

  it('with what is no extension misses the call, unasked', async () => {
    const { fake, driver, phone, callId, hears, story } = await createAnswered()
    const before = fake.commands.length
    await driver.connect(callId, phone('agent', '1001,user/1002'))
    expect(story()).toEqual([])
    await hears(callId, 'AGENT_MISSED agent')
    expect(fake.commands.length).toBe(before)
  })

  it('is missed, a moment later, by a call that rings, has ended or was never there', async () => {
    const { driver, phone, place, ends, effects, advance, storyOf } = await createWorld()
    const ringing = await place('1180')
    const ended = await place('1486')
    await ends(ended)
    for (const callId of [ringing, ended, effects.id()]) {
      await driver.connect(callId, phone('agent', '1001'))
      expect(storyOf(callId)).not.toContain('AGENT_MISSED agent')
      await advance(0)
      expect(storyOf(callId).at(-1)).toBe('AGENT_MISSED agent')
    }
  })

  it('that rings already goes on ringing when connected again', async () => {
    const { driver, phone, callId, legIds, advance } = await createAnswered()
    await driver.connect(callId, phone('agent', '1180'))
    await advance(500)
    await driver.connect(callId, phone('agent', '1180'))
    expect(legIds().length).toBe(1)
  })

  it('that leaves ends the call', async () => {
    const { driver, phone, callId, ends, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1000'))
    await ends(callId)
    expect(story()).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL US'])
  })

  it('is left by the called side', async () => {
    const { fake, driver, phone, place, hears, ends, effects, storyOf } = await createWorld()
    const callId = await place('1000')
    await hears(callId, 'ANSWERED')
    await driver.connect(callId, phone('agent', '1001'))
    await ends(callId)
    await effects.advance(1000)
    expect(storyOf(callId).slice(2)).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL THEM'])
    expect(fake.current.list()).toEqual([])
  })

  it('outlives the call, or the call it, for half a second at most, should the switch keep either', async () => {
    for (const leaves of ['agent', 'call'] as const) {
      const { fake, driver, phone, callId, legIds, hears, advance } = await createAnswered()
      await driver.connect(callId, phone('agent', '1001'))
      await hears(callId, 'AGENT_CONNECTED agent')
      await advance(1000)
      const [legId = ''] = legIds()
      for (const uuid of [callId, legId]) {
        const channel = fake.current.find(uuid)
        if (channel !== undefined) channel.bridge = null
      }
      const first = fake.current.find(leaves === 'agent' ? legId : callId)
      if (first !== undefined) fake.current.kill(first, 'NORMAL_CLEARING')
      await advance(100)
      expect(fake.current.list().length).toBe(1)
      await advance(1000)
      expect(fake.current.list()).toEqual([])
    }
  })

  it('that the switch cannot join misses the call', async () => {
    const { fake, driver, phone, callId, hears, advance, story, legIds } = await createAnswered()
    fake.faults.unjoinable = true
    await driver.connect(callId, phone('agent', '1001'))
    await hears(callId, 'AGENT_MISSED agent')
    await advance(1000)
    expect(story()).toEqual(['AGENT_MISSED agent'])
    expect(fake.current.find(legIds()[0] ?? '')).toBeUndefined()
  })

  it('that is answered and never joined is hung up by the switch itself', async () => {
    const { fake, driver, phone, callId, advance } = await createAnswered()
    await driver.connect(callId, phone('agent', '1001'))
    await advance(200)
    await driver.stop()
    await advance(5000)
    expect(fake.current.list().length).toBe(2)
    await advance(10_000)
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
  })
})

describe('an agent who is withdrawn', () => {
  it('falls silent without news', async () => {
    const { fake, driver, phone, callId, advance, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1180'))
    await advance(500)
    await driver.withdraw(callId, 'agent')
    await advance(60_000)
    expect(story()).toEqual([])
    expect(fake.current.list().length).toBe(1)
  })

  it('before the switch has begun to ring falls silent as soon as it does', async () => {
    const { fake, driver, phone, callId, legIds, killsOf, advance, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1001'))
    await driver.withdraw(callId, 'agent')
    await advance(1000)
    expect(story()).toEqual([])
    expect(fake.current.list().length).toBe(1)
    expect(killsOf(legIds()[0] ?? '').length).toBe(2)
  })

  it('can ring again', async () => {
    const { driver, phone, callId, hears, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1180'))
    await driver.withdraw(callId, 'agent')
    await driver.connect(callId, phone('agent', '1001'))
    await hears(callId, 'AGENT_CONNECTED agent')
    expect(story()).toEqual(['AGENT_CONNECTED agent'])
  })

  it('but talks is not disturbed', async () => {
    const { driver, phone, callId, hears, advance, story } = await createAnswered()
    await driver.connect(callId, phone('agent', '1001'))
    await hears(callId, 'AGENT_CONNECTED agent')
    await driver.withdraw(callId, 'agent')
    await driver.connect(callId, phone('another', '1001'))
    await advance(5000)
    expect(story()).toEqual(['AGENT_CONNECTED agent'])
  })
})

describe('several agents who ring for one call', () => {
  it('lose it to the first to answer, without news', async () => {
    const { fake, driver, phone, callId, advance, story } = await createAnswered()
    await driver.connect(callId, phone('never', '1180'))
    await driver.connect(callId, phone('first', '1001'))
    await driver.connect(callId, phone('second', '1001'))
    await advance(60_000)
    expect(story()).toEqual(['AGENT_CONNECTED first'])
    expect(fake.current.list().length).toBe(2)
  })

  it('go on ringing when one of them rejects', async () => {
    const { driver, phone, callId, hears, story } = await createAnswered()
    await driver.connect(callId, phone('rejects', '1603'))
    await driver.connect(callId, phone('second', '1001'))
    await hears(callId, 'AGENT_CONNECTED second')
    expect(story()).toEqual(['AGENT_MISSED rejects', 'AGENT_CONNECTED second'])
  })

  it('are joined one at a time: who answers while another is being joined is let go of', async () => {
    const { fake, driver, phone, callId, hears, advance, story } = await createAnswered()
    fake.faults.answerMs = 50
    await driver.connect(callId, phone('first', '1001'))
    await driver.connect(callId, phone('second', '1001'))
    await hears(callId, 'AGENT_CONNECTED first')
    await advance(1000)
    expect(story()).toEqual(['AGENT_CONNECTED first'])
    expect(fake.commands.filter((command) => command.startsWith('api uuid_bridge')).length).toBe(1)
    expect(fake.current.list().length).toBe(2)
  })

  it('take the turn of one that could not be joined', async () => {
    const { fake, driver, phone, callId, hears, advance, story } = await createAnswered()
    fake.faults.unjoinable = true
    fake.faults.answerMs = 50
    await driver.connect(callId, phone('first', '1001'))
    await driver.connect(callId, phone('second', '1001'))
    await advance(550)
    fake.faults.unjoinable = false
    await hears(callId, 'AGENT_CONNECTED second')
    expect(story()).toEqual(['AGENT_MISSED first', 'AGENT_CONNECTED second'])
  })

  it('fall silent when the call ends', async () => {
    const { fake, driver, phone, callId, advance, ends, story } = await createAnswered()
    await driver.connect(callId, phone('a', '1180'))
    await driver.connect(callId, phone('b', '1180'))
    await advance(200)
    await driver.hangup(callId, 'ABANDONED')
    await ends(callId)
    await advance(100)
    expect(story()).toEqual(['HANGUP ABANDONED US'])
    expect(fake.current.list()).toEqual([])
  })
})

describe('agents, when the connection is lost', () => {
  it.each([
    ['were answered meanwhile are joined on the next one', '1001', 'AGENT_CONNECTED agent'],
    ['rejected meanwhile have missed the call', '1603', 'AGENT_MISSED agent'],
  ])('whose phones %s', async (_, extension, told) => {
    const { fake, driver, phone, callId, advance, hears, story } = await createAnswered()
    await driver.connect(callId, phone('agent', extension))
    await advance(100)
    fake.faults.booting = true
    fake.cut()
    await advance(1000)
    fake.faults.booting = false
    await hears(callId, told)
    expect(story()).toEqual([told])
  })

  it('who talk go on', async () => {
    const { fake, driver, phone, callId, advance, hears, story, told } = await createAnswered()
    await driver.connect(callId, phone('agent', '1001'))
    await hears(callId, 'AGENT_CONNECTED agent')
    await advance(1000)
    fake.cut()
    await advance(10_000)
    expect(told.at(-1)).toBe('connected')
    expect(story()).toEqual(['AGENT_CONNECTED agent'])
    expect(fake.current.list().length).toBe(2)
  })
})

import { describe, expect, it } from 'vitest'
import { createAnswered, createWorld } from './support.ts'

const originatesOf = (commands: readonly string[]) =>
  commands.filter((command) => command.startsWith('bgapi originate'))

/** A switch that takes no more bytes: one command waits in the socket, and those after it in this process. */
async function clog(world: Awaited<ReturnType<typeof createWorld>>): Promise<void> {
  world.fake.faults.clogged = true
  void world.raw.list().catch(() => {})
  await world.effects.settle()
}

describe('a request for a call that the switch does not take', () => {
  it('is given back after two seconds as not sent, and never sent', async () => {
    const world = await createWorld()
    const { fake, effects, raw, request, heard } = world
    await clog(world)
    const asked = raw.originate(request('1001'))
    await effects.advance(2000)
    expect(await asked).toMatchObject({ type: 'NOT_SENT' })
    fake.takeAgain()
    await effects.advance(10_000)
    expect(originatesOf(fake.commands)).toEqual([])
    expect(heard).toEqual([])
  })

  it('is sent when it is taken in time', async () => {
    const world = await createWorld()
    const { fake, effects, raw, request } = world
    await clog(world)
    const asked = raw.originate(request('1001'))
    await effects.advance(1500)
    fake.takeAgain()
    await effects.advance(100)
    expect(await asked).toEqual({ type: 'ACCEPTED' })
    expect(originatesOf(fake.commands).length).toBe(1)
  })

  it('is refused, not unknown, where the connection breaks before it was sent', async () => {
    const world = await createWorld()
    const { fake, effects, raw, request } = world
    await clog(world)
    const asked = raw.originate(request('1001'))
    fake.cut()
    await effects.advance(0)
    expect(await asked).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    fake.takeAgain()
    await effects.advance(10_000)
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it('is unknown where the connection breaks while it is on its way', async () => {
    const { fake, effects, raw, request } = await createWorld()
    fake.faults.clogged = true
    const asked = raw.originate(request('1001'))
    fake.cut()
    await effects.advance(0)
    expect(await asked).toEqual({ type: 'INDETERMINATE' })
  })

  it('is taken back when the call is hung up', async () => {
    const world = await createWorld()
    const { fake, effects, raw, request, heard } = world
    const of = request('1001')
    await clog(world)
    const asked = raw.originate(of)
    await raw.hangup(of.callId, 'CANCEL')
    expect(await asked).toMatchObject({ type: 'NOT_SENT' })
    fake.takeAgain()
    await effects.advance(10_000)
    expect(originatesOf(fake.commands)).toEqual([])
    expect(heard).toEqual([])
  })

  it('is given back at once where ten thousand commands wait already', async () => {
    const world = await createWorld()
    const { effects, raw, request } = world
    await clog(world)
    for (let i = 0; i < 10_000; i++) void raw.list().catch(() => {})
    const asked = raw.originate(request('1001'))
    await effects.advance(0)
    expect(await asked).toMatchObject({ type: 'NOT_SENT' })
  })
})

describe('somebody who is to be rung, by a request that the switch does not take,', () => {
  it.each(['the agent is withdrawn', 'the call is hung up'])('is never rung once %s', async (what) => {
    const world = await createAnswered()
    const { fake, effects, raw, phone, callId, story } = world
    await clog(world)
    await raw.connect(callId, phone('agent', '1001'))
    if (what === 'the agent is withdrawn') await raw.withdraw(callId, 'agent')
    else void raw.hangup(callId, 'NORMAL')
    fake.takeAgain()
    await effects.advance(10_000)
    expect(originatesOf(fake.commands).length).toBe(1)
    expect(story()).toEqual(what === 'the agent is withdrawn' ? [] : ['HANGUP NORMAL US'])
  })

  it('is never rung once the leg is hung up, which then has ended', async () => {
    const world = await createAnswered()
    const { fake, effects, raw, leg, callId, story } = world
    await clog(world)
    await raw.dial(callId, leg('l', '1001'))
    await raw.hangupLeg(callId, 'l')
    fake.takeAgain()
    await effects.advance(10_000)
    expect(originatesOf(fake.commands).length).toBe(1)
    expect(story()).toEqual(['LEG_ENDED l'])
  })
})

import { describe, expect, it } from 'vitest'
import { createWorld, request, scripted } from './support.ts'

describe('a lookup', () => {
  it('tells whether a live call rings or was answered', async () => {
    const { effects, driver, place } = await createWorld()
    await place(scripted(0))
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'RINGING' })
    await effects.advance(2000)
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
  })

  it('tells how and when a call ended, and when it was answered', async () => {
    const { startsAt, driver, lifeOf } = await createWorld()
    await lifeOf(scripted(0))
    const ended = { type: 'ENDED', reason: 'NORMAL', answeredAt: startsAt + 2000, endedAt: startsAt + 7000 }
    expect(await driver.lookup('a')).toEqual(ended)
    await lifeOf(scripted(50), { callId: 'b' })
    expect(await driver.lookup('b')).toEqual({ ...ended, reason: 'BUSY', answeredAt: null, endedAt: startsAt + 8000 })
  })

  it('has not seen an id that was never used', async () => {
    const { effects, driver, lifeOf } = await createWorld()
    await lifeOf(scripted(0))
    expect(await driver.lookup(effects.id())).toEqual({ type: 'NOT_SEEN' })
  })

  it('cannot tell of a call of before it was started: it was not there', async () => {
    const { effects, driver } = await createWorld()
    const hourBefore = (effects.now() - 3_600_000).toString(16).padStart(12, '0')
    const callId = `${hourBefore.slice(0, 8)}-${hourBefore.slice(8)}-7000-8000-000000000000`
    expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
  })

  it.each([92, 93])('cannot tell of a call to %i, and the list does not show it', async (number) => {
    const { effects, driver, place } = await createWorld()
    await place(scripted(number))
    expect(await driver.list()).toEqual([])
    await effects.run()
    expect(await driver.lookup('a')).toEqual({ type: 'CANNOT_TELL' })
  })

  it('cannot tell of a call that ended more than an hour ago', async () => {
    const { effects, driver, place } = await createWorld()
    const callId = effects.id()
    await place(scripted(70), { callId })
    await effects.advance(3_600_000)
    expect(await driver.lookup(callId)).toMatchObject({ type: 'ENDED', reason: 'CONGESTION' })
    await effects.advance(1)
    expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
    expect(await driver.lookup(effects.id())).toEqual({ type: 'NOT_SEEN' })
  })
})

describe('the list', () => {
  it('shows the live calls and no others', async () => {
    const { effects, driver, place } = await createWorld()
    await place(scripted(0), { callId: 'talks 5 s' })
    await place(scripted(50), { callId: 'is busy' })
    await place(scripted(95), { callId: 'goes on' })
    expect(await driver.list()).toEqual(['talks 5 s', 'is busy', 'goes on'])
    await effects.advance(1000)
    expect(await driver.list()).toEqual(['talks 5 s', 'goes on'])
    await effects.advance(6000)
    expect(await driver.list()).toEqual(['goes on'])
  })
})

describe('an id', () => {
  it('that lives is not placed again: nobody can tell what became of the request', async () => {
    const { effects, driver, story, place } = await createWorld()
    await place(scripted(0))
    expect(await driver.originate(request('a', scripted(70)))).toEqual({ type: 'INDETERMINATE' })
    await effects.run()
    expect(story()).toEqual(['0 RINGING', '2000 ANSWERED', '7000 HANGUP NORMAL THEM'])
  })

  it('of a silent call counts as one that lives', async () => {
    const { driver, place } = await createWorld()
    await place(scripted(92))
    expect(await driver.originate(request('a', scripted(0)))).toEqual({ type: 'INDETERMINATE' })
  })

  it('is free again once its call has ended', async () => {
    const { lifeOf } = await createWorld()
    await lifeOf(scripted(70))
    expect(await lifeOf(scripted(50))).toEqual(['0 HANGUP CONGESTION THEM', '1000 HANGUP BUSY THEM'])
  })
})

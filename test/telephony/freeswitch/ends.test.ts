import { describe, expect, it } from 'vitest'
import { createWorld } from './support.ts'

describe('news that does not come', () => {
  it('of an end is taken from what the switch says last', async () => {
    const { fake, place, ends, storyOf } = await createWorld()
    fake.faults.withheld.add('CHANNEL_HANGUP_COMPLETE')
    const callId = await place('1000')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM'])
  })

  it('of the end of an unanswered call is taken from its job', async () => {
    const { fake, place, ends, storyOf } = await createWorld()
    fake.faults.withheld.add('CHANNEL_HANGUP_COMPLETE').add('CHANNEL_DESTROY')
    const callId = await place('1486')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP BUSY THEM'])
  })

  it('of the end of an unanswered call is taken from its job, also when it is to be hung up meanwhile', async () => {
    const { fake, effects, driver, place, ends, storyOf } = await createWorld()
    fake.faults.withheld.add('CHANNEL_HANGUP_COMPLETE').add('CHANNEL_DESTROY')
    const callId = await place('1486')
    await effects.advance(500)
    expect(await driver.lookup(callId)).toMatchObject({ type: 'ENDED', reason: 'BUSY' })
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP BUSY THEM'])
  })

  it('of the end of an answered call is missed when it is looked up, or hung up', async () => {
    for (const act of ['lookup', 'hangup'] as const) {
      const { fake, effects, driver, place, hears, ends, storyOf } = await createWorld()
      fake.faults.withheld.add('CHANNEL_HANGUP_COMPLETE').add('CHANNEL_DESTROY')
      const callId = await place('1000')
      await hears(callId, 'ANSWERED')
      await effects.advance(10_000)
      expect(storyOf(callId).length).toBe(2)
      if (act === 'lookup') expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
      else await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      expect(storyOf(callId).at(-1)).toBe('HANGUP UNKNOWN THEM')
    }
  })

  it('of an answer leaves an end that is an answered one', async () => {
    const { fake, place, ends, storyOf } = await createWorld()
    fake.faults.withheld.add('CHANNEL_ANSWER')
    const callId = await place('1000')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP NORMAL THEM'])
  })
})

describe('news that comes after the end', () => {
  it('is passed on, and ends nothing twice', async () => {
    const { fake, effects, place, ends, storyOf } = await createWorld()
    const callId = await place('1486')
    await ends(callId)
    for (const name of ['CHANNEL_ANSWER', 'CHANNEL_HANGUP_COMPLETE']) {
      const body = JSON.stringify({ 'Event-Name': name, 'Unique-ID': callId, 'Answer-State': 'answered' })
      fake.send(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`)
    }
    await effects.advance(5000)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP BUSY THEM', 'ANSWERED'])
  })
})

describe('a hangup', () => {
  it('that comes before the call does ends it as soon as it is there', async () => {
    const { raw, effects, request, storyOf, fake } = await createWorld()
    const of = request('1001')
    const asked = raw.originate(of)
    await raw.hangup(of.callId, 'CANCEL').catch(() => {})
    await effects.advance(50)
    expect(await asked).toEqual({ type: 'ACCEPTED' })
    expect(storyOf(of.callId)).toEqual(['HANGUP CANCEL US'])
    expect(fake.current.find(of.callId)).toBeUndefined()
  })

  it('of a call that the switch shows only after its time was over ends it', async () => {
    const { raw, effects, fake, request, storyOf } = await createWorld()
    fake.faults.lazy = true
    const of = request('1180', { ringTimeoutMs: 3000 })
    const asked = raw.originate(of)
    await effects.advance(5000)
    expect(await asked).toEqual({ type: 'INDETERMINATE' })
    fake.current.originate('late', { uuid: of.callId, gateway: 'trunk', number: '1180', variables: new Map() })
    await effects.advance(100)
    expect(storyOf(of.callId)).toEqual(['HANGUP NO_ANSWER US'])
  })

  it('that is refused because the call has just ended does not end it a second time', async () => {
    const { raw, effects, place, fake, storyOf } = await createWorld()
    const callId = await place('1001')
    await effects.advance(1000)
    fake.faults.answerMs = 200
    void raw.hangup(callId, 'CANCEL')
    await effects.advance(10)
    void raw.hangup(callId, 'CANCEL')
    await effects.advance(5000)
    expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP CANCEL US'])
  })

  it('of a call that never came about is forgotten in the end', async () => {
    const { raw, effects, fake, request, heard } = await createWorld({ callsMax: 1 })
    fake.faults.lazy = true
    const asked = raw.originate(request('1180', { ringTimeoutMs: 3000 }))
    await effects.advance(2000)
    expect((await asked).type).toBe('INDETERMINATE')
    expect((await raw.originate(request('1001'))).type).toBe('NOT_SENT')
    await effects.advance(62_000)
    fake.faults.lazy = false
    const next = raw.originate(request('1001'))
    await effects.advance(10)
    expect(await next).toEqual({ type: 'ACCEPTED' })
    expect(heard).toEqual([])
  })

  it('of a call that the switch shows just before it is given up for good is heard of all the same', async () => {
    const { raw, effects, fake, request, storyOf } = await createWorld()
    fake.faults.lazy = true
    const of = request('1180', { ringTimeoutMs: 3000 })
    void raw.originate(of)
    await effects.advance(62_997)
    fake.current.originate('late', { uuid: of.callId, gateway: 'trunk', number: '1180', variables: new Map() })
    await effects.advance(100)
    expect(storyOf(of.callId)).toEqual(['HANGUP NO_ANSWER US'])
  })

  it('keeps to the reason that was asked for first', async () => {
    const { driver, place, hears, ends, storyOf } = await createWorld()
    const callId = await place('1001')
    await hears(callId, 'ANSWERED')
    await Promise.all([driver.hangup(callId, 'ABANDONED'), driver.hangup(callId, 'NORMAL')])
    await ends(callId)
    expect(storyOf(callId).at(-1)).toBe('HANGUP ABANDONED US')
  })

  it('comes at the very end of the ring time and of the longest duration', async () => {
    const { place, ends, timesOf, startsAt, heard } = await createWorld()
    const ringing = await place('1180', { ringTimeoutMs: 3210 })
    const talking = await place('1001', { maxDurationMs: 2345 })
    await ends(talking)
    await ends(ringing)
    expect(timesOf(ringing).at(-1)).toBe('3211 HANGUP NO_ANSWER US')
    const answeredAt = heard.find((news) => news.type === 'ANSWERED')?.at ?? 0
    // The switch takes its 22 ms to notice.
    expect(timesOf(talking).at(-1)).toBe(`${answeredAt - startsAt + 2345 + 22} HANGUP TIMEOUT US`)
  })

  it('of a call that nobody knows is no error', async () => {
    const { driver, effects, heard } = await createWorld()
    await driver.hangup(effects.id(), 'NORMAL')
    expect(heard).toEqual([])
  })
})

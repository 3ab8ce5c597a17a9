import { describe, expect, it } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createCallHistory, type EndedCall } from '../../../src/telephony/kit/call-history.ts'

function setup(keptMax: number) {
  const effects = createSimulatedEffects()
  const records = createCallHistory({ effects, sinceMs: Number.NEGATIVE_INFINITY, keptMs: 1000, keptMax })
  const ended = (callId: string): EndedCall => ({
    ...{ type: 'ENDED', callId, reason: 'BUSY', answeredAt: null },
    endedAt: effects.now(),
  })
  return { effects, records, ended }
}

describe('the records of a carrier', () => {
  it('keep a call for the given time and no longer', async () => {
    const { effects, records, ended } = setup(10)
    records.add(ended('a'))
    await effects.advance(1000)
    expect(records.find('a')).toMatchObject({ callId: 'a', reason: 'BUSY' })
    await effects.advance(1)
    expect(records.find('a')).toBeUndefined()
  })

  it('keep a call of any age where no time is given', async () => {
    const effects = createSimulatedEffects()
    const records = createCallHistory({ effects, sinceMs: 0, keptMs: Number.POSITIVE_INFINITY })
    records.add({ type: 'ENDED', callId: 'a', reason: 'BUSY', answeredAt: null, endedAt: effects.now() })
    await effects.advance(30 * 24 * 3_600_000)
    expect(records.find('a')).toMatchObject({ reason: 'BUSY' })
  })

  it('keep no more than the given number, and drop the oldest', () => {
    const { records, ended } = setup(3)
    for (let i = 0; i < 20; i++) records.add(ended(`call ${i}`))
    expect(records.find('call 16')).toBeUndefined()
    expect(['call 17', 'call 18', 'call 19'].map((id) => records.find(id)?.callId)).not.toContain(undefined)
  })

  it('keep the newer record of an id that was used again', async () => {
    const { effects, records, ended } = setup(10)
    records.add(ended('a'))
    await effects.advance(600)
    const newer = ended('a')
    records.add(newer)
    await effects.advance(600)
    expect(records.find('a')).toBe(newer)
    expect(records.reachesBackTo('b')).toBe(true)
  })

  it('reach back to every call until one is dropped', () => {
    const { records, ended } = setup(1)
    records.add(ended('a'))
    expect(records.reachesBackTo('b')).toBe(true)
    records.add(ended('c'))
    expect(records.reachesBackTo('b')).toBe(false)
  })

  it('reach back to ids that are younger than all that were dropped', async () => {
    const { effects, records, ended } = setup(1)
    const older = effects.id()
    await effects.advance(1)
    const dropped = effects.id()
    await effects.advance(1)
    const younger = effects.id()
    records.add(ended(dropped))
    records.add(ended(effects.id()))
    expect(records.reachesBackTo(older)).toBe(false)
    expect(records.reachesBackTo(dropped)).toBe(false)
    expect(records.reachesBackTo(younger)).toBe(true)
  })
})

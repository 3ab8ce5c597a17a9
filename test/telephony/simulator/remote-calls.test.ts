import { describe, expect, test } from 'vitest'
import { connectDialer, startCarrier } from './remote-support.ts'
import { phone, request, scripted } from './support.ts'

describe('calls', () => {
  test('live on when the dialer goes, and are told of again when it is back', async () => {
    const carrier = await startCarrier()
    const before = await connectDialer(carrier.url)
    await before.driver.originate(request('a', scripted(95)))
    await before.driver.stop()
    expect(before.told.entries).toEqual(['connected'])
    await carrier.effects.advance(2000)

    const after = await connectDialer(carrier.url)
    expect(await after.driver.list()).toEqual(['a'])
    expect(await after.driver.lookup('a')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    await after.driver.hangup('a', 'CANCEL')
    await carrier.effects.advance(0)
    await after.until('a HANGUP')
    expect(after.told.entries).toEqual(['connected', 'a HANGUP'])
  })

  test('of one installation are not listed or told to another', async () => {
    const carrier = await startCarrier()
    const one = await connectDialer(carrier.url, { installationId: 'one' })
    const two = await connectDialer(carrier.url, { installationId: 'two' })
    await one.driver.originate(request('of one', scripted(0), { variables: { dialgraph_installation: 'one' } }))
    await two.driver.originate(request('of two', scripted(0), { variables: { dialgraph_installation: 'two' } }))
    expect([await one.driver.list(), await two.driver.list()]).toEqual([['of one'], ['of two']])
    await carrier.effects.run()
    await Promise.all([one.until('of one HANGUP'), two.until('of two HANGUP')])
    // What was sent before the answer to this has arrived before it.
    await Promise.all([one.driver.list(), two.driver.list()])
    const life = (callId: string) => ['connected', ...['RINGING', 'ANSWERED', 'HANGUP'].map((of) => `${callId} ${of}`)]
    expect([one.told.entries, two.told.entries]).toEqual([life('of one'), life('of two')])
    expect(carrier.requests().map(({ what, installationId }) => `${what} ${installationId}`)).toEqual([
      ...['ORIGINATE one', 'ORIGINATE two', 'LIST one', 'LIST two', 'LIST one', 'LIST two'],
    ])
  })

  test('belong to the installation that they carry, whoever placed them', async () => {
    const carrier = await startCarrier()
    const one = await connectDialer(carrier.url, { installationId: 'one' })
    const two = await connectDialer(carrier.url, { installationId: 'two' })
    await one.driver.originate(request('a', scripted(70), { variables: { dialgraph_installation: 'two' } }))
    expect([await one.driver.list(), await two.driver.list()]).toEqual([[], ['a']])
    await carrier.effects.run()
    await two.until('a HANGUP')
  })

  test('do not change hands when another asks for a call with the same id', async () => {
    const carrier = await startCarrier()
    const one = await connectDialer(carrier.url, { installationId: 'one' })
    const two = await connectDialer(carrier.url, { installationId: 'two' })
    await one.driver.originate(request('a', scripted(95)))
    expect(await two.driver.originate(request('a', scripted(95)))).toEqual({ type: 'INDETERMINATE' })
    await two.driver.connect('a', phone('agent'))
    expect([await one.driver.list(), await two.driver.list()]).toEqual([['a'], []])
  })

  test('are told to every dialer of their installation', async () => {
    const carrier = await startCarrier()
    const [first, second] = [await connectDialer(carrier.url), await connectDialer(carrier.url)]
    await first.driver.originate(request('a', scripted(70)))
    await carrier.effects.run()
    await Promise.all([first.until('a HANGUP'), second.until('a HANGUP')])
  })

  test('that nobody knows are refused to who asked, and to nobody else', async () => {
    const carrier = await startCarrier()
    const one = await connectDialer(carrier.url, { installationId: 'one' })
    const two = await connectDialer(carrier.url, { installationId: 'two' })
    await two.driver.connect('of nobody', phone('agent'))
    await carrier.effects.run()
    await two.until('of nobody AGENT_MISSED')
    await one.driver.list()
    expect(one.told.entries).toEqual(['connected'])
  })
})

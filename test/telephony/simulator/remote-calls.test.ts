import { describe, expect, test } from 'vitest'
import { connectDialer, startCarrier } from './remote-support.ts'
import { leg, phone, request, scripted } from './support.ts'

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

  test('are asked for whatever actions need, over the distance too', async () => {
    const carrier = await startCarrier()
    const { driver, until } = await connectDialer(carrier.url)
    await driver.originate(request('a', scripted(95)))
    await carrier.effects.advance(2000)
    await driver.tone('a', 't')
    await driver.play('a', 'p', ['https://a.example/1.wav'])
    await driver.stopPlayback('a', 'p')
    await driver.receiveDigits('a')
    await driver.sendDigits('a', '1', { durationMs: 100, intervalMs: 100 })
    await driver.detectMachine('a')
    await driver.startRecording('a', 'r', { format: 'wav', durationMaxMs: null, beep: false })
    await driver.stopRecording('a', 'r')
    await driver.dial('a', leg('one', scripted(0)))
    await driver.dial('a', leg('two', scripted(0)))
    await driver.hangupLeg('a', 'two')
    await carrier.effects.advance(60_000)
    for (const type of ['PLAYBACK_ENDED', 'DIGIT', 'MACHINE', 'RECORDING_ENDED', 'LEG_CONNECTED', 'LEG_ENDED']) {
      await until(`a ${type}`)
    }
    const asked = carrier
      .requests()
      .map(({ what, playbackId, recordingId, legId }) =>
        [what, playbackId ?? recordingId ?? legId].filter(Boolean).join(' '),
      )
    expect(asked).toEqual([
      ...['ORIGINATE', 'TONE t', 'PLAY p', 'STOP_PLAYBACK p', 'RECEIVE_DIGITS', 'SEND_DIGITS', 'DETECT_MACHINE'],
      ...['START_RECORDING r', 'STOP_RECORDING r', 'DIAL one', 'DIAL two', 'HANG_UP_LEG two'],
    ])
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

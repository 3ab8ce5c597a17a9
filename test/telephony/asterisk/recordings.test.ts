import { describe, expect, it, onTestFinished } from 'vitest'
import { startFakeAri } from './fake-ari.ts'
import { ableDriver, request, speedOfTests, startAnswered, startDialer, startWorld, until } from './support.ts'

const settings = { format: 'wav', durationMaxMs: null, beep: false } as const
const isLost = (line: string) => line.startsWith('disconnected')
const isListening = ({ path }: { path: readonly string[] }) => path[2] === 'snoop'
const isRecording = ({ path }: { path: readonly string[] }) => path[2] === 'record'

describe('a recording', () => {
  it('is made of a channel that hears both sides, under its id, and told with where it lies', async () => {
    const { asterisk, startRecording, stopRecording, hears, heard, others } = await startAnswered()
    await startRecording('a', 'r', settings)
    const made = asterisk.requests.entries.filter((request) => isListening(request) || isRecording(request))
    expect(made.map(({ method, path, query }) => [method, path.join('/'), query])).toEqual([
      ['POST', 'channels/a/snoop/a.recording.r', { spy: 'both', app: 'dialgraph', appArgs: 'recording' }],
      [
        'POST',
        'channels/a.recording.r/record',
        { name: 'r', format: 'wav', maxDurationSeconds: '0', ifExists: 'fail' },
      ],
    ])
    await stopRecording('a', 'r')
    await hears('a', 'RECORDING_ENDED r')
    const location = `${asterisk.url}/recordings/stored/r/file`
    expect(heard.entries.at(-1)).toMatchObject({ recordingId: 'r', location, failed: false })
    await until(() => others().length === 0)
  })

  it('is not told with the password that stands in the address of the interface', async () => {
    const { asterisk, driver: nobody } = await startWorld()
    await nobody.stop()
    const { driver, told, hears, heard } = startDialer(asterisk.url.replace('//', '//name:secret@'), { mode: 'app' })
    await told.find((line) => line === 'connected')
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    heard.entries.length = 0
    await driver.startRecording('a', 'r', settings)
    await driver.hangup('a', 'NORMAL')
    await hears('a', 'RECORDING_ENDED r')
    expect(heard.entries[0]).toMatchObject({ location: `${asterisk.url}/recordings/stored/r/file` })
  })

  it('is announced by a tone that the called side hears, and of which nobody is told', async () => {
    const { asterisk, startRecording, storySinceAnswer } = await startAnswered()
    await startRecording('a', 'r', { ...settings, beep: true })
    const asked = asterisk.asked('POST', 'channels').filter(({ path }) => path.length > 2)
    expect(asked.map(({ path }) => path.slice(1, 3).join(' '))).toEqual(['a play', 'a snoop', 'a.recording.r record'])
    expect(storySinceAnswer()).toEqual([])
  })

  it('begins although the tone could not be heard', async () => {
    const { asterisk, startRecording } = await startAnswered()
    asterisk.trouble(({ path }) => path[2] === 'play', { type: 'RESET' })
    await startRecording('a', 'r', { ...settings, beep: true })
    expect([...asterisk.of.recordings.live.keys()]).toEqual(['r'])
  })

  it('ends after its longest duration, to the millisecond, and Asterisk is given a little more', async () => {
    const { asterisk, startRecording, effects, hears } = await startAnswered()
    await startRecording('a', 'r', { ...settings, durationMaxMs: 1500 })
    expect(asterisk.requests.entries.find(isRecording)?.query).toMatchObject({ maxDurationSeconds: '3' })
    await effects.advance(1499)
    expect(asterisk.asked('DELETE', 'channels')).toEqual([])
    await effects.advance(1)
    await hears('a', 'RECORDING_ENDED r')
  })

  it('lets the call be played to and joined to others, as one that is recorded itself could not be', async () => {
    const { asterisk, driver, startRecording, dial, hears } = await startAnswered()
    await startRecording('a', 'r', settings)
    await driver.play('a', 'p', ['http://localhost/hello.wav'])
    await hears('a', 'PLAYBACK_ENDED p')
    const { to, from } = request('x', '1001')
    await dial('a', { legId: 'l', to, from, ringTimeoutMs: 20_000 })
    await hears('a', 'LEG_CONNECTED l')
    expect([...asterisk.of.recordings.live.keys()]).toEqual(['r'])
  })

  it('ends with its call, whoever ends it, before that is told, and once', async () => {
    const { asterisk, startRecording, ends, others, storySinceAnswer, heard } = await startAnswered()
    await startRecording('a', 'r', settings)
    const channel = asterisk.of.channels.get('a')
    if (channel !== undefined) asterisk.of.leave(channel)
    await ends('a')
    await until(() => others().length === 0 && asterisk.of.recordings.stored.has('r'))
    expect(storySinceAnswer()).toEqual(['RECORDING_ENDED r', 'HANGUP NORMAL THEM'])
    expect(heard.entries.filter(({ type }) => type === 'RECORDING_ENDED').length).toBe(1)
  })

  it('is told of once, although its end is told twice', async () => {
    const { asterisk, startRecording, stopRecording, hears, heard, said } = await startAnswered()
    await startRecording('a', 'r', settings)
    await stopRecording('a', 'r')
    await hears('a', 'RECORDING_ENDED r')
    const recording = { name: 'r', format: 'wav', state: 'done', target_uri: 'channel:a.recording.r', duration: 1 }
    for (const name of ['r', 'unknown'])
      asterisk.sendText(JSON.stringify({ type: 'RecordingFinished', recording: { ...recording, name } }))
    asterisk.sendText('no JSON: once it is complained of, what came before it was heard')
    await said.find(({ message }) => message.includes('a bad event'))
    expect(heard.entries.filter(({ type }) => type === 'RECORDING_ENDED').length).toBe(1)
  })

  it('that Asterisk says has failed has failed, and nothing listens any more', async () => {
    const { asterisk, startRecording, hears, others, heard } = await startAnswered()
    await startRecording('a', 'r', settings)
    const recording = { name: 'r', format: 'wav', state: 'failed', target_uri: 'channel:a.recording.r' }
    asterisk.sendText(JSON.stringify({ type: 'RecordingFailed', recording }))
    await hears('a', 'RECORDING_ENDED r failed')
    expect(heard.entries.at(-1)).toMatchObject({ location: '' })
    await until(() => others().length === 0)
  })

  it.each([
    ['snoop', 404, 'Provided channel was not found'],
    ['snoop', 500, 'Snoop channel could not be created'],
    ['record', 409, "Recording 'r' already exists and can not be overwritten"],
    ['record', 500, 'Internal Server Error'],
  ])('whose %s is answered %i has failed, and nothing listens', async (verb, status, message) => {
    const { asterisk, startRecording, others, storySinceAnswer } = await startAnswered()
    asterisk.trouble(({ path }) => path[2] === verb, { type: 'ANSWER', status, body: { message } })
    await startRecording('a', 'r', settings)
    await until(() => others().length === 0)
    expect(storySinceAnswer()).toEqual(['RECORDING_ENDED r failed'])
  })

  it('whose name is taken leaves what was recorded under it', async () => {
    const { asterisk, startRecording, hears } = await startAnswered()
    asterisk.of.recordings.stored.set('r', { name: 'r', format: 'wav' })
    await startRecording('a', 'r', settings)
    await hears('a', 'RECORDING_ENDED r failed')
  })

  it('whose request is not answered has failed, and nothing goes on recording', async () => {
    const { asterisk, startRecording, others, storySinceAnswer } = await startAnswered()
    asterisk.trouble(isRecording, { type: 'RESET', carriedOut: true })
    await startRecording('a', 'r', settings)
    await until(() => others().length === 0)
    expect(storySinceAnswer()).toEqual(['RECORDING_ENDED r failed'])
  })

  it('whose channel does not come to the application has failed', async () => {
    const { asterisk, startRecording, effects, others, storySinceAnswer } = await startAnswered()
    asterisk.lose('StasisStart')
    const started = startRecording('a', 'r', settings)
    await asterisk.requests.find(isListening)
    await effects.advance(5000)
    await started
    expect(storySinceAnswer()).toEqual(['RECORDING_ENDED r failed'])
    await until(() => others().length === 0)
  })

  it('that was stopped before it had begun has failed, and is not begun', async () => {
    const { asterisk, startRecording, stopRecording, storySinceAnswer } = await startAnswered()
    const started = startRecording('a', 'r', { ...settings, beep: true })
    await stopRecording('a', 'r')
    await started
    expect(storySinceAnswer()).toEqual(['RECORDING_ENDED r failed'])
    expect(asterisk.requests.entries.filter(isListening)).toEqual([])
  })

  it('has failed for a call that rings, has ended, or is not known', async () => {
    const { driver, startRecording, hears, storyOf } = await startAnswered()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await startRecording('rings', 'r', settings)
    await startRecording('nobody', 's', settings)
    expect(storyOf('rings')).toEqual(['RINGING', 'RECORDING_ENDED r failed'])
    expect(storyOf('nobody')).toEqual(['RECORDING_ENDED s failed'])
  })
})

describe('a recording whose end was not heard', () => {
  it.each([
    [true, 'RECORDING_ENDED r'],
    [false, 'RECORDING_ENDED r failed'],
  ])('is told of when the connection is back; kept: %s', async (isKept, line) => {
    const { asterisk, startRecording, effects, hears, told, storySinceAnswer } = await startAnswered()
    await startRecording('a', 'r', settings)
    asterisk.breakConnections()
    await told.find(isLost)
    const listening = asterisk.of.channels.get('a.recording.r')
    if (listening !== undefined) asterisk.of.hangUp(listening, 16)
    if (!isKept) asterisk.of.recordings.stored.delete('r')
    await effects.advance(250)
    await hears('a', line)
    expect(storySinceAnswer()).toEqual([line])
  })

  it('goes on where it has not ended', async () => {
    const { asterisk, startRecording, stopRecording, effects, hears, told, storySinceAnswer } = await startAnswered()
    await startRecording('a', 'r', settings)
    asterisk.breakConnections()
    await told.find(isLost)
    await effects.advance(250)
    await told.count(3)
    expect(storySinceAnswer()).toEqual([])
    await stopRecording('a', 'r')
    await hears('a', 'RECORDING_ENDED r')
  })

  it('has ended where its channel has', async () => {
    const { asterisk, startRecording, stopRecording, hears } = await startAnswered()
    asterisk.lose('RecordingFinished')
    await startRecording('a', 'r', settings)
    await stopRecording('a', 'r')
    await hears('a', 'RECORDING_ENDED r')
  })
})

describe('a recording of before', () => {
  async function startWithRecording() {
    const asterisk = await startFakeAri({ speed: speedOfTests })
    onTestFinished(asterisk.stop)
    const first = startDialer(asterisk.url)
    await first.told.find((line) => line === 'connected')
    await first.driver.originate(request('a', '1001'))
    await first.hears('a', 'ANSWERED')
    await first.driver.startRecording('a', 'r', settings)
    await first.driver.stop()
    return asterisk
  }

  it('goes on, and can be stopped', async () => {
    const asterisk = await startWithRecording()
    const { driver, told, hears, storyOf } = startDialer(asterisk.url)
    await told.find((line) => line === 'connected')
    expect(await driver.list()).toEqual(['a'])
    await ableDriver(driver).stopRecording('a', 'r')
    await hears('a', 'RECORDING_ENDED r')
    expect(storyOf('a')).toEqual(['RECORDING_ENDED r'])
  })

  it('ends with its call', async () => {
    const asterisk = await startWithRecording()
    const { driver, told, ends, storyOf } = startDialer(asterisk.url)
    await told.find((line) => line === 'connected')
    await driver.hangup('a', 'NORMAL')
    await ends('a')
    expect(storyOf('a')).toEqual(['RECORDING_ENDED r', 'HANGUP NORMAL US'])
  })

  it('that had not begun yet has failed, and nothing listens any more', async () => {
    const asterisk = await startWithRecording()
    asterisk.of.recordings.live.clear()
    const { told, hears } = startDialer(asterisk.url)
    await told.find((line) => line === 'connected')
    await hears('a', 'RECORDING_ENDED r failed')
    await until(() => asterisk.of.channels.size === 1)
  })
})

import { describe, expect, it } from 'vitest'
import { createAnswered, createWorld } from './support.ts'

const settings = { format: 'wav', durationMaxMs: null, beep: false } as const
const path = '/opt/recordings/r.wav'

describe('a recording', () => {
  it('lies in the folder of the switch, whole, and is told of when it is stopped', async () => {
    const { fake, driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await advance(1000)
    await driver.stopRecording(callId, 'r')
    await driver.stopRecording(callId, 'r')
    await advance(5000)
    expect(sent('uuid_')).toEqual([
      `api uuid_setvar_multi ${callId} ` +
        `RECORD_MIN_SEC=0;RECORD_HANGUP_ON_ERROR=false;RECORD_PRE_BUFFER_FRAMES=0;dialgraph_recording_r=${path}`,
      `api uuid_record ${callId} start ${path}`,
      `api uuid_record ${callId} stop ${path}`,
      `api uuid_setvar ${callId} dialgraph_recording_r`,
    ])
    expect(timedStory()).toEqual([`1000 RECORDING_ENDED r ${path}`])
    expect(fake.current.find(callId)?.files).toEqual([{ path, lengthMs: 1000 }])
  })

  it('lies where the installation says', async () => {
    const { driver, advance, callId, sent } = await createAnswered({ recordingsFolder: '/srv/calls/' })
    await driver.startRecording(callId, 'r', settings)
    await advance(0)
    expect(sent('uuid_record')).toEqual([`api uuid_record ${callId} start /srv/calls/r.wav`])
    expect(sent('global_getvar recordings_dir')).toEqual([])
  })

  it('that is stopped before its tone has sounded is not announced, let alone begun', async () => {
    const { driver, advance, callId, sent, played, story } = await createAnswered()
    await driver.play(callId, 'p', ['http://a.example/hello.wav'])
    await driver.startRecording(callId, 'r', { ...settings, beep: true })
    await advance(100)
    await driver.stopRecording(callId, 'r')
    await advance(5000)
    expect(played()).toEqual(['http_cache://http://a.example/hello.wav'])
    expect(sent('uuid_record')).toEqual([])
    expect(story()).toEqual(['RECORDING_ENDED r failed', 'PLAYBACK_ENDED p'])
  })

  it('is begun once', async () => {
    const { driver, advance, callId, sent, story, ends } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await driver.startRecording(callId, 'r', settings)
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
    await advance(1000)
    expect(sent('uuid_record').length).toBe(1)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`, 'HANGUP NORMAL US'])
  })

  it('ends after its longest duration, to the millisecond, and by the switch if we are gone', async () => {
    const { fake, driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.startRecording(callId, 'r', { ...settings, durationMaxMs: 2500 })
    await advance(0)
    expect(sent('uuid_record')).toEqual([`api uuid_record ${callId} start ${path} 5`])
    await advance(2499)
    expect(timedStory()).toEqual([])
    await advance(1)
    expect(timedStory()).toEqual([`2500 RECORDING_ENDED r ${path}`])
    await driver.startRecording(callId, 's', { ...settings, durationMaxMs: 2500 })
    await advance(100)
    await driver.stop()
    expect(fake.current.find(callId)?.recordings.size).toBe(1)
    await advance(5000)
    expect(fake.current.find(callId)?.recordings.size).toBe(0)
  })

  it('begins after its tone, which is not told of', async () => {
    const { driver, advance, callId, sent, timedStory, ends } = await createAnswered()
    await driver.startRecording(callId, 'r', { ...settings, beep: true })
    await advance(700)
    expect(sent('uuid_record')).toEqual([])
    await advance(1)
    expect(sent('uuid_record').length).toBe(1)
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
    expect(timedStory()).toEqual([`723 RECORDING_ENDED r ${path}`, '723 HANGUP NORMAL US'])
  })

  it('can be begun again while its first tone still sounds', async () => {
    const { driver, advance, callId, story } = await createAnswered()
    const beeping = { ...settings, beep: true }
    await driver.startRecording(callId, 'r', beeping)
    await advance(300)
    await driver.stopRecording(callId, 'r')
    await advance(100)
    await driver.startRecording(callId, 'r', beeping)
    await advance(5000)
    await driver.stopRecording(callId, 'r')
    await advance(1000)
    expect(story()).toEqual(['RECORDING_ENDED r failed', `RECORDING_ENDED r ${path}`])
  })

  it.each([
    ['is stopped', async ({ driver, callId }: World) => driver.stopRecording(callId, 'r')],
    ['sees its call end', async ({ driver, callId }: World) => driver.hangup(callId, 'NORMAL')],
  ])('that %s during its tone has failed', async (_, act) => {
    const world = await createAnswered()
    const { driver, advance, callId, sent, story } = world
    await driver.startRecording(callId, 'r', { ...settings, beep: true })
    await advance(300)
    await act(world)
    await advance(2000)
    expect(sent('uuid_record')).toEqual([])
    expect(story()[0]).toBe('RECORDING_ENDED r failed')
    expect(story().filter((line) => line.startsWith('RECORDING')).length).toBe(1)
  })

  it.each([
    ['the switch cannot write to', { recordingsFolder: '/readonly' }, settings],
    ['is no folder', { recordingsFolder: null }, settings],
  ])('into what %s has failed, and the call goes on', async (_, options, of) => {
    const { fake, driver, advance, callId, story } = await createAnswered(options)
    fake.faults.folderless = true
    await driver.startRecording(callId, 'r', of)
    await advance(1000)
    expect(story()).toEqual(['RECORDING_ENDED r failed'])
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
  })

  it.each(['uri-failure', 'input-too-short'])('whose end is told as %s has failed', async (cause) => {
    const { fake, driver, advance, callId, story } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await advance(100)
    fake.say({
      ...{ 'Event-Name': 'RECORD_STOP', 'Unique-ID': callId, 'Record-File-Path': path },
      'Record-Completion-Cause': cause,
    })
    await advance(1000)
    expect(story()).toEqual(['RECORDING_ENDED r failed'])
  })

  it('fails, a moment later, on a call that rings, has ended or was never there', async () => {
    const { driver, advance, place, storyOf, ends, effects } = await createWorld()
    const ringing = await place('1180')
    const ended = await place('1486')
    await ends(ended)
    for (const callId of [ringing, ended, effects.id()]) {
      await driver.startRecording(callId, 'r', settings)
      expect(storyOf(callId)).not.toContain('RECORDING_ENDED r failed')
      await advance(0)
      expect(storyOf(callId).at(-1)).toBe('RECORDING_ENDED r failed')
    }
  })

  it('whose end is not told, or is told twice, ends once', async () => {
    const { fake, driver, advance, callId, story } = await createAnswered()
    fake.faults.withheld.add('RECORD_STOP')
    await driver.startRecording(callId, 'r', settings)
    await driver.stopRecording(callId, 'r')
    await advance(5000)
    fake.faults.withheld.clear()
    fake.faults.doubled = true
    await driver.startRecording(callId, 's', settings)
    await driver.stopRecording(callId, 's')
    await advance(5000)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`, 'RECORDING_ENDED s /opt/recordings/s.wav'])
  })

  it('of a call goes on while another is stopped, and while something is played', async () => {
    const { driver, advance, callId, story } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await driver.startRecording(callId, 's', settings)
    await driver.play(callId, 'p', ['http://a.example/hello.wav'])
    await advance(2000)
    await driver.stopRecording(callId, 'r')
    await advance(2000)
    expect(story()).toEqual(['PLAYBACK_ENDED p', `RECORDING_ENDED r ${path}`])
  })

  it('is told as failed where its id cannot be the name of a file', async () => {
    const { driver, advance, callId, sent, story } = await createAnswered()
    await driver.startRecording(callId, '../r', settings)
    await advance(1000)
    expect(sent('uuid_record')).toEqual([])
    expect(story()).toEqual(['RECORDING_ENDED ../r failed'])
  })
})

type World = Awaited<ReturnType<typeof createAnswered>>

import { describe, expect, it } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import type { Json } from './fake-model.ts'
import { answerRest } from './fake-rest.ts'
import { recordedScripts } from './fake-script.ts'
import { createFakeSwitch } from './fake-switch.ts'
import { allChannels } from './fake-wire.ts'
import { readTranscriptLog, readTranscripts, replay, wordsOf, wordsOfLine } from './transcript.ts'

const transcripts = readTranscripts()

describe('the fake switch', () => {
  it('is held against every exchange that was recorded', () => {
    expect(transcripts.length).toBe(48)
  })

  it.each(transcripts.map((transcript) => [transcript.scenario, transcript] as const))(
    'answers and tells what was recorded as %s',
    async (_scenario, transcript) => {
      const { sent, recorded, answers, recordedAnswers } = await replay(transcript)
      expect(answers).toEqual(recordedAnswers)
      expect(sent).toEqual(recorded)
    },
  )

  it('would be found out if it told something else', async () => {
    const busy = transcripts.find((transcript) => transcript.scenario === 'sip_486')
    const scripts = { ...recordedScripts, 1486: recordedScripts[1600] ?? [] }
    const { sent, recorded } = await replay(busy ?? { scenario: '', entries: [] }, { scripts })
    expect(recorded.length).toBe(6)
    expect(sent).not.toEqual(recorded)
  })
})

describe('the fake switch with a dialplan', () => {
  const log = readTranscriptLog('originate_context_subscribe_all')

  /** The lines under a heading. */
  function sectionOf(heading: string): string[] {
    const begin = log.indexOf(heading) + 1
    const length = log.slice(begin).findIndex((line) => line.startsWith('##'))
    return log.slice(begin, begin + length).map(wordsOfLine)
  }

  function createDialplanSwitch() {
    const effects = createSimulatedEffects()
    const dialplan = { app: 'dialer', args: (id: string) => ['answered', id] }
    const fake = createFakeSwitch({ effects, dialplan })
    const told: string[] = []
    fake.apps.set('dialer', {
      ...{ name: 'dialer', channelIds: new Set([allChannels]) },
      allowed: new Set(),
      disallowed: new Set(['ChannelVarset', 'ChannelDialplan']),
      send: (event: Json) => told.push(wordsOf(event)),
    })
    const originate = (channelId: string, number: string, timeout: number) =>
      answerRest(fake, {
        ...{ method: 'POST', path: ['channels'], query: {} },
        body: { endpoint: `PJSIP/${number}@trunk`, context: 'dialer-answer', extension: 's', channelId, timeout },
      })
    return { effects, fake, told, originate }
  }

  /** As they were recorded, but that Dial and the change of the state to Ringing come in either order. */
  function inOneOrder(lines: readonly string[]): string[] {
    return lines.map((line) => line.replace(/"RINGING" (.*) state=Down/, '"RINGING" $1 state=Ringing')).sort()
  }

  it.each([
    ['busy', '1486', 30],
    ['404', '1404', 30],
    ['ringto', '1180', 2],
    ['rbye', '1000', 30],
    ['r480', '1480', 30],
  ])('tells what was recorded as %s', async (name, number, timeout) => {
    const { effects, told, originate } = createDialplanSwitch()
    expect(originate(`cx-${name}`, number, timeout)).toMatchObject({ status: 200 })
    await effects.run()
    const recorded = sectionOf(`## originate into context, subscribeAll: ${name}`)
    expect(recorded.length).toBeGreaterThan(5)
    expect(inOneOrder(told)).toEqual(inOneOrder(recorded))
    expect(told.at(-1)).toEqual(recorded.at(-1))
  })

  it('keeps a call that is answered while the client is away, and hands it over when it is back', async () => {
    const { effects, fake, told, originate } = createDialplanSwitch()
    originate('cx-drop', '1001', 30)
    const app = fake.apps.get('dialer')
    if (app === undefined) throw new Error('there is an application')
    const { send } = app
    app.send = null
    await effects.advance(1000)
    expect(fake.channels.get('cx-drop')).toMatchObject({ state: 'Up', running: { app_name: 'Wait' } })
    told.length = 0
    app.send = send
    await effects.advance(500)
    expect(told).toEqual(['StasisStart args=["answered","cx-drop"] ch=cx-drop state=Up'])
    told.length = 0
    answerRest(fake, { method: 'DELETE', path: ['channels', 'cx-drop'], query: {}, body: {} })
    await effects.run()
    const recorded = log.map(wordsOfLine)
    const begin = recorded.findIndex((line) => line.startsWith('ChannelHangupRequest') && line.includes('ch=cx-drop '))
    expect(told).toEqual(recorded.slice(begin, begin + 4))
  })

  it('ends its calls at a shutdown as was recorded', async () => {
    const effects = createSimulatedEffects()
    const fake = createFakeSwitch({ effects })
    const told: string[] = []
    const send = (event: Json) => told.push(wordsOf(event))
    fake.apps.set('dialer', { name: 'dialer', channelIds: new Set(), allowed: new Set(), disallowed: new Set(), send })
    const body = { endpoint: 'PJSIP/1001@trunk', app: 'dialer', channelId: 'rs-5985074' }
    answerRest(fake, { method: 'POST', path: ['channels'], query: {}, body })
    await effects.advance(600)
    told.length = 0
    fake.shutDown()
    const recorded = readTranscriptLog('restart_term').map(wordsOfLine)
    const begin = recorded.findIndex((line) => line.startsWith('StasisEnd'))
    expect(told).toEqual(recorded.slice(begin, begin + 8))
  })
})

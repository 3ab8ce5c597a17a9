import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEffects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { createFreeswitch } from '../../../src/telephony/freeswitch/freeswitch.ts'
import { withMedia } from '../../support/media.ts'
import { newsText } from '../news-text.ts'
import { createEar, hear, samplesOf, samplesPerSecond, sine, wavOf } from './ear.ts'

/*
 * What the called side hears of a real FreeSWITCH, where one is named: ESL_URL, ESL_PASSWORD and ESL_GATEWAY, a trunk on this
 * machine where ESL_EAR_NUMBER is answered at once and stays, and has its sound (PCMU) sent to 127.0.0.1:ESL_EAR_PORT.
 */
const { ESL_URL, ESL_PASSWORD = 'ClueCon', ESL_GATEWAY = 'trunk', ESL_EAR_NUMBER = '1077', ESL_EAR_PORT } = process.env

const [first, second, third, spoken, hum, beep] = [440, 620, 800, 1200, 300, 1000] as const
const all = [first, second, third, spoken, hum, beep]
const renderMs = 3000

/** Sounds that are asked for and sounds that are heard may differ by so much: a frame at either end, and one lost. */
const nearly = (ms: number) => expect.closeTo(ms, -2.1)

describe('the ear', () => {
  it('tells frequencies, and how long they last', () => {
    const sound = Float64Array.from([...new Float64Array(800), ...sine(first, 500), ...sine(third, 200)])
    expect(hear(sound, all)).toEqual([
      { hertz: first, fromMs: 100, ms: 500 },
      { hertz: third, fromMs: 600, ms: 200 },
    ])
    expect(hear(samplesOf(wavOf(sound)), all)).toEqual(hear(sound, all))
  })
})

describe.runIf(ESL_URL !== undefined && ESL_EAR_PORT !== undefined)('who is called through a FreeSWITCH', () => {
  async function open() {
    const effects = createEffects()
    const folder = mkdtempSync(join(tmpdir(), 'dialgraph-sounds-'))
    const file = (hertz: number, ms: number) => {
      const path = join(folder, `${hertz}-${ms}.wav`)
      writeFileSync(path, wavOf(sine(hertz, ms)))
      return path
    }
    const wait = (ms: number) => new Promise<void>((resolve) => effects.timer(ms, resolve))
    const ear = await createEar(Number(ESL_EAR_PORT), hum)
    const heard: CallNews[] = []
    const installationId = effects.id()
    const driver = withMedia(
      createFreeswitch({
        ...{
          url: ESL_URL ?? '',
          password: ESL_PASSWORD,
          gateway: ESL_GATEWAY,
          installationId,
          effects,
          log: silentLog,
        },
        ...{ callsPerSecond: 0, callsMax: 0, recordingsFolder: folder },
        renderSpeech: () => wait(renderMs).then(() => file(spoken, 1000)),
      }),
    )
    onTestFinished(async () => {
      await driver.stop()
      ear.close()
      rmSync(folder, { recursive: true })
    })
    const until = async (line: string) => {
      for (let waited = 0; !heard.some((news) => newsText(news) === line); waited += 10) {
        if (waited > 20_000) throw new Error(`waited in vain for ${line}`)
        await wait(10)
      }
    }
    await new Promise<void>((resolve) => {
      void driver.start({ news: (news) => heard.push(news), connected: resolve, disconnected() {} })
    })
    const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const
    const callId = effects.id()
    await driver.originate({
      ...{ callId, to: address(ESL_EAR_NUMBER), from: address('+12025550100') },
      ...{ ringTimeoutMs: 30_000, maxDurationMs: 60_000, tryCount: 1 },
      variables: { dialgraph_installation: installationId },
    })
    await until('ANSWERED')
    onTestFinished(() => driver.hangup(callId, 'NORMAL').catch(() => {}))
    return { driver, callId, ear, file, until, wait }
  }

  const speech = { text: 'Hello.', language: null, gender: null }

  it('hears what is asked, whole and in order, and nothing of a text that was stopped while it was rendered', async () => {
    const { driver, callId, ear, file, until, wait } = await open()
    await driver.play(callId, 'one', [file(first, 1000), file(second, 600)])
    await until('PLAYBACK_ENDED one')
    await driver.speak(callId, 'text', speech)
    await wait(500)
    await driver.stopPlayback(callId, 'text')
    await until('PLAYBACK_ENDED text')
    await driver.play(callId, 'two', [file(third, 1000)])
    await until('PLAYBACK_ENDED two')
    // Long enough for the text, were it played after all.
    await wait(renderMs + 1500)
    const sounds = hear(ear.samples(), all)
    expect(sounds).toEqual([
      { hertz: first, fromMs: expect.any(Number), ms: nearly(1000) },
      { hertz: second, fromMs: expect.any(Number), ms: nearly(600) },
      { hertz: third, fromMs: expect.any(Number), ms: nearly(1000) },
    ])
  })

  it('hears a text once it is rendered, and a tone after it', async () => {
    const { driver, callId, ear, until } = await open()
    await driver.speak(callId, 'text', speech)
    await driver.tone(callId, 'tone')
    await until('PLAYBACK_ENDED tone')
    expect(hear(ear.samples(), all)).toEqual([
      { hertz: spoken, fromMs: expect.any(Number), ms: nearly(1000) },
      { hertz: beep, fromMs: expect.any(Number), ms: nearly(500) },
    ])
  })

  it('hears a long sound end as soon as it is stopped, and what follows it', async () => {
    const { driver, callId, ear, file, until, wait } = await open()
    await driver.play(callId, 'long', [file(first, 10_000)])
    await wait(1500)
    await driver.stopPlayback(callId, 'long')
    await driver.play(callId, 'next', [file(second, 600)])
    await until('PLAYBACK_ENDED next')
    const [long, next, ...others] = hear(ear.samples(), all)
    expect(long).toMatchObject({ hertz: first, ms: expect.toSatisfy((ms) => ms < 2000) })
    expect(next).toMatchObject({ hertz: second, ms: nearly(600) })
    expect(others).toEqual([])
  })

  it('hears nothing of a file that was stopped while the switch fetched it, and what follows it whole', async () => {
    const { driver, callId, ear, file, until, wait } = await open()
    const server = createServer((_request, response) => {
      void wait(renderMs).then(() => response.end(readFileSync(file(first, 1000))))
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const slow = `http://127.0.0.1:${port}/${callId}.wav`
    await driver.play(callId, 'slow', [slow])
    await wait(500)
    await driver.stopPlayback(callId, 'slow')
    await until('PLAYBACK_ENDED slow')
    await driver.play(callId, 'again', [slow])
    await driver.play(callId, 'next', [file(second, 600)])
    await until('PLAYBACK_ENDED next')
    expect(hear(ear.samples(), all)).toEqual([
      { hertz: first, fromMs: expect.any(Number), ms: nearly(1000) },
      { hertz: second, fromMs: expect.any(Number), ms: nearly(600) },
    ])
  })

  it.each([
    ['while nothing is played', 300],
    ['together with what is played', 5000],
  ])('is recorded from the first moment to the last, %s', async (_, playedMs) => {
    const { driver, callId, file, until, wait } = await open()
    const path = join(file(second, playedMs), '..', 'r.wav')
    // Only from then on does the switch send anything, and is hummed at.
    await driver.play(callId, 'one', [file(second, playedMs)])
    await wait(1500)
    const startedAt = performance.now()
    await driver.startRecording(callId, 'r', { format: 'wav', durationMaxMs: null, beep: false })
    await wait(2000)
    const askedMs = performance.now() - startedAt
    await driver.stopRecording(callId, 'r')
    await until('RECORDING_ENDED r')
    const samples = samplesOf(readFileSync(path))
    expect((samples.length / samplesPerSecond) * 1000).toBeGreaterThan(askedMs - 200)
    for (const hertz of playedMs > 2000 ? [hum, second] : [hum]) {
      const sounds = hear(samples, [hertz])
      expect(sounds[0]?.fromMs).toBeLessThan(100)
      expect(sounds.reduce((sum, { ms }) => sum + ms, 0)).toBeGreaterThan(askedMs - 400)
    }
  })
})

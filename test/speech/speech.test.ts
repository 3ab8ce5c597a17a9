import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { limits } from '../../src/limits.ts'
import { SpeechError } from '../../src/speech/command.ts'
import { createSpeech, type Speech } from '../../src/speech/speech.ts'
import { readWav } from '../../src/speech/wav.ts'
import { temporaryFile } from '../support/world.ts'

const inEnglish = (text: string) => ({ text, language: 'en-US', gender: null })

/** Speech by the fake command, in a folder of its own or in that of another one. */
async function givenSpeech(options: { folder?: string; command?: string; cacheBytesMax?: number } = {}) {
  const note = temporaryFile('note.jsonl')
  writeFileSync(note, '')
  const folder = options.folder ?? `${dirname(note)}/speech`
  const effects = createSimulatedEffects()
  const command = options.command ?? `${process.execPath} test/speech/fake-command.mjs ${note} {language}`
  const limit = options.cacheBytesMax === undefined ? {} : { cacheBytesMax: options.cacheBytesMax }
  const speech = await createSpeech({ command, folder, effects, log: silentLog, ...limit })
  onTestFinished(() => speech.stop())
  const asked = () =>
    readFileSync(note, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { what: 'begin' | 'end'; text: string; language: string })
  return { speech, effects, folder, command, asked }
}

describe('a text', () => {
  test('is rendered once, whoever asks and however often, and is there after a restart', async () => {
    const { speech, folder, command, asked } = await givenSpeech()
    expect(speech.missing()).toBeNull()
    const paths = await Promise.all([1, 2, 3].map(() => speech.fileFor(inEnglish('Hello'))))
    expect(new Set([...paths, await speech.fileFor(inEnglish('Hello'))]).size).toBe(1)
    const sound = readWav(readFileSync(paths[0] as string))
    expect(sound?.sampleRate).toBe(8000)
    expect(sound?.samples).toHaveLength(8000)
    expect(Math.max(...(sound?.samples ?? []))).toBeGreaterThan(9900)
    const { speech: later } = await givenSpeech({ folder, command })
    expect(await later.fileFor(inEnglish('Hello'))).toBe(paths[0])
    expect(asked().filter(({ what }) => what === 'begin')).toHaveLength(1)
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test('reaches the command as it is, and the language as an argument', async () => {
    const { speech, asked } = await givenSpeech()
    const text = '--help "$(touch /tmp/x)"; `id` & grüße\n{language}'
    await speech.fileFor({ text, language: 'de-DE', gender: 'female' })
    await speech.fileFor({ text, language: null, gender: null })
    expect(asked()[0]).toEqual({ what: 'begin', text, language: 'de-DE' })
    expect(asked().at(-1)).toEqual({ what: 'end', text, language: 'en' })
    await expect(speech.fileFor({ text, language: '-f /etc/passwd', gender: null })).rejects.toThrow(SpeechError)
  })

  test('that cannot be rendered says why, leaves nothing behind, and may be asked for again', async () => {
    const { speech, folder, asked } = await givenSpeech()
    await expect(speech.fileFor(inEnglish('fail'))).rejects.toThrow(/ended with 3: no such voice/)
    await expect(speech.fileFor(inEnglish('fail'))).rejects.toThrow(SpeechError)
    await expect(speech.fileFor(inEnglish('nothing'))).rejects.toThrow(/wrote no WAV/)
    expect(asked()).toHaveLength(3)
    expect(readdirSync(folder)).toEqual([])
  })

  test('waits while as many as may be are rendered; one that hangs has its time, and no more', async () => {
    const { speech, effects } = await givenSpeech()
    const hanging = ['hang 1', 'hang 2'].map((text) =>
      expect(speech.fileFor(inEnglish(text))).rejects.toThrow(/30000 ms/),
    )
    const waiting = speech.fileFor(inEnglish('Hello'))
    await effects.settle()
    await effects.advance(limits.speechRenderMs)
    await Promise.all(hanging)
    expect(await waiting).toContain('.wav')
  })

  test('that was not used for longest goes when there is no room', async () => {
    const fileBytes = 16_044
    const { speech, effects, folder, command, asked } = await givenSpeech({ cacheBytesMax: 2 * fileBytes })
    const [a, b] = [await speech.fileFor(inEnglish('a')), await speech.fileFor(inEnglish('b'))]
    await effects.advance(5000)
    await speech.fileFor(inEnglish('a'))
    const c = await speech.fileFor(inEnglish('c'))
    expect(statSync(c).size).toBe(fileBytes)
    expect(
      readdirSync(folder)
        .map((name) => `${folder}/${name}`)
        .sort(),
    ).toEqual([a, c].sort())
    await effects.advance(5000)
    await speech.fileFor(inEnglish('a'))
    const { speech: smaller } = await givenSpeech({ folder, command, cacheBytesMax: fileBytes })
    expect(readdirSync(folder).map((name) => `${folder}/${name}`)).toEqual([a])
    expect(await smaller.fileFor(inEnglish('b'))).toBe(b)
    expect(asked().filter(({ text, what }) => text === 'b' && what === 'begin')).toHaveLength(2)
  })

  test('cannot be spoken without a command or a folder, and what to do about it is said', async () => {
    const { speech, folder } = await givenSpeech({ command: '/no/such/program --stdout' })
    expect(speech.missing()).toContain('DIALGRAPH_TTS')
    await expect(speech.fileFor(inEnglish('Hello'))).rejects.toThrow(speech.missing() as string)
    expect(existsSync(folder)).toBe(false)
    const { speech: homeless } = await givenSpeech({ folder: '/dev/null/speech' })
    expect(homeless.missing()).toContain('/dev/null/speech')
  })
})

describe('the files', () => {
  async function givenServer(speech: Speech) {
    const server = createServer((request, response) => {
      if (!speech.serve(request, response)) response.writeHead(418).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.close()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('are served to whoever knows their name, and nothing else is', async () => {
    const { speech } = await givenSpeech()
    const path = await speech.fileFor(inEnglish('Hello'))
    const address = await givenServer(speech)
    const url = address + speech.urlPath(inEnglish('Hello'))
    const response = await fetch(`${url}?x=1`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('audio/wav')
    expect(response.headers.get('content-length')).toBe('16044')
    expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(path))).toBe(true)

    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '16044'])
    const etag = response.headers.get('etag') as string
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    for (const name of ['x.wav', `${'0'.repeat(64)}.wav`, '..%2f..%2fetc%2fpasswd', ''])
      expect((await fetch(`${address}/speech/${name}`)).status).toBe(404)
    expect((await fetch(`${address}/graphql`)).status).toBe(418)
  })
})

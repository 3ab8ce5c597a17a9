import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SpeechText } from '../domain/media.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { quote } from '../kernel/quote.ts'
import { createSemaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { openSpeechCache } from './cache.ts'
import { canStart, parseCommand, runCommand, type SpeechCommand, SpeechError } from './command.ts'
import { resample } from './resample.ts'
import { createSpeechHandler, speechPath } from './serve.ts'
import { readWav, writeWav } from './wav.ts'

export interface SpeechOptions {
  /** What renders a text, as parseCommand has it; null for espeak-ng. */
  readonly command: string | null
  /** Where rendered texts are kept; it is made where it is missing. */
  readonly folder: string
  readonly effects: Effects
  readonly log: Log
  readonly cacheBytesMax?: number
}

/** Texts as files that a switch can play (docs/rules.md#speech): WAV, 8 kHz, one channel, 16 bits. */
export interface Speech {
  /** Why nothing can be said here, as a sentence that says what to install; null where it can. */
  missing(): string | null
  /** The file of a text, which is rendered where it never was. Rejects with SpeechError. */
  fileFor(speech: SpeechText): Promise<string>
  /** The path under which `serve` hands out the file of a text. */
  urlPath(speech: SpeechText): string
  /** Answers a request for such a file, GET or HEAD; false for a request that asks for something else. */
  serve(request: IncomingMessage, response: ServerResponse): boolean
  /** Ends what is being rendered. */
  stop(): void
}

/** What switches play without converting it. */
const sampleRate = 8000
/** Changes when the same text would be rendered to another file. */
const renderingVersion = 1

/** Looks for the command, and at what was rendered before. Where there is no command nothing is made on the disk. */
export async function createSpeech(options: SpeechOptions): Promise<Speech> {
  const { effects, log } = options
  const command = parseCommand(options.command)
  const { cache, trouble } = await open(command, options)
  const places = createSemaphore(limits.speechRenderingsMax)
  const rendering = new Map<string, Promise<string>>()
  const stopping = new AbortController()
  // Each text that waits listens.
  setMaxListeners(0, stopping.signal)

  /** The command is a part of it: another voice says it otherwise. */
  function keyOf({ text, language, gender }: SpeechText): string {
    const content = JSON.stringify([renderingVersion, options.command, text, language, gender])
    return createHash('sha256').update(content).digest('hex')
  }

  async function find(key: string, speech: SpeechText): Promise<string> {
    if (cache === null) throw new SpeechError(trouble)
    if (await cache.use(key)) return cache.path(key)
    const file = await render(speech)
    await cache.add(key, file).catch((error: Error) => {
      throw new SpeechError(`The spoken text could not be kept: ${quote(error.message)}.`)
    })
    return cache.path(key)
  }

  async function render(speech: SpeechText): Promise<Buffer> {
    const leave = await places.enter('', stopping.signal)
    if (leave === null) throw new SpeechError('The program ended before the text was spoken.')
    try {
      const startedAtMs = effects.monotonic()
      const sound = readWav(await runCommand(command, speech, effects, stopping.signal))
      if (sound === null || sound.samples.length === 0)
        throw new SpeechError(`${command.program} wrote no WAV file of 16-bit samples.`)
      const file = writeWav(await resample(sound, sampleRate, effects))
      log.debug({ bytes: file.length, tookMs: Math.round(effects.monotonic() - startedAtMs) }, 'a text was rendered')
      return file
    } finally {
      leave()
    }
  }

  return {
    missing: () => (cache === null ? trouble : null),
    fileFor(speech) {
      const key = keyOf(speech)
      const underWay = rendering.get(key)
      if (underWay !== undefined) return underWay
      if (rendering.size >= limits.speechWaitingMax)
        return Promise.reject(new SpeechError(`More than ${limits.speechWaitingMax} texts wait to be spoken.`))
      const found = find(key, speech).finally(() => rendering.delete(key))
      rendering.set(key, found)
      return found
    },
    urlPath: (speech) => `${speechPath}${keyOf(speech)}.wav`,
    serve: createSpeechHandler({ pathOf: (key) => cache?.path(key) ?? null, log }),
    stop: () => stopping.abort(),
  }
}

/** What is needed to speak, or a sentence that says what is missing. */
async function open(command: SpeechCommand, options: SpeechOptions) {
  const { folder, effects, cacheBytesMax: bytesMax = limits.speechCacheBytesMax } = options
  if (!(await canStart(command))) {
    const trouble =
      options.command === null
        ? 'No text can be spoken here: install espeak-ng, or set DIALGRAPH_TTS to a command that speaks.'
        : `No text can be spoken here: ${command.program}, of DIALGRAPH_TTS, cannot be started.`
    return { cache: null, trouble }
  }
  try {
    return { cache: await openSpeechCache({ folder, bytesMax, effects }), trouble: '' }
  } catch (error) {
    const reason = quote(error instanceof Error ? error.message : String(error))
    return { cache: null, trouble: `No text can be spoken here: its folder cannot be used: ${reason}.` }
  }
}

import { spawn } from 'node:child_process'
import { languagePattern } from '../domain/actions/schemas.ts'
import type { SpeechText } from '../domain/media.ts'
import type { Effects } from '../kernel/effects.ts'
import { quote } from '../kernel/quote.ts'
import { limits } from '../limits.ts'

/** Something that cannot be said; the message is for a person and names no number and no text. */
export class SpeechError extends Error {
  override name = 'SpeechError'
}

/** A program that reads a text from its standard input and writes a WAV file to its standard output. */
export interface SpeechCommand {
  readonly program: string
  args(speech: SpeechText): readonly string[]
}

/** Voices of espeak-ng, as variants of the voice of a language. */
const espeakVariants: Readonly<Record<string, string>> = { female: '+f2', male: '+m3' }
const errorTextLengthMax = 4000

/** espeak-ng, for a text in English unless the speech says otherwise. */
const espeak: SpeechCommand = {
  program: 'espeak-ng',
  args: ({ language, gender }) => {
    const voice = (language ?? 'en').toLowerCase() + (espeakVariants[gender ?? ''] ?? '')
    return ['--stdin', '--stdout', '-b', '1', '-v', voice]
  },
}

/**
 * The command as it was configured, parted at white space, without a shell: {language} and {gender} stand for those of the text,
 * `en` and `neutral` where it has none. Null is espeak-ng.
 */
export function parseCommand(text: string | null): SpeechCommand {
  if (text === null) return espeak
  const [program = '', ...args] = text.trim().split(/\s+/)
  return {
    program,
    args: ({ language, gender }) =>
      args.map((arg) => arg.replaceAll('{language}', language ?? 'en').replaceAll('{gender}', gender ?? 'neutral')),
  }
}

/** True where the program can be started. It is ended at once. */
export function canStart(command: SpeechCommand): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args({ text: '', language: null, gender: null }), { stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('spawn', () => {
      child.kill('SIGKILL')
      resolve(true)
    })
  })
}

/** What the program writes for the text. `signal` ends it. Rejects with SpeechError. */
export function runCommand(
  command: SpeechCommand,
  speech: SpeechText,
  effects: Pick<Effects, 'timer'>,
  signal: AbortSignal,
): Promise<Buffer> {
  if (speech.language !== null && !languagePattern.test(speech.language))
    return Promise.reject(new SpeechError(`The language of a text is a tag like en-US, not ${quote(speech.language)}.`))
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args(speech))
    const chunks: Buffer[] = []
    let size = 0
    let errorText = ''
    const finish = (problem: string | null) => {
      cancel()
      signal.removeEventListener('abort', abort)
      if (problem === null) resolve(Buffer.concat(chunks))
      else reject(new SpeechError(`${command.program} ${problem}.`))
      child.kill('SIGKILL')
      child.stdout.destroy()
      child.stderr.destroy()
    }
    const abort = () => finish('was ended')
    const late = `did not end within ${limits.speechRenderMs} ms`
    const cancel = effects.timer(limits.speechRenderMs, () => finish(late))
    signal.addEventListener('abort', abort)
    child.on('error', (error) => finish(`could not be started: ${quote(error.message)}`))
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > limits.speechOutputBytesMax) finish(`wrote more than ${limits.speechOutputBytesMax} bytes`)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errorText = (errorText + chunk.toString()).slice(-errorTextLengthMax)
    })
    child.on('close', (code) => finish(code === 0 ? null : `ended with ${code}: ${quote(errorText)}`))
    // A program that does not read its text says itself what is wrong with it.
    child.stdin.on('error', () => {})
    child.stdin.end(speech.text)
  })
}

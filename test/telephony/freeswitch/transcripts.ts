import { readFileSync } from 'node:fs'

/**
 * What a FreeSWITCH 1.11.1 and its client said to each other, one scenario a line: of calls in transcripts.jsonl, of recordings,
 * playbacks and bridges in transcripts-media.jsonl. Times are in ms from the first command; stamps and sequence numbers of the
 * events are left out, and of the variables all but a few.
 */
export interface Transcript {
  readonly scenario: string
  readonly note: string
  readonly commands: readonly { readonly at: number; readonly cmd: string; readonly reply: string }[]
  /** The length of the file that was recorded, a header of 44 bytes included. */
  readonly fileBytes?: number
  readonly events: readonly ({ readonly at: number } & Readonly<Record<string, string | number>>)[]
}

export function readTranscripts(file: 'transcripts.jsonl' | 'transcripts-media.jsonl'): readonly Transcript[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Transcript)
}

import { cut } from './text.ts'

const quoteLengthMax = 200

/** Text from another machine or program, as one line for a person. */
export function quote(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > quoteLengthMax ? `${cut(line, quoteLengthMax)}…` : line
}

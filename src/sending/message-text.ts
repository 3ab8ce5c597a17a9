import smpp from 'smpp'

/** One message as the centre takes it; a longer text is several. */
export interface MessagePart {
  /** 0 for the default alphabet of GSM, one octet a character; 8 for UCS-2. */
  readonly dataCoding: 0 | 8
  readonly bytes: Buffer
  /** The bytes begin with a header that says which part of which text they are. */
  readonly hasHeader: boolean
}

/** What fits, in octets as they are sent: 160 septets or 70 UCS-2 characters, less the header (3GPP TS 23.040). */
const roomBytes = { 0: { alone: 160, withHeader: 153 }, 8: { alone: 140, withHeader: 134 } } as const
const escapeSeptet = 0x1b

/** The text in the narrower alphabet that has all its characters. */
export function encodeText(text: string): { readonly dataCoding: 0 | 8; readonly bytes: Buffer } {
  const { ASCII, UCS2 } = smpp.encodings
  // A bare escape would make another character of the one after it.
  return !text.includes('\x1b') && ASCII.match(text)
    ? { dataCoding: 0, bytes: ASCII.encode(text) }
    : { dataCoding: 8, bytes: UCS2.encode(text) }
}

/** How many messages a text takes. */
export function countParts(text: string): number {
  const { dataCoding, bytes } = encodeText(text)
  return cut(dataCoding, bytes).length
}

/** A text as the messages that carry it. `reference` tells texts to one receiver apart: 0 to 255. */
export function splitText(text: string, reference: number): MessagePart[] {
  const { dataCoding, bytes } = encodeText(text)
  const pieces = cut(dataCoding, bytes)
  if (pieces.length === 1) return [{ dataCoding, bytes, hasHeader: false }]
  return pieces.map((piece, index) => {
    const header = Buffer.from([5, 0, 3, reference, pieces.length, index + 1])
    return { dataCoding, bytes: Buffer.concat([header, piece]), hasHeader: true }
  })
}

function cut(dataCoding: 0 | 8, bytes: Buffer): Buffer[] {
  const { alone, withHeader } = roomBytes[dataCoding]
  if (bytes.length <= alone) return [bytes]
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + withHeader, bytes.length)
    if (end < bytes.length && isSplitCharacter(dataCoding, bytes, end)) end -= dataCoding === 0 ? 1 : 2
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

/** True where a cut before `end` would part an escape from its character, or the halves of a surrogate pair. */
function isSplitCharacter(dataCoding: 0 | 8, bytes: Buffer, end: number): boolean {
  if (dataCoding === 0) return bytes[end - 1] === escapeSeptet
  const last = bytes.readUInt16BE(end - 2)
  return last >= 0xd800 && last <= 0xdbff
}

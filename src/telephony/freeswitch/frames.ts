/** One message of the event socket: header lines, and a body where Content-Length announces one. */
export interface Frame {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string | null
}

/** What arrived cannot be a message, or is longer than any that is expected: nothing after it can be understood. */
export class BadFrame extends Error {
  override name = 'BadFrame'
}

export interface FrameReader {
  /** Takes the bytes as they come, cut anywhere, and returns the messages that are complete. Throws BadFrame. */
  push(bytes: Buffer): readonly Frame[]
}

const headerBytesMax = 64 * 1024
/** A list of ten thousand channels is some 10 MB. */
const bodyBytesMax = 32 * 1024 * 1024

interface Head {
  readonly headers: ReadonlyMap<string, string>
  readonly bodyBytes: number
}

export function createFrameReader(): FrameReader {
  let chunks: Buffer[] = []
  let chunkBytes = 0
  /** The headers of a message whose body is not there yet. */
  let head: Head | null = null

  /** A long body arrives in many chunks: they are joined once, not at each of them. */
  function isIncomplete(): boolean {
    return head !== null && chunkBytes < head.bodyBytes
  }

  /** Reads one message at the front of the buffer; returns what is left behind it, or null when it is not complete. */
  function readOne(buffer: Buffer, frames: Frame[]): Buffer | null {
    let rest = buffer
    if (head === null) {
      const end = rest.indexOf('\n\n')
      if ((end === -1 ? rest.length : end) > headerBytesMax)
        throw new BadFrame(`headers of more than ${headerBytesMax} bytes`)
      if (end === -1) return null
      head = readHead(rest.toString('utf8', 0, end))
      rest = rest.subarray(end + 2)
    }
    const { headers, bodyBytes } = head
    if (rest.length < bodyBytes) {
      chunks = [rest]
      chunkBytes = rest.length
      return null
    }
    head = null
    frames.push({ headers, body: bodyBytes === 0 ? null : rest.toString('utf8', 0, bodyBytes) })
    return rest.subarray(bodyBytes)
  }

  return {
    push(bytes) {
      chunks.push(bytes)
      chunkBytes += bytes.length
      const frames: Frame[] = []
      if (isIncomplete()) return frames
      let buffer = chunks.length === 1 ? bytes : Buffer.concat(chunks)
      for (;;) {
        chunks = [buffer]
        chunkBytes = buffer.length
        const rest = readOne(buffer, frames)
        if (rest === null) return frames
        buffer = rest
      }
    },
  }
}

function readHead(text: string): Head {
  const headers = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const announced = headers.get('content-length') ?? '0'
  const bodyBytes = Number(announced)
  if (!/^\d{1,10}$/.test(announced) || bodyBytes > bodyBytesMax)
    throw new BadFrame(`a body of ${announced.slice(0, 20)} bytes`)
  return { headers, bodyBytes }
}

import { endianness } from 'node:os'

/** Sound of one channel, 16 bits a sample. */
export interface Sound {
  readonly sampleRate: number
  readonly samples: Int16Array
}

const pcmFormat = 1
const extensibleFormat = 0xfffe
const headerBytes = 44
const chunkHeadBytes = 8
const bytesPerSample = 2
const sampleRateMax = 192_000

/**
 * Sound out of a WAV file, several channels mixed into one; null if it is not one, or its samples are not of 16 bits. A command that
 * writes into a pipe cannot fill in the length afterwards: the data then extend to the end of the file.
 */
export function readWav(bytes: Buffer): Sound | null {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return null
  let format: { readonly channelCount: number; readonly sampleRate: number } | null = null
  for (let at = 12; at + chunkHeadBytes <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4)
    const length = bytes.readUInt32LE(at + 4)
    const start = at + chunkHeadBytes
    if (name === 'fmt ') format = readFormat(bytes.subarray(start, start + length))
    if (name === 'data') {
      if (format === null) return null
      const end = length === 0 ? bytes.length : Math.min(start + length, bytes.length)
      return { sampleRate: format.sampleRate, samples: mix(bytes.subarray(start, end), format.channelCount) }
    }
    // Chunks begin at even places.
    at = start + length + (length % 2)
  }
  return null
}

function readFormat(chunk: Buffer) {
  if (chunk.length < 16) return null
  const channelCount = chunk.readUInt16LE(2)
  const sampleRate = chunk.readUInt32LE(4)
  const isKnown = [pcmFormat, extensibleFormat].includes(chunk.readUInt16LE(0)) && chunk.readUInt16LE(14) === 16
  return isKnown && channelCount > 0 && sampleRate > 0 && sampleRate <= sampleRateMax
    ? { channelCount, sampleRate }
    : null
}

function mix(data: Buffer, channelCount: number): Int16Array {
  const length = Math.floor(data.length / (bytesPerSample * channelCount)) * channelCount
  const all = new Int16Array(length)
  const bytes = Buffer.from(all.buffer)
  data.copy(bytes)
  toLittleEndian(bytes)
  if (channelCount === 1) return all
  const mixed = new Int16Array(length / channelCount)
  for (let place = 0; place < mixed.length; place++) {
    let sum = 0
    for (let channel = 0; channel < channelCount; channel++) sum += all[place * channelCount + channel] ?? 0
    mixed[place] = Math.round(sum / channelCount)
  }
  return mixed
}

/** Samples in memory are in the order of the machine; in a file they begin with the lower byte. */
function toLittleEndian(bytes: Buffer): void {
  if (endianness() === 'BE') bytes.swap16()
}

/** A WAV file of one channel, 16 bits a sample. */
export function writeWav({ sampleRate, samples }: Sound): Buffer {
  const dataBytes = samples.length * bytesPerSample
  const bytes = Buffer.alloc(headerBytes + dataBytes)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(headerBytes - chunkHeadBytes + dataBytes, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(pcmFormat, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(sampleRate, 24)
  bytes.writeUInt32LE(sampleRate * bytesPerSample, 28)
  bytes.writeUInt16LE(bytesPerSample, 32)
  bytes.writeUInt16LE(8 * bytesPerSample, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(dataBytes, 40)
  const data = bytes.subarray(headerBytes)
  Buffer.from(samples.buffer, samples.byteOffset, dataBytes).copy(data)
  toLittleEndian(data)
  return bytes
}

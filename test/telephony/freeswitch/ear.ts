import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'

/** What is heard of one frequency: from when on, and for how long. */
export interface EventResult {
  readonly hertz: number
  readonly fromMs: number
  readonly ms: number
}

export const samplesPerSecond = 8000
const frameMs = 20
const frameSamples = (samplesPerSecond * frameMs) / 1000
/** Shorter than this a sound is a click at the edge of another. */
const shortestMs = 60
const loudEnough = 0.02

/** A sound of one frequency, as samples between -1 and 1. */
export function sine(hertz: number, ms: number): Float64Array {
  return Float64Array.from(
    { length: (samplesPerSecond * ms) / 1000 },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / samplesPerSecond),
  )
}

/** A file of 16 bits a sample. */
export function wavOf(samples: Float64Array): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF')
  header.writeUInt32LE(36 + 2 * samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(2 * samplesPerSecond, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(2 * samples.length, 40)
  const data = Buffer.alloc(2 * samples.length)
  for (const [i, sample] of samples.entries()) data.writeInt16LE(Math.round(sample * 32_767), 2 * i)
  return Buffer.concat([header, data])
}

/** The samples of such a file, of one channel. */
export function samplesOf(wav: Buffer): Float64Array {
  const begin = wav.indexOf('data') + 8
  return Float64Array.from(
    { length: Math.floor((wav.length - begin) / 2) },
    (_, i) => wav.readInt16LE(begin + 2 * i) / 32_768,
  )
}

/** G.711 µ-law. */
function decode(byte: number): number {
  const inverted = ~byte & 0xff
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)
  return ((inverted & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude) / 32_768
}

function encode(sample: number): number {
  const clipped = Math.min(32_635, Math.abs(Math.round(sample * 32_768))) + 0x84
  const exponent = Math.max(0, 31 - Math.clz32(clipped) - 7)
  const mantissa = (clipped >> (exponent + 3)) & 0x0f
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff
}

/** How much of a frequency there is in some samples (Goertzel). */
function shareOf(hertz: number, samples: Float64Array): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / samplesPerSecond)
  let [one, two] = [0, 0]
  for (const sample of samples) [one, two] = [sample + coefficient * one - two, one]
  return Math.sqrt(one * one + two * two - coefficient * one * two) / (samples.length / 2)
}

/** Which of those frequencies sound, one after the other or together, in the order in which they begin. */
export function hear(samples: Float64Array, frequencies: readonly number[]): EventResult[] {
  const heard: EventResult[] = []
  for (const hertz of frequencies) {
    let fromMs: number | null = null
    for (let start = 0; start <= samples.length; start += frameSamples) {
      const atMs = (start / frameSamples) * frameMs
      const frame = samples.subarray(start, start + frameSamples)
      const sounds = frame.length === frameSamples && shareOf(hertz, frame) > loudEnough * 5
      if (sounds) fromMs ??= atMs
      else if (fromMs !== null) {
        if (atMs - fromMs >= shortestMs) heard.push({ hertz, fromMs, ms: atMs - fromMs })
        fromMs = null
      }
    }
  }
  return heard.sort((a, b) => a.fromMs - b.fromMs)
}

/** A phone without a SIP side: what is sent to its port as RTP (PCMU) is heard, and it hums `hertz` from then on. */
export async function createEar(port: number, hertz: number) {
  const socket = createSocket('udp4')
  const chunks: Buffer[] = []
  const hummed = Buffer.from([...sine(hertz, 1000)].map(encode))
  let sent = 0
  let humming: NodeJS.Timeout | null = null
  socket.on('message', (packet, from) => {
    const isSound = packet.length > 12 && (packet[1] ?? 0) % 128 === 0
    if (!isSound) return
    chunks.push(packet.subarray(12))
    humming ??= setInterval(() => hum(from), frameMs)
  })

  function hum({ port: to, address }: RemoteInfo): void {
    const header = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    header.writeUInt16BE(sent % 65_536, 2)
    header.writeUInt32BE(sent * frameSamples, 4)
    const start = (sent * frameSamples) % hummed.length
    sent++
    socket.send(Buffer.concat([header, hummed.subarray(start, start + frameSamples)]), to, address)
  }

  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return {
    /** What was heard since the beginning. */
    samples: () => Float64Array.from(Buffer.concat(chunks), decode),
    close() {
      if (humming !== null) clearInterval(humming)
      socket.close()
    },
  }
}

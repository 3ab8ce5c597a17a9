/**
 * Called sides for a real switch: a SIP user agent on UDP that does with each call what the script of its number says, sends what a
 * person or a machine would be heard to say, and keeps what it hears. Enough of SIP and RTP for a trunk on the same machine, and no more.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { recordedScripts, type Step } from '../test/telephony/asterisk/fake-script.ts'

/** A call as it came in, and what was heard on it. */
export interface AnsweredCall {
  readonly number: string
  readonly sipCallId: string
  readonly invitedAtMs: number
  answeredAtMs: number | null
  /** Samples of 8 kHz, by the time stamps of the packets: 0 where none came. */
  readonly heard: () => Int16Array
}

export interface SipAnswerer {
  readonly port: number
  readonly calls: readonly AnsweredCall[]
  close(): Promise<void>
}

interface Call extends AnsweredCall {
  readonly invite: Message
  readonly from: RemoteInfo
  readonly tag: string
  readonly media: Socket
  readonly remoteMedia: { readonly host: string; readonly port: number }
  readonly packets: Map<number, Uint8Array>
  readonly timers: Set<NodeJS.Timeout>
  state: 'RINGING' | 'ANSWERED' | 'ENDED'
}

interface Message {
  readonly startLine: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

const samplesPerPacket = 160
const packetMs = 20
const dtmfPayloadType = 101
const ulawSilence = 0xff
const digits = '0123456789*#'
/** What is said by who answers, by the number: how long it sounds, in ms. */
const voices: Readonly<Record<string, number>> = { 1010: 800, 1011: 30_000 }

/** Listens on that address. A number does what the script of its last four digits does. */
export async function startSipAnswerer(host = '127.0.0.2', port = 5070): Promise<SipAnswerer> {
  const socket = createSocket('udp4').bind(port, host)
  await once(socket, 'listening')
  const calls = new Map<string, Call>()
  const all: Call[] = []

  const send = (text: string, { address, port: to }: RemoteInfo) => socket.send(text, to, address)

  function reply(call: Pick<Call, 'tag' | 'from'>, request: Message, status: string, body = ''): void {
    const copied = request.headers.filter(([name]) => ['via', 'from', 'call-id', 'cseq', 'record-route'].includes(name))
    const to = headerOf(request, 'to')
    const lines = [
      `SIP/2.0 ${status}`,
      ...copied.map(([name, value]) => `${name}: ${value}`),
      `to: ${to.includes(';tag=') || status.startsWith('100') ? to : `${to};tag=${call.tag}`}`,
      `contact: <sip:answerer@${host}:${port}>`,
      ...(body === '' ? [] : ['content-type: application/sdp']),
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    send(`${lines.join('\r\n')}\r\n\r\n${body}`, call.from)
  }

  function later(call: Call, delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      call.timers.delete(timer)
      run()
    }, delayMs)
    call.timers.add(timer)
  }

  function end(call: Call): void {
    call.state = 'ENDED'
    for (const timer of call.timers) clearTimeout(timer)
    calls.delete(call.sipCallId)
    call.media.close()
  }

  async function invite(message: Message, from: RemoteInfo): Promise<void> {
    const sipCallId = headerOf(message, 'call-id')
    // Sent again: the answer is on its way, or was lost and will be sent again with it.
    if (calls.has(sipCallId)) return
    const media = createSocket('udp4')
    const [, number = ''] = /^INVITE sips?:([^@;>]+)@/.exec(message.startLine) ?? []
    const packets = new Map<number, Uint8Array>()
    const call: Call = {
      ...{ number, sipCallId, invite: message, from, media, packets, timers: new Set(), state: 'RINGING' },
      ...{ tag: Math.random().toString(36).slice(2), invitedAtMs: performance.now(), answeredAtMs: null },
      remoteMedia: mediaOf(message.body),
      heard: () => samplesOf(packets),
    }
    calls.set(sipCallId, call)
    all.push(call)
    reply(call, message, '100 Trying')
    media.bind(0, host)
    await once(media, 'listening')
    media.on('message', (packet) => hear(call, packet))
    follow(call, recordedScripts[number.slice(-4)] ?? [])
  }

  function follow(call: Call, [step, ...rest]: readonly Step[]): void {
    if (step === undefined) return
    later(call, step.afterMs, () => {
      follow(call, rest)
      take(call, step)
    })
  }

  function take(call: Call, step: Step): void {
    const { invite: request } = call
    switch (step.type) {
      case 'RINGS':
        reply(call, request, '180 Ringing')
        break
      case 'EARLY_MEDIA':
        reply(call, request, '183 Session Progress', sdpOf(call))
        break
      case 'ANSWERS':
        call.state = 'ANSWERED'
        call.answeredAtMs = performance.now()
        reply(call, request, '200 OK', sdpOf(call))
        speak(call, voices[call.number.slice(-4)] ?? null)
        break
      case 'REFUSES':
        reply(call, request, `${step.sipCode} Refused`)
        end(call)
        break
      case 'PRESSES':
        press(call, step.digit)
        break
      case 'HANGS_UP':
        hangUp(call, step.cause)
    }
  }

  function sdpOf({ media }: Call): string {
    return [
      ...['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0'],
      `m=audio ${(media.address() as AddressInfo).port} RTP/AVP 0 ${dtmfPayloadType}`,
      ...['a=rtpmap:0 PCMU/8000', `a=rtpmap:${dtmfPayloadType} telephone-event/8000`, 'a=ptime:20', 'a=sendrecv', ''],
    ].join('\r\n')
  }

  function hangUp(call: Call, cause: number | null): void {
    const [, target = ''] = /<?(sips?:[^>;]+)/.exec(headerOf(call.invite, 'contact')) ?? []
    const lines = [
      `BYE ${target} SIP/2.0`,
      `via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      `from: ${headerOf(call.invite, 'to')};tag=${call.tag}`,
      `to: ${headerOf(call.invite, 'from')}`,
      ...[`call-id: ${call.sipCallId}`, 'cseq: 1 BYE', 'max-forwards: 70', 'content-length: 0'],
      ...(cause === null ? [] : [`reason: Q.850;cause=${cause}`]),
    ]
    send(`${lines.join('\r\n')}\r\n\r\n`, call.from)
    end(call)
  }

  function receive(text: string, from: RemoteInfo): void {
    const message = parse(text)
    const [method] = message.startLine.split(' ')
    const call = calls.get(headerOf(message, 'call-id'))
    if (method === 'INVITE') void invite(message, from)
    else if (method === 'OPTIONS') reply({ tag: 'options', from }, message, '200 OK')
    else if (method === 'CANCEL' || method === 'BYE') {
      reply({ tag: call?.tag ?? 'gone', from }, message, '200 OK')
      if (call === undefined) return
      if (method === 'CANCEL' && call.state === 'ANSWERED') return
      if (method === 'CANCEL') reply(call, call.invite, '487 Request Terminated')
      end(call)
    }
  }

  socket.on('message', (data, from) => {
    if (data.length > 4) receive(data.toString(), from)
  })
  return {
    port,
    calls: all,
    async close() {
      for (const call of [...calls.values()]) end(call)
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** What is said, and then silence: a switch that listens wants to hear both. Null says nothing at all. */
function speak(call: Call, soundsMs: number | null): void {
  if (soundsMs === null) return
  let sequence = 0
  const timer = setInterval(() => {
    if (call.state === 'ENDED') return clearInterval(timer)
    const sounds = sequence * packetMs < soundsMs
    const payload = Buffer.alloc(samplesPerPacket, ulawSilence)
    if (sounds)
      for (let i = 0; i < payload.length; i++) payload[i] = 0x10 + Math.floor(Math.random() * 16) + (i % 2) * 0x80
    const { host, port } = call.remoteMedia
    call.media.send(
      Buffer.concat([rtpHeader(0, sequence, sequence * samplesPerPacket, sequence === 0), payload]),
      port,
      host,
    )
    sequence++
  }, packetMs)
  call.timers.add(timer)
}

/** An event of RFC 4733: three packets while it is pressed, three of its end. */
function press(call: Call, digit: string): void {
  const { host, port } = call.remoteMedia
  const stamp = Math.floor(performance.now() * 8)
  for (let i = 0; i < 6; i++) {
    const isEnd = i >= 3
    const payload = Buffer.from([digits.indexOf(digit), (isEnd ? 0x80 : 0) | 10, 0, 0])
    payload.writeUInt16BE(Math.min(i + 1, 4) * 400, 2)
    call.media.send(Buffer.concat([rtpHeader(dtmfPayloadType, 1000 + i, stamp, i === 0), payload]), port, host)
  }
}

function rtpHeader(payloadType: number, sequence: number, stamp: number, isFirst: boolean): Buffer {
  const header = Buffer.alloc(12)
  header[0] = 0x80
  header[1] = payloadType | (isFirst ? 0x80 : 0)
  header.writeUInt16BE(sequence & 0xffff, 2)
  header.writeUInt32BE(stamp >>> 0, 4)
  header.writeUInt32BE(0x1234, 8)
  return header
}

function hear(call: Call, packet: Buffer): void {
  if (packet.length <= 12 || ((packet[1] ?? 0) & 0x7f) !== 0) return
  call.packets.set(packet.readUInt32BE(4), new Uint8Array(packet.subarray(12)))
}

function samplesOf(packets: ReadonlyMap<number, Uint8Array>): Int16Array {
  const stamps = [...packets.keys()].sort((a, b) => a - b)
  const [first = 0] = stamps
  const last = stamps.at(-1) ?? first
  const samples = new Int16Array(stamps.length === 0 ? 0 : last - first + samplesPerPacket)
  for (const [stamp, payload] of packets)
    for (const [i, byte] of payload.entries())
      if (stamp - first + i < samples.length) samples[stamp - first + i] = fromUlaw(byte)
  return samples
}

/** G.711. */
function fromUlaw(byte: number): number {
  const bits = ~byte & 0xff
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84
}

function parse(text: string): Message {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [startLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const [name = '', ...value] = line.split(':')
    return [name.trim().toLowerCase(), value.join(':').trim()] as const
  })
  return { startLine, headers, body }
}

function headerOf({ headers }: Message, wanted: string): string {
  return headers.find(([name]) => name === wanted)?.[1] ?? ''
}

function mediaOf(sdp: string) {
  const [, host = ''] = /c=IN IP4 (\S+)/.exec(sdp) ?? []
  const [, port = '0'] = /m=audio (\d+)/.exec(sdp) ?? []
  return { host, port: Number(port) }
}

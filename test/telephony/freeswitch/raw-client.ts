import { createFrameReader } from '../../../src/telephony/freeswitch/frames.ts'
import type { OpenWire } from '../../../src/telephony/freeswitch/wire.ts'

/** A client of the event socket that keeps whatever it is sent. */
export function createRawClient(openWire: OpenWire) {
  const reader = createFrameReader()
  const replies: string[] = []
  const events: Record<string, string>[] = []
  const other: string[] = []
  const wire = openWire({
    opened() {},
    drained() {},
    received(bytes) {
      for (const { headers, body } of reader.push(bytes)) {
        const type = headers.get('content-type')
        if (type === 'command/reply') replies.push(headers.get('reply-text') ?? '')
        else if (type === 'api/response') replies.push((body ?? '').trim())
        else if (type === 'text/event-json') events.push(JSON.parse(body ?? '{}'))
        else other.push(type ?? '')
      }
    },
    closed() {},
  })
  return { replies, events, other, say: (command: string) => wire.write(`${command}\n\n`) }
}

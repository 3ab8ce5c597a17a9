import type { OpenHttp, WireRequest } from '../../../src/telephony/asterisk/http.ts'
import type { OpenSocket } from '../../../src/telephony/asterisk/socket.ts'
import { createFakeDesk } from './fake-desk.ts'
import { parseRequest } from './fake-rest.ts'
import type { FakeSwitchOptions } from './fake-switch.ts'

const lineUrl = 'http://asterisk:8088/ari'

/**
 * An Asterisk at the other end of wires in memory: what is sent arrives before the event loop goes on to its next turn, so that time
 * passes for it and for its client only when a test lets it.
 */
export function createFakeLine(options: FakeSwitchOptions) {
  const desk = createFakeDesk(options)
  /** How those who are connected hear that the connection has broken. */
  const broken = new Set<() => void>()

  async function serve(request: WireRequest, isCut: () => boolean): Promise<void> {
    const { method, path, headers, text } = request
    const say = (run: () => void) => {
      if (!isCut()) run()
    }
    const parsed = parseRequest(method, path, text ?? '')
    if (desk.phase === 'DOWN') return say(() => request.failed('connect ECONNREFUSED'))
    request.sent()
    const reaction = await desk.react(parsed, String(headers.authorization))
    if (reaction.type === 'SILENCE') return
    if (reaction.type !== 'ANSWER') return say(() => request.failed('read ECONNRESET'))
    const { status, body, page } = reaction
    const answer = page ?? (status === 204 ? '' : JSON.stringify(body ?? {}))
    say(() => request.answered({ status, text: answer, retryAfter: reaction.headers?.['retry-after'] }))
  }

  const openHttp: OpenHttp = () => ({
    send(request) {
      let cut = false
      // Whoever has sent it goes on first.
      queueMicrotask(() => void serve(request, () => cut))
      return () => {
        cut = true
      }
    },
    close() {},
  })

  const openSocket: OpenSocket = (url, authorization, listener) => {
    const query = new URL(url).searchParams
    const status = desk.phase === 'DOWN' ? 0 : desk.greet(query, authorization)
    let state: 'OPENING' | 'OPEN' | 'DEAF' | 'ENDED' = 'OPENING'
    let leave = () => {}

    function end(detail: string): void {
      if (state === 'ENDED') return
      state = 'ENDED'
      broken.delete(breakOff)
      leave()
      queueMicrotask(() => listener.closed(detail))
    }
    const breakOff = () => end('the connection broke')
    const tell = (run: () => void) => queueMicrotask(() => (state === 'OPEN' ? run() : undefined))

    function open(): void {
      if (state !== 'OPENING') return
      state = 'OPEN'
      broken.add(breakOff)
      leave = desk.join(query, {
        send: (text) => tell(() => listener.received(text)),
        pause() {
          state = 'DEAF'
        },
        terminate: breakOff,
      })
      listener.opened()
    }

    if (status === 101) queueMicrotask(open)
    else if (status !== null) end(status === 0 ? 'connect ECONNREFUSED' : `Unexpected server response: ${status}`)
    return {
      ping: () => tell(() => listener.ponged()),
      close: () => end('closed with 1000'),
      cut: breakOff,
    }
  }

  return {
    desk,
    url: lineUrl,
    openHttp,
    openSocket,
    /** Ends the process: whoever is connected finds out. */
    kill() {
      desk.die()
      for (const breakOff of [...broken]) breakOff()
    },
  }
}

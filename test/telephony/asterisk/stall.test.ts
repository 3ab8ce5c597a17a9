import { expect, test } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createAsterisk } from '../../../src/telephony/asterisk/asterisk.ts'
import { newsText } from '../news-text.ts'
import { createTapedLog } from '../simulator/remote-support.ts'
import { password, username } from './fake-desk.ts'
import { createFakeLine } from './fake-line.ts'
import { request } from './support.ts'

test('an answer that has arrived is read before a ring timeout that a stall has made late is judged', async () => {
  const effects = createSimulatedEffects()
  const line = createFakeLine({ effects })
  /** What Asterisk says is read only when the event loop gets to it. */
  const unread: (() => void)[] = []
  let isStalled = false
  const driver = createAsterisk({
    ...{ url: line.url, username, password, trunk: 'trunk', mode: 'context', installationId: 'one' },
    ...{ callsPerSecond: 0, callsMax: 0, openHttp: line.openHttp, log: createTapedLog().log },
    effects: {
      ...effects,
      breathe() {
        for (const read of unread.splice(0)) read()
        return effects.breathe()
      },
    },
    openSocket: (url, authorization, listener) =>
      line.openSocket(url, authorization, {
        ...listener,
        received: (text) => (isStalled ? void unread.push(() => listener.received(text)) : listener.received(text)),
      }),
  })
  const heard: string[] = []
  await driver.start({ news: (news) => heard.push(newsText(news)), connected() {}, disconnected() {} })
  await effects.settle()
  const asked = driver.originate(request('a', '1001', { ringTimeoutMs: 3000 }))
  await effects.advance(300)
  expect(await asked).toEqual({ type: 'ACCEPTED' })
  isStalled = true
  await effects.advance(20_000)
  expect(heard.at(-1)).toBe('ANSWERED')
  const stopped = driver.stop()
  await effects.advance(1000)
  await stopped
})

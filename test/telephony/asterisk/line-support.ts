import { onTestFinished } from 'vitest'
import { type AsteriskOptions, createAsterisk } from '../../../src/telephony/asterisk/asterisk.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { createStallingEffects } from '../../support/stalling-effects.ts'
import { newsText } from '../news-text.ts'
import { createTapedLog } from '../simulator/remote-support.ts'
import { password, username } from './fake-desk.ts'
import { createFakeLine } from './fake-line.ts'
import type { FakeSwitchOptions } from './fake-switch.ts'
import { request } from './support.ts'

type Options = Partial<Omit<AsteriskOptions, 'effects'>>

/** A fake Asterisk and a driver in memory, on one clock that the test moves. */
export async function startOnLine(options: Options = {}, fakeOptions: Partial<FakeSwitchOptions> = {}) {
  const { effects, arrive } = createStallingEffects()
  const line = createFakeLine({ effects, ...fakeOptions })
  const heard: CallNews[] = []
  const told: string[] = []
  let isStalled = false
  const { log, said } = createTapedLog()
  const driver = createAsterisk({
    ...{ url: line.url, username, password, trunk: 'trunk', mode: 'context', installationId: 'one', effects, log },
    ...{ callsPerSecond: 0, callsMax: 0, openHttp: line.openHttp },
    openSocket: (url, authorization, listener) =>
      line.openSocket(url, authorization, {
        ...listener,
        received: (text) => (isStalled ? arrive(() => listener.received(text)) : listener.received(text)),
      }),
    ...options,
  })
  onTestFinished(async () => {
    const stopped = driver.stop()
    await effects.advance(1000)
    await stopped
  })
  const storyOf = (callId: string) => {
    const lines = heard.filter((news) => news.callId === callId).map(newsText)
    return lines.filter((text, i) => text !== lines[i - 1])
  }
  return {
    ...{ effects, line, desk: line.desk, driver, heard, told, said, storyOf },
    async start() {
      await driver.start({
        news: (news) => void heard.push(news),
        connected: () => void told.push('connected'),
        disconnected: (detail) => void told.push(`disconnected: ${detail}`),
      })
      await effects.settle()
    },
    /** From now on nothing that Asterisk says is read before a turn of the event loop. */
    stall(): void {
      isStalled = true
    },
    /** Places a call that is answered and stays. */
    async placeAnswered(callId: string, number = '1001') {
      await driver.originate(request(callId, number))
      await effects.run({ until: () => storyOf(callId).includes('ANSWERED') })
    },
  }
}

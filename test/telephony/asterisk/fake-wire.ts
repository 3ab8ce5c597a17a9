import type { Effects } from '../../../src/kernel/effects.ts'
import { channelSnapshot, type FakeApp, type FakeChannel, type Json, timestamp } from './fake-model.ts'

/** What an application that listens to every channel has among its channels. */
export const allChannels = '__AST_CHANNEL_ALL_TOPIC'
export const entityId = '00:00:5e:00:53:01'

const qualities = ['', 'JITTER', 'LOSS', 'RTT', 'MES']

export type FakeWire = ReturnType<typeof createFakeWire>

/** The applications of clients, and what they are told. */
export function createFakeWire(effects: Pick<Effects, 'now'>, shownVariables: readonly string[]) {
  const apps = new Map<string, FakeApp>()
  const snapshot = (channel: FakeChannel) => channelSnapshot(channel, shownVariables)

  function send(app: FakeApp, type: string, fields: Json): void {
    if (app.disallowed.has(type)) return
    const about = { type, timestamp: timestamp(effects.now()), ...fields }
    app.send?.({ ...about, asterisk_id: entityId, application: app.name })
  }

  /** To whoever listens to the channel. */
  function tell(type: string, channel: FakeChannel, fields: Json): void {
    for (const app of apps.values()) {
      if (app.channelIds.has(allChannels) || app.channelIds.has(channel.id)) send(app, type, fields)
    }
  }

  const tellOf = (type: string, channel: FakeChannel, fields: Json = {}) =>
    tell(type, channel, { ...fields, channel: snapshot(channel) })

  const tellVariable = (channel: FakeChannel, variable: string, value: string) =>
    tellOf('ChannelVarset', channel, { variable, value })

  return {
    ...{ apps, snapshot, send, tell, tellOf, tellVariable },
    tellDial(channel: FakeChannel, dialstatus: string, fields: Json = {}) {
      const { dialstring } = channel
      tell('Dial', channel, { dialstatus, forward: '', dialstring, peer: snapshot(channel), ...fields })
    },
    /** Of the media of an answered call, at its end. */
    tellQualities(channel: FakeChannel) {
      const peer = channel.bridge?.channels.find((other) => other !== channel)
      for (const quality of qualities) {
        tellVariable(channel, `RTPAUDIOQOS${quality}`, 'not looked at')
        if (peer !== undefined) tellVariable(peer, `RTPAUDIOQOS${quality}BRIDGED`, 'not looked at')
      }
    },
  }
}

import type { Effects } from '../../../src/kernel/effects.ts'
import { channelSnapshot, type FakeApp, type FakeChannel, type Json, timestamp } from './fake-model.ts'

/** What an application that listens to every channel has among its channels. */
export const allChannels = '__AST_CHANNEL_ALL_TOPIC'
export const entityId = '00:00:5e:00:53:01'

const qualities = ['', 'JITTER', 'LOSS', 'RTT', 'MES']

export type FakeWire = ReturnType<typeof createFakeWire>

/** Who connects for the events of an application. */
export interface FakeClient {
  readonly subscribeAll: boolean
  send(event: Json): void
}

/** Told of all that is told of channels. */
export type FakeWitness = (type: string, channel: FakeChannel, fields: Json) => void

/** The applications of clients, and what they are told. */
export function createFakeWire(
  effects: Pick<Effects, 'now'>,
  shownVariables: readonly string[],
  witness: FakeWitness = () => {},
) {
  const apps = new Map<string, FakeApp>()
  const snapshot = (channel: FakeChannel) => channelSnapshot(channel, shownVariables)

  function send(app: FakeApp, type: string, fields: Json): void {
    if (app.disallowed.has(type) || (app.allowed.size > 0 && !app.allowed.has(type))) return
    const about = { type, timestamp: timestamp(effects.now()), ...fields }
    app.send?.({ ...about, asterisk_id: entityId, application: app.name })
  }

  function connect(name: string, client: FakeClient): () => void {
    const known = apps.get(name)
    if (known?.send) send(known, 'ApplicationReplaced', {})
    // An application that has outlived its client does not hear of everything because the next one wants to.
    const fresh = {
      name,
      send: null,
      channelIds: new Set<string>(),
      allowed: new Set<string>(),
      disallowed: new Set<string>(),
    }
    const app: FakeApp = known ?? fresh
    if (known === undefined && client.subscribeAll) app.channelIds.add(allChannels)
    apps.set(name, app)
    app.send = client.send
    return () => {
      if (app.send === client.send) app.send = null
    }
  }

  /** To whoever listens to the channel. */
  function tell(type: string, channel: FakeChannel, fields: Json): void {
    witness(type, channel, fields)
    for (const app of apps.values()) {
      if (app.channelIds.has(allChannels) || app.channelIds.has(channel.id)) send(app, type, fields)
    }
  }

  const tellOf = (type: string, channel: FakeChannel, fields: Json = {}) =>
    tell(type, channel, { ...fields, channel: snapshot(channel) })

  const tellVariable = (channel: FakeChannel, variable: string, value: string) =>
    tellOf('ChannelVarset', channel, { variable, value })

  return {
    ...{ apps, snapshot, connect, send, tell, tellOf, tellVariable },
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

import type { Cancel, Effects } from '../../../src/kernel/effects.ts'
import {
  bridgeSnapshot,
  type FakeBridge,
  type FakeChannel,
  type FakePlayback,
  playbackSnapshot,
  technologyOf,
} from './fake-model.ts'
import type { FakeWire } from './fake-wire.ts'

const recordedMediaMs: Readonly<Record<string, number>> = {
  'sound:hello': 785,
  'sound:activated': 1062,
  'number:42': 1690,
}
const otherMediaMs = 785
const endlessMedia = /^(tone:|sound:demo-congrats)/
const missingMedia = /missing|no-such/

export interface FakeMediaOptions {
  readonly effects: Pick<Effects, 'now'>
  readonly wire: FakeWire
  readonly speed: number
  after(channel: FakeChannel, delayMs: number, run: () => void): Cancel
}

/** Playbacks, which wait their turn, and bridges. */
export function createFakeMedia({ effects, wire, speed, after }: FakeMediaOptions) {
  const bridges = new Map<string, FakeBridge>()

  const tellPlayback = (type: string, playback: FakePlayback) =>
    wire.tell(type, playback.channel, { playback: playbackSnapshot(playback) })

  function begin(playback: FakePlayback): void {
    const { channel, media } = playback
    const [uri = ''] = media
    playback.state = 'playing'
    tellPlayback('PlaybackStarted', playback)
    if (missingMedia.test(uri)) finish(playback, 'failed')
    if (missingMedia.test(uri) || endlessMedia.test(uri)) return
    playback.cancel = after(channel, (recordedMediaMs[uri] ?? otherMediaMs) / speed, () => {
      if (media.length === 1) return finish(playback, 'done')
      playback.state = 'continuing'
      tellPlayback('PlaybackContinuing', playback)
      media.shift()
      begin(playback)
    })
  }

  function finish(playback: FakePlayback, state: 'done' | 'failed'): void {
    const { playbacks } = playback.channel
    playback.cancel()
    playbacks.splice(playbacks.indexOf(playback), 1)
    playback.state = state
    tellPlayback('PlaybackFinished', playback)
    beginNext(playback.channel)
  }

  function beginNext({ playbacks: [next], recording }: FakeChannel): void {
    if (next?.state === 'queued' && recording === null) begin(next)
  }

  function leave(channel: FakeChannel): void {
    const { bridge } = channel
    if (bridge === null) return
    const technology = technologyOf(bridge)
    wire.tellVariable(channel, 'BRIDGEPEER', '')
    wire.tellVariable(channel, 'BRIDGEPVTCALLID', '')
    bridge.channels.splice(bridge.channels.indexOf(channel), 1)
    channel.bridge = null
    wire.tellOf('ChannelLeftBridge', channel, { bridge: bridgeSnapshot(bridge, technology) })
  }

  return {
    ...{ bridges, beginNext },
    play(channel: FakeChannel, id: string, media: readonly string[]): FakePlayback {
      const playback: FakePlayback = { id, channel, media: [...media], state: 'queued', cancel: () => {} }
      channel.playbacks.push(playback)
      if (channel.playbacks.length === 1) playback.cancel = after(channel, 0, () => beginNext(channel))
      return playback
    },
    stop: (playback: FakePlayback) => finish(playback, 'done'),
    /** The call has ended: nothing that waits begins any more. */
    cutOff(channel: FakeChannel) {
      for (const playback of channel.playbacks.splice(0)) {
        playback.cancel()
        playback.state = 'failed'
        tellPlayback('PlaybackFinished', playback)
      }
    },
    leave,
    enter(channel: FakeChannel, bridge: FakeBridge) {
      leave(channel)
      bridge.channels.push(channel)
      channel.bridge = bridge
      wire.tellOf('ChannelEnteredBridge', channel, { bridge: bridgeSnapshot(bridge) })
      const other = bridge.channels.find((of) => of !== channel)
      if (other === undefined) return
      for (const round of [1, 2, 3]) {
        for (const [of, peer] of [[channel, other] as const, [other, channel] as const]) {
          wire.tellVariable(of, 'BRIDGEPEER', peer.name)
          wire.tellVariable(of, 'BRIDGEPVTCALLID', peer.protocolId)
        }
        if (round !== 2) continue
        other.connected = channel.caller
        wire.tellOf('ChannelConnectedLine', other)
      }
    },
    destroyBridge(bridge: FakeBridge) {
      for (const channel of [...bridge.channels]) leave(channel)
      bridges.delete(bridge.id)
      for (const app of wire.apps.values()) wire.send(app, 'BridgeDestroyed', { bridge: bridgeSnapshot(bridge) })
    },
    createBridge(id: string, name: string): FakeBridge {
      const bridge = bridges.get(id) ?? { id, name, createdAt: effects.now(), channels: [] }
      bridges.set(id, bridge)
      return bridge
    },
  }
}

import type { Cancel } from '../../../src/kernel/effects.ts'
import type { FakeRecording } from './fake-recordings.ts'

export type Json = Record<string, unknown>

/** A client's application, and where its events go: nowhere while its socket is closed. */
export interface FakeApp {
  readonly name: string
  send: ((event: Json) => void) | null
  readonly channelIds: Set<string>
  /** Types of events; an empty one allows all. */
  readonly allowed: Set<string>
  readonly disallowed: Set<string>
}

/** Where an answered call goes: into an application, or into the dialplan, which leads to one. */
export type Target =
  | { readonly type: 'APP'; readonly app: string; readonly args: readonly string[] }
  | { readonly type: 'CONTEXT'; readonly context: string; readonly exten: string; readonly priority: number }

interface Party {
  readonly name: string
  readonly number: string
}

export interface FakeChannel {
  readonly id: string
  readonly name: string
  readonly dialstring: string
  readonly protocolId: string
  readonly createdAt: number
  readonly variables: Map<string, string>
  readonly target: Target
  readonly caller: Party
  connected: Party
  state: 'Down' | 'Ring' | 'Ringing' | 'Up'
  /** The application that it runs in the dialplan. */
  running: { readonly app_name: string; readonly app_data: string }
  /** Where it is in the dialplan, or would be. */
  place: { readonly context: string; readonly exten: string; readonly priority: number }
  /** It is the dialplan that goes on when an application has let go of it. */
  isInDialplan: boolean
  /** The client's application that has it. */
  stasisApp: string | null
  stasisTries: number
  /** The number that it was redirected from. */
  rdnis: string | null
  hasEarlyMedia: boolean
  bridge: FakeBridge | null
  readonly playbacks: FakePlayback[]
  recording: FakeRecording | null
  /** The channel that it listens to, for one that was made for that. */
  readonly listensTo: FakeChannel | null
  readonly timers: Set<Cancel>
}

export interface FakePlayback {
  readonly id: string
  readonly channel: FakeChannel
  readonly media: string[]
  state: 'queued' | 'playing' | 'continuing' | 'done' | 'failed'
  cancel: Cancel
}

export interface FakeBridge {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly channels: FakeChannel[]
}

/** What Asterisk says of a channel that it called itself. */
export const outgoingLine = { app_name: 'AppDial2', app_data: '(Outgoing Line)' }

/** 2026-11-20T06:19:16.997+0000 */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+0000')
}

/** `shown` are variables that ari.conf has every channel show. */
export function channelSnapshot(channel: FakeChannel, shown: readonly string[]): Json {
  const { id, name, state, caller, connected, running, place, rdnis, variables } = channel
  return {
    ...{ id, name, state, protocol_id: channel.protocolId, caller: { ...caller }, connected: { ...connected } },
    ...{ accountcode: '', dialplan: { ...place, ...running } },
    ...{ creationtime: timestamp(channel.createdAt), language: 'en' },
    ...(rdnis !== null && { caller_rdnis: rdnis }),
    ...(shown.length > 0 && { channelvars: Object.fromEntries(shown.map((of) => [of, variables.get(of) ?? ''])) }),
  }
}

export function playbackSnapshot({ id, media, channel, state }: FakePlayback): Json {
  const [media_uri, next_media_uri] = media
  const about = { target_uri: `channel:${channel.id}`, language: 'en', state }
  return { id, media_uri, ...(next_media_uri !== undefined && { next_media_uri }), ...about }
}

export function technologyOf(bridge: FakeBridge): string {
  return bridge.channels.length === 2 ? 'native_rtp' : 'simple_bridge'
}

export function bridgeSnapshot(bridge: FakeBridge, technology = 'simple_bridge'): Json {
  const { id, name, channels, createdAt } = bridge
  return {
    ...{ id, technology, bridge_type: 'mixing', bridge_class: 'stasis', creator: 'Stasis', name },
    ...{ channels: channels.map((channel) => channel.id), creationtime: timestamp(createdAt), video_mode: 'talker' },
  }
}

import type { Effects } from '../../kernel/effects.ts'
import type { CallNews } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import type { Interface } from './interface.ts'
import type { AriEvent } from './messages.ts'

export interface PlaybacksOptions {
  readonly ari: Interface
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now'>
  tell(news: CallNews): void
}

export interface Playbacks {
  /** Plays addresses one after the other. Rejects where it is not known whether that began. */
  play(callId: string, playbackId: string, urls: readonly string[]): Promise<void>
  failed(callId: string, playbackId: string): void
  hear(event: Extract<AriEvent, { type: 'PlaybackFinished' }>): void
  /** Whatever is played to the call is cut off. */
  callEnds(call: Call): void
}

/** Something that is played, in as many parts as it takes. */
interface Playback {
  readonly id: string
  readonly callId: string
  readonly parts: readonly string[]
  /** The part that is being played. */
  index: number
}

/** Asterisk takes 4096 bytes of the first line of a request. */
const mediaLengthMax = 3500
const channelTarget = 'channel:'

/** A list of recordings that is longer than one request takes is played in parts, and told of as one. */
export function createPlaybacks({ ari, calls, effects, tell }: PlaybacksOptions): Playbacks {
  /** By the id of the part that is being played. */
  const playing = new Map<string, Playback>()

  function ended({ id, callId }: Playback, failed: boolean): void {
    tell({ type: 'PLAYBACK_ENDED', callId, at: effects.now(), playbackId: id, failed })
  }

  async function playPart(playback: Playback): Promise<void> {
    const { callId, parts, index } = playback
    const id = partIdOf(playback)
    playing.set(id, playback)
    try {
      const query = { media: parts[index] ?? '' }
      const { status } = await ari.ask({ method: 'POST', path: ['channels', callId, 'play', id], query })
      if (status !== 201 && playing.delete(id)) ended(playback, true)
    } catch (error) {
      // Whether it plays or not: nothing is to follow it.
      playing.delete(id)
      throw error
    }
  }

  return {
    async play(callId, playbackId, urls) {
      const playback = { id: playbackId, callId, parts: partsOf(urls), index: 0 }
      const call = calls.get(callId)
      if (call?.answered && (await calls.whenInStasis(call))) await playPart(playback)
      else ended(playback, true)
    },
    failed(callId, playbackId) {
      ended({ id: playbackId, callId, parts: [], index: 0 }, true)
    },
    hear({ playback: { id, target_uri, state } }) {
      const playback = playing.get(id)
      const failed = state === 'failed'
      if (playback === undefined) {
        // Begun before this process.
        const callId = target_uri.startsWith(channelTarget) ? target_uri.slice(channelTarget.length) : ''
        if (calls.get(callId) !== undefined) ended({ id, callId, parts: [], index: 0 }, failed)
        return
      }
      playing.delete(id)
      playback.index++
      if (failed || playback.index === playback.parts.length) ended(playback, failed)
      else playPart(playback).catch(() => ended(playback, true))
    },
    callEnds(call) {
      for (const [id, playback] of [...playing]) {
        if (playback.callId === call.id && playing.delete(id)) ended(playback, true)
      }
    },
  }
}

function partIdOf({ id, index }: Playback): string {
  return index === 0 ? id : `${id}.${index}`
}

/** Lists of media, separated by commas, each as long as one request takes. */
function partsOf(urls: readonly string[]): string[] {
  const parts: string[] = []
  for (const url of urls) {
    // A comma would end the address.
    const media = `sound:${url.replaceAll(',', '%2C')}`
    const joined = parts.length === 0 ? media : `${parts.at(-1)},${media}`
    if (parts.length > 0 && encodeURIComponent(joined).length <= mediaLengthMax) parts[parts.length - 1] = joined
    else parts.push(media)
  }
  return parts
}

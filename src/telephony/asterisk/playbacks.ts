import type { Effects } from '../../kernel/effects.ts'
import type { CallNews } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import { endOnItsWayMs } from './comparison.ts'
import type { Interface } from './interface.ts'
import type { AriEvent } from './messages.ts'

export interface PlaybacksOptions {
  readonly ari: Interface
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now' | 'timer'>
  tell(news: CallNews): void
}

export interface Playbacks {
  /** Plays addresses one after the other. Rejects where it is not known whether that began. */
  play(callId: string, playbackId: string, urls: readonly string[]): Promise<void>
  /** Plays a short tone, and tells of it as of any playback. */
  tone(callId: string, playbackId: string): Promise<void>
  /** Plays a short tone that nobody is told of. Settles when it is over, however it ended. */
  beep(callId: string, playbackId: string): Promise<void>
  /** Ends a playback before its time. One that has ended is left alone. */
  stop(callId: string, playbackId: string): Promise<void>
  failed(callId: string, playbackId: string): void
  hear(event: Extract<AriEvent, { type: 'PlaybackFinished' }>): void
  /** Whatever is played to the call is cut off. */
  callEnds(call: Call): void
  /** What has ended while nobody heard of it is told as failed: it may have been cut off. */
  findEnded(): Promise<void>
}

/** Something that is played, in as many parts as it takes. */
interface Playback {
  readonly id: string
  readonly callId: string
  readonly parts: readonly string[]
  /** Hears how it ended, once. */
  readonly over: (failed: boolean) => void
  /** The part that is being played. */
  index: number
  /** Asterisk has taken that part. */
  taken: boolean
  /** Its end was asked for. Asterisk tells of it as of one that was played to its end. */
  stopped: boolean
}

/** Asterisk takes 4096 bytes of the first line of a request. */
const mediaLengthMax = 3500
const channelTarget = 'channel:'
/** A recording, because a tone of Asterisk's own sounds until somebody stops it: for ever, if this process dies meanwhile. */
const toneMedia = 'sound:beep'

/** A list of recordings that is longer than one request takes is played in parts, and told of as one. */
export function createPlaybacks({ ari, calls, effects, tell }: PlaybacksOptions): Playbacks {
  /** By the id of the part that is being played. */
  const playing = new Map<string, Playback>()

  function tellEnd(callId: string, playbackId: string, failed: boolean): void {
    tell({ type: 'PLAYBACK_ENDED', callId, at: effects.now(), playbackId, failed })
  }

  /** Does nothing where somebody else has ended it. */
  function end(playback: Playback, failed: boolean): void {
    if (playing.delete(partIdOf(playback))) playback.over(failed)
  }

  async function begin(callId: string, id: string, parts: readonly string[], over: Playback['over']): Promise<void> {
    const playback: Playback = { id, callId, parts, over, index: 0, taken: false, stopped: false }
    playing.set(id, playback)
    const call = calls.get(callId)
    if (!call?.answered || !(await calls.whenInStasis(call))) end(playback, true)
    else if (playback.stopped) end(playback, false)
    else if (playing.get(id) === playback) await playPart(playback)
  }

  async function playPart(playback: Playback): Promise<void> {
    const { callId, parts, index } = playback
    const id = partIdOf(playback)
    playback.taken = false
    playing.set(id, playback)
    try {
      const query = { media: parts[index] ?? '' }
      const { status } = await ari.ask({ method: 'POST', path: ['channels', callId, 'play', id], query })
      // It may have ended before that was answered.
      if (playing.get(id) !== playback) return
      if (status !== 201) return end(playback, true)
      playback.taken = true
    } catch (error) {
      // It may have ended with its call. Otherwise, whether it plays or not: nothing is to follow it.
      if (!playing.delete(id)) return
      throw error
    }
    if (playback.stopped) await ari.tryToRemove('stop a playback', ['playbacks', id])
  }

  async function hasEnded([id, { taken }]: readonly [string, Playback]): Promise<boolean> {
    return taken && (await ari.get('playback', ['playbacks', id])) === null
  }

  const telling = (callId: string, playbackId: string) => (failed: boolean) => tellEnd(callId, playbackId, failed)

  return {
    play: (callId, playbackId, urls) => begin(callId, playbackId, partsOf(urls), telling(callId, playbackId)),
    tone: (callId, playbackId) => begin(callId, playbackId, [toneMedia], telling(callId, playbackId)),
    beep: (callId, playbackId) =>
      new Promise((resolve) => void begin(callId, playbackId, [toneMedia], () => resolve()).catch(() => resolve())),
    async stop(callId, playbackId) {
      const isMeant = (of: Playback) => of.id === playbackId && of.callId === callId
      const playback = [...playing.values()].find(isMeant)
      // One of an earlier process is known to Asterisk alone.
      if (playback === undefined) return ari.remove(['playbacks', playbackId])
      playback.stopped = true
      if (playback.taken) await ari.remove(['playbacks', partIdOf(playback)])
    },
    failed: (callId, playbackId) => tellEnd(callId, playbackId, true),
    hear({ playback: { id, target_uri, state } }) {
      const playback = playing.get(id)
      const failed = state === 'failed'
      if (playback === undefined) {
        // Begun before this process.
        const callId = target_uri.startsWith(channelTarget) ? target_uri.slice(channelTarget.length) : ''
        if (calls.get(callId) !== undefined) tellEnd(callId, id, failed)
        return
      }
      const isLast = playback.index === playback.parts.length - 1
      if (failed || playback.stopped || isLast) return end(playback, failed)
      playing.delete(id)
      playback.index++
      playPart(playback).catch(() => playback.over(true))
    },
    callEnds(call) {
      for (const playback of [...playing.values()]) if (playback.callId === call.id) end(playback, true)
    },
    async findEnded() {
      const entries = [...playing]
      const ended = await Promise.all(entries.map(hasEnded))
      if (!ended.includes(true)) return
      await new Promise<void>((resolve) => void effects.timer(endOnItsWayMs, resolve))
      for (const [i, [id, playback]] of entries.entries()) {
        if (ended[i] && playing.get(id) === playback) end(playback, true)
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

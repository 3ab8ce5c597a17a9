import type { Effects } from '../../kernel/effects.ts'
import type { CallNews, PlaybackEnd } from '../driver.ts'
import { createPlayedTime, type PlayedTime } from '../kit/played-time.ts'
import type { AriClient } from './ari.ts'
import type { Call, Calls } from './calls.ts'
import type { PlaybackEvent } from './messages.ts'
import { endOnItsWayMs } from './reconcile.ts'

export interface PlaybacksOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now' | 'timer' | 'monotonic'>
  tell(news: CallNews): void
}

export interface Playbacks {
  /** Plays addresses one after the other. Rejects where it is not known whether that began. */
  play(callId: string, playbackId: string, urls: readonly string[]): Promise<void>
  /**
   * Plays what has to be rendered first. Rejects where that fails, unless the playback has ended meanwhile: one that was stopped, or whose
   * call has ended, never begins.
   */
  playRendered(callId: string, playbackId: string, render: () => Promise<string>): Promise<void>
  /** Plays a short tone, and reports it as any playback. */
  tone(callId: string, playbackId: string): Promise<void>
  /** Plays a short tone that is not reported. Settles when it is over, however it ended. */
  beep(callId: string, playbackId: string): Promise<void>
  /** Ends a playback before its time. One that has ended is left alone. */
  stop(callId: string, playbackId: string): Promise<void>
  failed(callId: string, playbackId: string): void
  hear(event: PlaybackEvent): void
  /** Whatever is played to the call is cut off. */
  callEnds(call: Call): void
  /** Reports playbacks whose end was missed as failed: they may have been cut off. */
  findEnded(): Promise<void>
}

/** Something that is played: one medium, or several, each by a request of its own. */
interface Playback {
  readonly id: string
  readonly callId: string
  /** Called once, when it has ended. */
  readonly over: (end: PlaybackEnd, playedMs: number) => void
  /** Empty until it is known what is played. */
  media: readonly string[]
  /** Which of them is played. */
  index: number
  /** How far the request for it has come: nothing of it was sent, it was sent, Asterisk has taken it. */
  phase: 'WAITING' | 'SENT' | 'TAKEN'
  /** Its end was requested. Asterisk reports it like one that was played to its end. */
  stopped: boolean
  readonly played: PlayedTime
}

interface ActionContext extends Pick<Playback, 'callId' | 'id' | 'over'> {
  /** Makes what is played. */
  render(): Promise<readonly string[]>
}

const addressLengthMin = 48
const channelTarget = 'channel:'
/** A recording, because a tone of Asterisk's own sounds until somebody stops it: for ever, if this process dies meanwhile. */
const toneMedia = 'sound:beep'

/**
 * A list of recordings is played one by one: given the whole list, Asterisk reports a single playback, which fails only if the
 * last recording is missing.
 */
export function createPlaybacks({ ari, calls, effects, tell }: PlaybacksOptions): Playbacks {
  /** By the id of the request for what is played. */
  const playing = new Map<string, Playback>()

  function tellEnd(callId: string, playbackId: string, end: PlaybackEnd, playedMs: number): void {
    tell({ type: 'PLAYBACK_ENDED', callId, at: effects.now(), playbackId, end, playedMs })
  }

  const isPlaying = (playback: Playback) => playing.get(requestIdOf(playback)) === playback

  /** Does nothing where somebody else has ended it. */
  function end(playback: Playback, how: PlaybackEnd): void {
    if (!isPlaying(playback)) return
    playing.delete(requestIdOf(playback))
    playback.over(how, playback.played.ms())
  }

  /** It is known from the first moment on: it can be stopped while it is rendered, and fails with its call. */
  async function begin({ callId, id, over, render }: ActionContext): Promise<void> {
    const played = createPlayedTime(effects)
    const playback: Playback = { id, callId, over, media: [], index: 0, phase: 'WAITING', stopped: false, played }
    playing.set(id, playback)
    const call = calls.get(callId)
    if (!call?.answered) return end(playback, 'FAILED')
    try {
      playback.media = await render()
    } catch (error) {
      if (!isPlaying(playback)) return
      playing.delete(id)
      throw error
    }
    if (!isPlaying(playback)) return
    if (await calls.whenInStasis(call)) await playNext(playback)
    else end(playback, 'FAILED')
  }

  async function playNext(playback: Playback): Promise<void> {
    if (!isPlaying(playback)) return
    const { callId, media, index } = playback
    const id = requestIdOf(playback)
    try {
      const { status } = await ari.ask({
        ...{ method: 'POST', path: ['channels', callId, 'play', id], query: { media: media[index] ?? '' } },
        beforeSending() {
          if (playing.get(id) === playback) playback.phase = 'SENT'
          return playing.get(id) === playback
        },
      })
      // It may have ended before that was answered.
      if (playing.get(id) !== playback) return
      if (status !== 201) return end(playback, 'FAILED')
      playback.phase = 'TAKEN'
    } catch (error) {
      // It may have ended, with its call or because nobody wanted it any more. Otherwise, whether it plays or not: nothing is to follow it.
      if (playing.get(id) !== playback) return
      playing.delete(id)
      throw error
    }
    if (playback.stopped) await ari.tryToRemove('stop a playback', ['playbacks', id])
  }

  async function hasEnded([id, { phase }]: readonly [string, Playback]): Promise<boolean> {
    return phase === 'TAKEN' && (await ari.get('playback', ['playbacks', id])) === null
  }

  const telling = (callId: string, id: string) => ({
    ...{ callId, id },
    over: (end: PlaybackEnd, playedMs: number) => tellEnd(callId, id, end, playedMs),
  })
  const toneOnly = async () => [toneMedia]

  return {
    play: (callId, id, urls) => begin({ ...telling(callId, id), render: async () => urls.map(soundOf) }),
    playRendered: (callId, id, render) =>
      begin({ ...telling(callId, id), render: async () => [soundOf(await render())] }),
    tone: (callId, id) => begin({ ...telling(callId, id), render: toneOnly }),
    beep: (callId, id) =>
      new Promise((resolve) => {
        const over = () => resolve()
        begin({ callId, id, over, render: toneOnly }).catch(over)
      }),
    async stop(callId, playbackId) {
      const isMeant = (of: Playback) => of.id === playbackId && of.callId === callId
      const playback = [...playing.values()].find(isMeant)
      // One of an earlier process is known to Asterisk alone.
      if (playback === undefined) return ari.remove(['playbacks', playbackId])
      if (playback.phase === 'WAITING') return end(playback, 'INTERRUPTED')
      playback.stopped = true
      if (playback.phase === 'TAKEN') await ari.remove(['playbacks', requestIdOf(playback)])
    },
    failed: (callId, playbackId) => tellEnd(callId, playbackId, 'FAILED', 0),
    hear({ type, playback: { id, target_uri, state } }) {
      const playback = playing.get(id)
      if (type === 'PlaybackStarted') return playback?.played.begins()
      const failed = state === 'failed'
      if (playback === undefined) return hearOfEarlier(id, target_uri, failed)
      playback.played.ends()
      const isLast = playback.index === playback.media.length - 1
      if (failed) return end(playback, 'FAILED')
      if (playback.stopped || isLast) return end(playback, playback.stopped ? 'INTERRUPTED' : 'PLAYED')
      playing.delete(id)
      playback.index++
      playback.phase = 'WAITING'
      playing.set(requestIdOf(playback), playback)
      playNext(playback).catch(() => playback.over('FAILED', playback.played.ms()))
    },
    callEnds(call) {
      for (const playback of [...playing.values()]) if (playback.callId === call.id) end(playback, 'FAILED')
    },
    async findEnded() {
      const entries = [...playing]
      const ended = await Promise.all(entries.map(hasEnded))
      if (!ended.includes(true)) return
      await new Promise<void>((resolve) => void effects.timer(endOnItsWayMs, resolve))
      for (const [i, [id, playback]] of entries.entries()) {
        if (ended[i] && playing.get(id) === playback) end(playback, 'FAILED')
      }
    },
  }

  /** Begun by an earlier process, which is not there to play the rest of a list: its second recording says by its id that it is of one. */
  function hearOfEarlier(requestId: string, target: string, failed: boolean): void {
    const callId = target.startsWith(channelTarget) ? target.slice(channelTarget.length) : ''
    const [, id = requestId, later] = /^(.+?)\.(\d+)$/.exec(requestId) ?? []
    if (calls.get(callId) !== undefined) tellEnd(callId, id, failed || later !== undefined ? 'FAILED' : 'PLAYED', 0)
  }
}

function requestIdOf({ id, index }: Playback): string {
  return index === 0 ? id : `${id}.${index}`
}

/**
 * Asterisk 22 finds what it has fetched only where the address is longer than the path in its cache, by default 34 characters: a fragment,
 * which is not sent when it is fetched, makes up for that. It ends as the address does, because Asterisk may tell the format by that. A
 * comma would end the address.
 */
function soundOf(url: string): string {
  const missing = addressLengthMin - url.length
  const [extension = ''] = /\.\w{1,4}$/.exec(url) ?? []
  const padding = missing > 0 && !url.includes('#') ? `#${'-'.repeat(missing)}${extension}` : ''
  return `sound:${url.replaceAll(',', '%2C')}${padding}`
}

import type { SpeechText } from '../../domain/media.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews, PlaybackEnd } from '../driver.ts'
import { createPlayedTime, type PlayedTime } from '../kit/played-time.ts'
import type { Call } from './calls.ts'
import {
  breakCommand,
  type FetchScheme,
  namedPath,
  playablePath,
  playCommand,
  skipCommand,
  tonePath,
} from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Link } from './link.ts'

/** Makes a recording of a speech: a URL that the switch can fetch, or the path of a file that it can see. */
export type RenderSpeech = (speech: SpeechText) => Promise<string>

export interface PlaybacksOptions {
  readonly effects: Pick<Effects, 'timer' | 'now' | 'id' | 'monotonic'>
  readonly log: Log
  readonly link: Pick<Link, 'api' | 'ask' | 'coreUuid'>
  readonly tell: (news: CallNews) => void
  readonly renderSpeech: RenderSpeech | null
  readonly fetchScheme: FetchScheme
}

interface Playback {
  readonly id: string
  /** What is still to be played, the first of it now; null while it is being made. */
  paths: readonly string[] | null
  /** It is to end before its time. */
  stopped: boolean
  readonly whenEnded: (end: PlaybackEnd, playedMs: number) => void
  readonly played: PlayedTime
  cancelPatience: Cancel
}

interface Playing {
  /** Another one each time something is played, so that it says whose an event is. */
  readonly path: string
  /** The switch has begun to: before that it cannot be broken off. */
  begun: boolean
  /** Takes the command back, if that has not left this process. */
  withdraw: () => boolean
}

/** The playbacks of one call, one after the other. */
interface Programme {
  readonly queue: Playback[]
  /** What the switch was asked to play. */
  playing: Playing | null
  /** What was stopped before the switch began to play it, and may still begin: it fetches a file for as long as it likes. */
  readonly dropped: Set<string>
}

export type Playbacks = ReturnType<typeof createPlaybacks>

/** How long the switch may take to begin what it was asked to play, and to tell that it has broken it off. */
const stopWithinMs = 1000
/** How soon a playback ends that the switch begins and breaks off at once. */
const skipAfterMs = 100

/** Plays recordings to calls that were answered, one at a time. */
export function createPlaybacks(options: PlaybacksOptions) {
  const { effects, log, link, tell, renderSpeech, fetchScheme } = options
  const programmes = new Map<string, Programme>()
  let announcedCount = 0

  function tellEnded(callId: string, playbackId: string, end: PlaybackEnd, playedMs: number): void {
    tell({ type: 'PLAYBACK_ENDED', callId, at: effects.now(), playbackId, end, playedMs })
  }

  /** A refusal is reported like other news, after the caller has continued. */
  function refuse(callId: string, playbackId: string): void {
    effects.timer(0, () => tellEnded(callId, playbackId, 'FAILED', 0))
  }

  /** Null where there is one of that id already. */
  function add(
    call: Call,
    id: string,
    paths: Playback['paths'],
    whenEnded: Playback['whenEnded'] = (end, playedMs) => tellEnded(call.id, id, end, playedMs),
  ): Playback | null {
    const programme = programmes.get(call.id) ?? newProgramme()
    if (programme.queue.some((of) => of.id === id)) return null
    const played = createPlayedTime(effects)
    const playback: Playback = { id, paths, stopped: false, whenEnded, played, cancelPatience: () => {} }
    programme.queue.push(playback)
    programmes.set(call.id, programme)
    goOn(call)
    return playback
  }

  /** Starts what is to be played next, once the call is ready for it. */
  function goOn(call: Call): void {
    const programme = programmes.get(call.id)
    const first = programme?.queue[0]
    if (programme === undefined || first === undefined || programme.playing !== null) return
    if (first.paths === null || first.stopped) return
    const [path] = first.paths
    if (path === undefined) end(call, programme, first, 'PLAYED')
    else if (call.parked) begin(call, programme, first, path)
  }

  function begin(call: Call, programme: Programme, first: Playback, path: string): void {
    const playing: Playing = { path: namedPath(effects.id(), path), begun: false, withdraw: () => false }
    programme.playing = playing
    const sent = link.ask(playCommand(call.id, playing.path))
    playing.withdraw = sent.withdraw
    sent.answered.then(
      (said) => {
        // Otherwise what comes of it is news.
        if (!said.startsWith('+OK') && programme.playing === playing) end(call, programme, first, 'FAILED')
      },
      (error: unknown) => {
        // Its outcome is found out on the next connection.
        if (error instanceof AnswerLost || programme.playing !== playing) return
        log.warn({ error, callId: call.id }, 'FreeSWITCH could not be asked to play')
        if (error instanceof NotSent && link.coreUuid === null) programme.playing = null
        else end(call, programme, first, 'FAILED')
      },
    )
  }

  function end(call: Call, programme: Programme, playback: Playback, how: PlaybackEnd): void {
    const index = programme.queue.indexOf(playback)
    if (index === -1) return
    programme.queue.splice(index, 1)
    if (index === 0) programme.playing = null
    playback.cancelPatience()
    playback.whenEnded(how, playback.played.ms())
    goOn(call)
  }

  /** The path that was played has ended: what follows it is begun, unless it failed. */
  function endPath(call: Call, programme: Programme, failed: boolean): void {
    const [first] = programme.queue
    programme.playing = null
    if (first === undefined) return
    first.played.ends()
    first.paths = (first.paths ?? []).slice(1)
    if (first.stopped) end(call, programme, first, 'INTERRUPTED')
    else if (failed) end(call, programme, first, 'FAILED')
    else goOn(call)
  }

  function breakOff(call: Call): void {
    link.api(breakCommand(call.id)).catch((error: unknown) => {
      // If it is played on, that is tried again on the next connection.
      log.warn({ error, callId: call.id }, 'FreeSWITCH could not be asked to stop playing')
    })
  }

  /**
   * What was stopped has begun. Where the switch remembers that it was to break off it ends in the same moment; otherwise it
   * would be heard over whatever follows, which a second break at once could hit instead.
   */
  function skipLater(call: Call, programme: Programme, path: string): void {
    effects.timer(skipAfterMs, () => {
      if (programmes.get(call.id) !== programme || !programme.dropped.delete(path)) return
      link.api(skipCommand(call.id)).catch((error: unknown) => {
        log.warn({ error, callId: call.id }, 'FreeSWITCH could not be asked to stop playing')
      })
    })
  }

  function hearStop(call: Call, programme: Programme, event: SwitchEvent): void {
    const path = event.header('Playback-File-Path')
    if (path === null) return
    programme.dropped.delete(path)
    if (path !== programme.playing?.path) return
    // The switch reports a playback that a hangup cut short as done, too.
    const isWhole = event.header('Playback-Status') === 'done' && event.header('Answer-State') !== 'hangup'
    endPath(call, programme, !isWhole)
  }

  function hearStart(call: Call, programme: Programme, event: SwitchEvent): void {
    const { playing } = programme
    const path = event.header('Playback-File-Path')
    if (path !== null && programme.dropped.has(path)) skipLater(call, programme, path)
    if (playing === null || playing.begun || path !== playing.path) return
    playing.begun = true
    const [first] = programme.queue
    first?.played.begins()
    if (first?.stopped) breakOff(call)
  }

  function hearComplete(call: Call, programme: Programme, event: SwitchEvent): void {
    const path = event.header('Application-Data')
    const isPlayed = event.header('Application-Response') === 'FILE PLAYED'
    if (event.header('Application') !== 'playback' || path === null) return
    programme.dropped.delete(path)
    if (path === programme.playing?.path) endPath(call, programme, !isPlayed)
  }

  async function render(call: Call, playback: Playback, speech: SpeechText): Promise<void> {
    let path: string | null = null
    try {
      path = renderSpeech === null ? null : playablePath(await renderSpeech(speech), fetchScheme)
    } catch (error) {
      log.warn({ error, callId: call.id }, 'a speech could not be made')
    }
    const programme = programmes.get(call.id)
    // The call has ended meanwhile, and the playback with it.
    if (programme === undefined) return
    playback.paths = path === null ? null : [path]
    if (path === null) end(call, programme, playback, 'FAILED')
    else goOn(call)
  }

  function stop(call: Call | undefined, playbackId: string): void {
    const programme = call && programmes.get(call.id)
    const playback = programme?.queue.find(({ id }) => id === playbackId)
    if (call === undefined || programme === undefined || playback === undefined || playback.stopped) return
    playback.stopped = true
    let playing = programme.queue[0] === playback ? programme.playing : null
    if (playing?.withdraw()) {
      programme.playing = null
      playing = null
    }
    if (playing?.begun) breakOff(call)
    playback.cancelPatience = effects.timer(playing === null ? 0 : stopWithinMs, () => {
      // The switch has not told that it began, or that it ended.
      if (playing !== null) {
        programme.dropped.add(playing.path)
        breakOff(call)
      }
      end(call, programme, playback, 'INTERRUPTED')
    })
  }

  const isAnswered = (call: Call | undefined): call is Call => call?.phase === 'ANSWERED'

  return {
    play(call: Call | undefined, callId: string, playbackId: string, urls: readonly string[]): void {
      const paths = urls.map((url) => playablePath(url, fetchScheme))
      const playable = paths.filter((path) => path !== null)
      if (!isAnswered(call) || playable.length < paths.length) refuse(callId, playbackId)
      else add(call, playbackId, playable)
    },
    tone(call: Call | undefined, callId: string, playbackId: string): void {
      if (isAnswered(call)) add(call, playbackId, [tonePath])
      else refuse(callId, playbackId)
    },
    /** A tone of our own, which only calls `whenEnded`. Returns how to stop it. */
    announce(call: Call, whenEnded: () => void): () => void {
      announcedCount++
      const id = `announcement ${announcedCount}`
      add(call, id, [tonePath], whenEnded)
      return () => stop(call, id)
    },
    speak(call: Call | undefined, callId: string, playbackId: string, speech: SpeechText): void {
      if (!isAnswered(call) || renderSpeech === null) {
        refuse(callId, playbackId)
        return
      }
      const playback = add(call, playbackId, null)
      if (playback !== null) void render(call, playback, speech)
    },
    /** Ends a playback with all that it has still to play. One that has ended is left alone. */
    stop,
    goOn,
    /** Takes PLAYBACK_START, PLAYBACK_STOP and CHANNEL_EXECUTE_COMPLETE; any may be missing. */
    hear(call: Call, event: SwitchEvent): void {
      const programme = programmes.get(call.id)
      if (programme === undefined) return
      if (event.name === 'PLAYBACK_START') hearStart(call, programme, event)
      else if (event.name === 'PLAYBACK_STOP') hearStop(call, programme, event)
      else hearComplete(call, programme, event)
    },
    /** What is played to a call, if the switch has been asked to play. */
    playingTo: (call: Call): Playing | null => programmes.get(call.id)?.playing ?? null,
    /** Takes what a dump of the call on a new connection says of what was played when the last one was lost. */
    settle(call: Call, playing: Playing, dump: SwitchEvent): void {
      const programme = programmes.get(call.id)
      // What arrived on this connection meanwhile counts.
      if (programme?.playing !== playing) return
      const response = dump.header('variable_current_application_response')
      const isCurrent = dump.header('variable_current_application_data') === playing.path
      if (!isCurrent || response !== null) endPath(call, programme, !isCurrent || response !== 'FILE PLAYED')
      else {
        playing.begun = true
        if (programme.queue[0]?.stopped) breakOff(call)
      }
    },
    /** The call has ended: whatever was played to it has failed. */
    end(call: Call): void {
      const programme = programmes.get(call.id)
      programmes.delete(call.id)
      for (const { cancelPatience, whenEnded, played } of programme?.queue.splice(0) ?? []) {
        cancelPatience()
        whenEnded('FAILED', played.ms())
      }
    },
    clear(): void {
      for (const { queue } of programmes.values()) for (const { cancelPatience } of queue) cancelPatience()
      programmes.clear()
    },
  }
}

function newProgramme(): Programme {
  return { queue: [], playing: null, dropped: new Set() }
}

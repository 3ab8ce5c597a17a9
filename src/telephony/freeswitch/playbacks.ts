import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews } from '../driver.ts'
import type { Call } from './calls.ts'
import { playablePath, playCommand } from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Link } from './link.ts'

export interface Speech {
  readonly text: string
  readonly language: string | null
  readonly gender: string | null
}

/** Makes a recording of a speech: a URL that the switch can fetch, or the path of a file that it can see. */
export type RenderSpeech = (speech: Speech) => Promise<string>

export interface PlaybacksOptions {
  readonly effects: Pick<Effects, 'timer' | 'now'>
  readonly log: Log
  readonly link: Pick<Link, 'api'>
  readonly tell: (news: CallNews) => void
  readonly renderSpeech: RenderSpeech | null
}

interface Playback {
  readonly id: string
  /** What is still to be played, the first of it now; null while it is being made. */
  paths: readonly string[] | null
}

/** The playbacks of one call, one after the other. */
interface Programme {
  readonly queue: Playback[]
  /** The path that the switch was asked to play. */
  playing: string | null
  /** A path that was stopped, and whose application has yet to tell that it is done. */
  echo: string | null
  /** Events up to here have been taken: the switch may tell twice, and out of order. */
  through: number
}

export type Playbacks = ReturnType<typeof createPlaybacks>

/**
 * Plays recordings to calls that were answered. The switch gives a recording no id: it is known by its path, and so only
 * one is played to a call at a time.
 */
export function createPlaybacks({ effects, log, link, tell, renderSpeech }: PlaybacksOptions) {
  const programmes = new Map<string, Programme>()

  function tellEnded(callId: string, playbackId: string, failed: boolean): void {
    tell({ type: 'PLAYBACK_ENDED', callId, at: effects.now(), playbackId, failed })
  }

  /** A refusal is news like any other, and comes after whoever asked has gone on. */
  function refuse(callId: string, playbackId: string): void {
    effects.timer(0, () => tellEnded(callId, playbackId, true))
  }

  function add(call: Call, playback: Playback): boolean {
    const programme = programmes.get(call.id) ?? {
      queue: [],
      playing: null,
      echo: null,
      through: Number.NEGATIVE_INFINITY,
    }
    if (programme.queue.some((of) => of.id === playback.id)) return false
    programme.queue.push(playback)
    programmes.set(call.id, programme)
    return true
  }

  /** Goes on with what is to be played next, once the call is ready for it. */
  function goOn(call: Call): void {
    const programme = programmes.get(call.id)
    const first = programme?.queue[0]
    if (programme === undefined || first === undefined || programme.playing !== null || first.paths === null) return
    const [path] = first.paths
    if (path === undefined) endFirst(call, programme, false)
    else if (call.parked) begin(call, programme, first, path)
  }

  function begin(call: Call, programme: Programme, first: Playback, path: string): void {
    programme.playing = path
    link.api(playCommand(call.id, path)).then(
      (said) => {
        // Otherwise what comes of it is news.
        if (!said.startsWith('+OK') && isAt(call, first, path)) endFirst(call, programme, true)
      },
      (error: unknown) => {
        log.warn({ error, callId: call.id }, 'FreeSWITCH could not be asked to play')
        if (isAt(call, first, path)) endFirst(call, programme, true)
      },
    )
  }

  function isAt(call: Call, playback: Playback, path: string): boolean {
    const programme = programmes.get(call.id)
    return programme?.queue[0] === playback && programme.playing === path
  }

  function endFirst(call: Call, programme: Programme, failed: boolean): void {
    const [first] = programme.queue.splice(0, 1)
    programme.playing = null
    if (first !== undefined) tellEnded(call.id, first.id, failed)
    goOn(call)
  }

  /** The path that was played has ended: what follows it is begun, unless it failed. */
  function endPath(call: Call, programme: Programme, failed: boolean): void {
    const [first] = programme.queue
    programme.playing = null
    if (first === undefined) return
    first.paths = (first.paths ?? []).slice(1)
    if (failed) endFirst(call, programme, true)
    else goOn(call)
  }

  function hearStop(call: Call, programme: Programme, event: SwitchEvent): void {
    const path = event.header('Playback-File-Path')
    if (path === null || path !== programme.playing) return
    programme.echo = path
    // A hangup in the middle is told as done, too.
    const isWhole = event.header('Playback-Status') === 'done' && event.header('Answer-State') !== 'hangup'
    endPath(call, programme, !isWhole)
  }

  function hearComplete(call: Call, programme: Programme, event: SwitchEvent): void {
    const path = event.header('Application-Data')
    const isPlayed = event.header('Application-Response') === 'FILE PLAYED'
    if (event.header('Application') !== 'playback' || path === null) return
    const isEcho = isPlayed && path === programme.echo
    if (isEcho) programme.echo = null
    else if (path === programme.playing) endPath(call, programme, !isPlayed)
  }

  async function render(call: Call, playback: Playback, speech: Speech): Promise<void> {
    let path: string | null = null
    try {
      path = renderSpeech === null ? null : playablePath(await renderSpeech(speech))
    } catch (error) {
      log.warn({ error, callId: call.id }, 'a speech could not be made')
    }
    const programme = programmes.get(call.id)
    const index = programme?.queue.indexOf(playback) ?? -1
    // The call has ended meanwhile, and the playback with it.
    if (programme === undefined || index === -1) return
    playback.paths = path === null ? null : [path]
    if (path === null) {
      programme.queue.splice(index, 1)
      tellEnded(call.id, playback.id, true)
    }
    goOn(call)
  }

  const isAnswered = (call: Call | undefined): call is Call => call?.phase === 'ANSWERED'

  return {
    play(call: Call | undefined, callId: string, playbackId: string, urls: readonly string[]): void {
      const paths = urls.map(playablePath)
      const playable = paths.filter((path) => path !== null)
      if (!isAnswered(call) || playable.length < paths.length) refuse(callId, playbackId)
      else if (add(call, { id: playbackId, paths: playable })) goOn(call)
    },
    speak(call: Call | undefined, callId: string, playbackId: string, speech: Speech): void {
      const playback: Playback = { id: playbackId, paths: null }
      if (!isAnswered(call) || renderSpeech === null) refuse(callId, playbackId)
      else if (add(call, playback)) void render(call, playback, speech)
    },
    goOn,
    /** Takes PLAYBACK_STOP and CHANNEL_EXECUTE_COMPLETE; either may be missing. */
    hear(call: Call, event: SwitchEvent): void {
      const programme = programmes.get(call.id)
      if (programme === undefined || event.sequence <= programme.through) return
      programme.through = Number.isNaN(event.sequence) ? programme.through : event.sequence
      if (event.name === 'PLAYBACK_STOP') hearStop(call, programme, event)
      else hearComplete(call, programme, event)
    },
    /** The call has ended: whatever was played to it has failed. */
    end(call: Call): void {
      const programme = programmes.get(call.id)
      programmes.delete(call.id)
      for (const { id } of programme?.queue ?? []) tellEnded(call.id, id, true)
    },
    /** What was told of the playbacks since the connection was lost is lost too: whoever waits for them finds the calls alive. */
    clear: () => programmes.clear(),
  }
}

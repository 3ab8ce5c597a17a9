import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews, RecordingSettings } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import {
  clearVariableCommand,
  isLocalPath,
  listenersCommand,
  recordingPath,
  setVariablesCommand,
  startRecordingCommand,
  stopRecordingCommand,
} from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Link } from './link.ts'
import type { Playbacks } from './playbacks.ts'

export interface RecordingsOptions {
  /** A folder of the switch; null for its own. */
  readonly folder: string | null
  readonly effects: Pick<Effects, 'timer' | 'now'>
  readonly log: Log
  readonly link: Pick<Link, 'api'>
  readonly calls: Pick<Calls, 'find'>
  readonly playbacks: Pick<Playbacks, 'announce'>
  readonly tell: (news: CallNews) => void
}

interface Recording {
  readonly id: string
  readonly call: Call
  /** Null until the switch is asked for it. */
  path: string | null
  /** WAITS for its tone, ASKED until the switch says that it records, STOPPING once it was asked to stop. */
  phase: 'WAITS' | 'ASKED' | 'RUNS' | 'STOPPING'
  cancelDeadline: Cancel
  /** Stops the tone that it waits for. */
  stopTone: () => void
}

export type Recordings = ReturnType<typeof createRecordings>

/** A variable of the call for each recording that has not ended, with its path, for the process that finds the call after this one. */
const markPrefix = 'dialgraph_recording_'
/** How long the switch may take to report the end of what it has stopped. */
const stoppedWithinMs = 1000
/** What RECORD_STOP says of a file that is not there, or not whole. */
const failures: ReadonlySet<string> = new Set(['uri-failure', 'input-too-short'])

/** Without them the switch may throw away a short recording, hang up where it cannot write, and lose the last half second. */
const recordingVariables = { RECORD_MIN_SEC: '0', RECORD_HANGUP_ON_ERROR: 'false', RECORD_PRE_BUFFER_FRAMES: '0' }

/** Records calls into files of the switch, each named by the id of its recording. */
export function createRecordings({ folder, effects, log, link, calls, playbacks, tell }: RecordingsOptions) {
  const recordings = new Map<string, Recording>()

  function tellEnded(callId: string, recordingId: string, location: string, failed: boolean): void {
    tell({ type: 'RECORDING_ENDED', callId, at: effects.now(), recordingId, location, failed })
  }

  function isUnderWay(recording: Recording): boolean {
    return recordings.get(recording.id) === recording
  }

  function end(recording: Recording, failed = recording.phase === 'WAITS' || recording.phase === 'ASKED'): void {
    if (!isUnderWay(recording)) return
    const { id, call, path } = recording
    recordings.delete(id)
    recording.cancelDeadline()
    recording.stopTone()
    if (path !== null && calls.find(call.id) === call)
      link.api(clearVariableCommand(call.id, `${markPrefix}${id}`)).catch(() => {})
    tellEnded(call.id, id, path ?? '', failed)
  }

  /** The switch's own folder is asked for each time: another switch may have taken its place. */
  async function chooseFolder(): Promise<string> {
    const chosen = folder ?? (await link.api('global_getvar recordings_dir'))
    if (!isLocalPath(chosen)) throw new Error(`no folder for recordings: ${chosen.slice(0, 100)}`)
    return chosen
  }

  async function begin(recording: Recording, durationMaxMs: number | null): Promise<void> {
    const { id, call } = recording
    const path = recordingPath(await chooseFolder(), id)
    if (!isUnderWay(recording)) return
    recording.path = path
    recording.phase = 'ASKED'
    const variables = { ...recordingVariables, [`${markPrefix}${id}`]: path }
    const [, said] = await Promise.all([
      link.api(setVariablesCommand(call.id, variables)),
      link.api(startRecordingCommand(call.id, path, durationMaxMs)),
    ])
    if (!said.startsWith('+OK')) throw new Error(`FreeSWITCH does not record: ${said}`)
    if (recording.phase !== 'ASKED' || !isUnderWay(recording)) return
    recording.phase = 'RUNS'
    if (durationMaxMs !== null) recording.cancelDeadline = effects.timer(durationMaxMs, () => stop(recording))
  }

  function beginOrFail(recording: Recording, durationMaxMs: number | null): void {
    begin(recording, durationMaxMs).catch((error: unknown) => {
      // Where the connection was lost meanwhile it is found out on the next one.
      if (error instanceof AnswerLost && recording.path !== null) return
      log.warn({ error, callId: recording.call.id }, 'a recording could not be begun')
      end(recording, true)
    })
  }

  function stop(recording: Recording): void {
    const { call, path } = recording
    if (recording.phase === 'STOPPING') return
    if (path === null) {
      // Its tone may be just over.
      effects.timer(0, () => (recording.path === null ? end(recording) : stop(recording)))
      return
    }
    recording.phase = 'STOPPING'
    recording.cancelDeadline()
    link.api(stopRecordingCommand(call.id, path)).then(
      (said) => {
        if (!isUnderWay(recording)) return
        if (said.startsWith('+OK')) recording.cancelDeadline = effects.timer(stoppedWithinMs, () => end(recording))
        else end(recording)
      },
      (error: unknown) => {
        recording.phase = 'RUNS'
        log.warn({ error, callId: call.id }, 'FreeSWITCH could not be asked to stop a recording')
      },
    )
  }

  function add(call: Call, id: string, path: string | null, phase: 'WAITS' | 'RUNS'): Recording {
    const recording: Recording = { id, call, path, phase, cancelDeadline: () => {}, stopTone: () => {} }
    recordings.set(id, recording)
    return recording
  }

  const of = (call: Call) => [...recordings.values()].filter((recording) => recording.call === call)

  return {
    start(call: Call | undefined, callId: string, recordingId: string, settings: RecordingSettings): void {
      const { beep, durationMaxMs } = settings
      if (recordings.has(recordingId)) return
      if (call?.phase !== 'ANSWERED') {
        // A refusal is reported like other news, after the caller has continued.
        effects.timer(0, () => tellEnded(callId, recordingId, '', true))
        return
      }
      const recording = add(call, recordingId, null, 'WAITS')
      const goOn = () => {
        if (isUnderWay(recording)) beginOrFail(recording, durationMaxMs)
      }
      if (beep) recording.stopTone = playbacks.announce(call, goOn)
      else goOn()
    },
    /** One that has ended is left alone. */
    stop(callId: string, recordingId: string): void {
      const recording = recordings.get(recordingId)
      if (recording?.call.id === callId) stop(recording)
    },
    /** Takes RECORD_STOP. */
    hear(call: Call, event: SwitchEvent): void {
      const path = event.header('Record-File-Path')
      const recording = of(call).find((one) => one.path !== null && one.path === path)
      const isFailure = failures.has(event.header('Record-Completion-Cause') ?? '')
      if (recording !== undefined) end(recording, isFailure)
    },
    /** Takes up the recordings of a call of an earlier process, by what an event or a dump of the call says. */
    adopt(call: Call, facts: SwitchEvent): void {
      for (const [id, path] of facts.variables(markPrefix)) if (!recordings.has(id)) add(call, id, path, 'RUNS')
    },
    /** On a new connection: what is not recorded any more has ended meanwhile. */
    async settle(call: Call): Promise<void> {
      const asked = of(call).filter(({ path }) => path !== null)
      if (asked.length === 0) return
      const listeners = await link.api(listenersCommand(call.id))
      for (const recording of asked) {
        if (!listeners.includes(recording.path ?? '')) end(recording)
        else if (recording.phase === 'ASKED') recording.phase = 'RUNS'
      }
    },
    /** The call has ended, and its recordings with it. */
    end(call: Call): void {
      for (const recording of of(call)) end(recording)
    },
    clear(): void {
      for (const { cancelDeadline } of recordings.values()) cancelDeadline()
      recordings.clear()
    },
  }
}

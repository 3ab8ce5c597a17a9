import type { HangupReason } from '../../domain/campaigncall.ts'
import type { Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { OriginateAnswer, OriginateRequest } from '../driver.ts'
import type { CallLimiter } from '../kit/call-limiter.ts'
import { isCallerId, isDialable } from '../number.ts'
import type { Call, Calls } from './calls.ts'
import { existsCommand, originateCommand, trunkDialString } from './commands.ts'
import { SwitchBusy } from './connection.ts'
import type { JobResult, Jobs } from './jobs.ts'
import type { Link } from './link.ts'
import { reasonOfCause } from './reasons.ts'

export interface PlacingOptions {
  readonly gateway: string
  readonly effects: Pick<Effects, 'timer'>
  readonly log: Log
  readonly link: Link
  readonly calls: Calls
  readonly jobs: Jobs
  readonly callLimiter: CallLimiter
  /** A call was answered, and waits for what is to be done with it. */
  readonly onParked: (call: Call) => void
}

/** How long the switch may take to show that a call exists. */
const answerWithinMs = 2000
/** How much longer than the driver the switch waits before it ends an answered call automatically. */
const durationMarginMs = 10_000

const refused = (reason: HangupReason): OriginateAnswer => ({ type: 'REJECTED', reason })

/**
 * Places calls. A call is ACCEPTED once the switch has shown that it exists, by any event of it: that the job was begun says
 * nothing, since a job that was refused begins too. It is REJECTED only where nothing can have left the switch.
 */
export function createPlacing(options: PlacingOptions) {
  const { gateway, effects, log, link, calls, jobs, callLimiter, onParked } = options

  function commandFor(request: OriginateRequest): string | null {
    const { callId, to, from, ringTimeoutMs, maxDurationMs, variables } = request
    const dialString = trunkDialString(gateway, to.target)
    if (dialString === null) return null
    const durationSeconds = Math.ceil((maxDurationMs + durationMarginMs) / 1000)
    // The name is sent too, as the number: without one the switch has a name of its own.
    const callerId: Record<string, string> =
      from.target !== '' ? { origination_caller_id_number: from.target, origination_caller_id_name: from.target } : {}
    return originateCommand({
      ...{ uuid: callId, dialString, ringTimeoutMs },
      variables: {
        ...callerId,
        // For the case that this process ends before the call does.
        execute_on_answer: `sched_hangup +${durationSeconds} ALLOTTED_TIMEOUT`,
        // Otherwise a star that is pressed would cut off what is played.
        playback_terminators: 'none',
        ...variables,
      },
    })
  }

  function send(call: Call, command: string): Promise<OriginateAnswer> {
    return new Promise((resolve) => {
      const job = jobs.expect((result) => void finishJob(call, result))
      call.whenGone.push(job.cancel)
      const cancelWait = effects.timer(answerWithinMs, () => {
        if (!call.withdraw()) call.answer?.({ type: 'INDETERMINATE' })
      })
      call.answer = (answer) => {
        call.answer = null
        cancelWait()
        resolve(answer)
      }
      const sent = link.bgapi(command, job.jobId)
      call.withdraw = sent.withdraw
      sent.answered.then(
        (said) => {
          call.requestTaken = true
          if (!said.startsWith('+OK')) refuse(call, 'FAILED', said)
        },
        (error: unknown) => {
          if (error instanceof SwitchBusy) takeBack(call, error.message)
          else if (error instanceof NotSent) refuse(call, 'FAILED', error.message)
          else call.answer?.({ type: 'INDETERMINATE' })
        },
      )
    })
  }

  /** Nothing has left the switch, and nothing will. If the request was answered already, the call is reported as ended. */
  function refuse(call: Call, reason: HangupReason, detail: string): void {
    log.warn({ callId: call.id, detail }, 'FreeSWITCH has not placed a call')
    if (call.answer === null) {
      calls.finish(call, { reason, by: 'US' }, detail)
      return
    }
    call.answer(refused(reason))
    calls.forget(call)
  }

  /** The command has not left this process: there are more than the switch takes. */
  function takeBack(call: Call, detail: string): void {
    log.warn({ callId: call.id, detail }, 'a call was not sent to FreeSWITCH')
    call.answer?.({ type: 'NOT_SENT', detail })
    calls.forget(call)
  }

  /** The request is over: the call was answered, or has ended, or was never begun. */
  async function finishJob(call: Call, { ok, said: cause }: JobResult): Promise<void> {
    if (ok) {
      calls.see(call)
      onParked(call)
      return
    }
    call.jobCause = cause
    if (call.phase !== 'REQUESTED') calls.expectEnd(call)
    else if (cause === 'INVALID_GATEWAY') refuse(call, 'FAILED', cause)
    else if (call.neverBegan) refuse(call, reasonOfCause(cause, false), cause)
    else await settleUnshown(call, cause)
  }

  /** The request is over, and the switch has not shown the call. */
  async function settleUnshown(call: Call, cause: string): Promise<void> {
    // A call that was begun has told so before this is answered, even where events have changed places.
    const exists = await link.api(existsCommand(call.id)).catch(() => null)
    if (calls.find(call.id) !== call || call.phase !== 'REQUESTED') return
    if (cause === 'DESTINATION_OUT_OF_ORDER' && exists === 'false') {
      // Full, throttled, paused, or not understood: with no event of such a call, and none alive, it was not begun.
      refuse(call, 'CONGESTION', cause)
      return
    }
    call.answer?.({ type: 'INDETERMINATE' })
    if (exists === 'false') calls.expectEnd(call)
  }

  return async function originate(request: OriginateRequest): Promise<OriginateAnswer> {
    const { callId, to, from, ringTimeoutMs, maxDurationMs } = request
    if (!link.ready) return refused('FAILED')
    if (calls.find(callId) !== undefined) return { type: 'INDETERMINATE' }
    if (!isDialable(to.target)) return refused('INVALID_NUMBER')
    // A call placed under another identity than the requested one cannot be undone.
    if (!isCallerId(from.target)) return refused('FAILED')
    const command = commandFor(request)
    if (command === null) {
      log.error({ callId }, 'a call has a variable that FreeSWITCH cannot be told')
      return refused('FAILED')
    }
    if (callLimiter.pass(calls.size) !== null)
      return { type: 'NOT_SENT', detail: 'the limits of the trunk are reached' }
    return send(calls.request({ id: callId, number: to.target, ringTimeoutMs, maxDurationMs }), command)
  }
}

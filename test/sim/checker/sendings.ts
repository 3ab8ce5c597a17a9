import type { Handed } from '../recipients.ts'
import type { CallRow, FlowRow } from './book.ts'
import { type CommitView, entryOf } from './view.ts'

/** What a run of actions sends, as it was recorded. */
interface Recorded {
  readonly callId: string
  readonly step: number
  /** What the actions went on with; null while they wait for it. */
  heard: 'TAKEN' | 'REFUSED' | 'UNKNOWN' | 'UNSENT' | null
}

/**
 * Things are sent once (S1), after it was recorded that they will be (S2), and a FLOW ends as docs/rules.md#campaign-flow says
 * by what became of them (S3).
 */
export function createSendingJudge(handed: readonly Handed[]) {
  const recorded = new Map<string, Recorded>()
  /** By call: what its actions have sent, in order. */
  const ofCall = new Map<string, Recorded[]>()
  const known = new Map<string, Handed>()
  /** By FLOW: for which reason a person has ended it. */
  const byHand = new Map<string, string>()
  let seen = 0

  function sendingIn(row: FlowRow | null | undefined): string | null {
    if (row?.wait == null) return null
    const wait = JSON.parse(row.wait) as { type: string; sendingId?: string }
    return wait.type === 'SENDING' ? (wait.sendingId ?? null) : null
  }

  function judgeHanded(): string[] {
    const findings: string[] = []
    for (; seen < handed.length; seen++) {
      const of = handed[seen] as Handed
      if (known.has(of.sendingId)) findings.push(`S1: ${of.sendingId} of call ${of.campaigncallId} is sent twice`)
      known.set(of.sendingId, of)
      if (of.campaigncallId === null) findings.push(`S2: ${of.sendingId} is sent without having been recorded`)
    }
    return findings
  }

  /** What the process that wrote a commit knows of something that was sent: only what it was told itself. */
  function toldOf({ commit, number }: CommitView, sendingId: string): Recorded['heard'] {
    const of = known.get(sendingId)
    // Handed to nobody: by a process that was about to end, or that has died.
    if (of === undefined) return 'UNSENT'
    if (of.process !== commit.process || of.told === null || of.told.commitCount >= number) return 'UNKNOWN'
    return of.told.type
  }

  function noteFlow(view: CommitView, callId: string, before: FlowRow | null, after: FlowRow | null): string[] {
    const findings: string[] = []
    const [was, is] = [sendingIn(before), sendingIn(after)]
    if (is === was) return findings
    const left = was === null ? undefined : recorded.get(was)
    if (left !== undefined) left.heard = toldOf(view, was ?? '')
    if (is === null || after === null) return findings
    const step = after.step_count
    const earlier = ofCall.get(callId) ?? []
    if (earlier.some((of) => of.step === step)) findings.push(`S1: step ${step} of call ${callId} is to be sent twice`)
    const fresh: Recorded = { callId, step, heard: null }
    recorded.set(is, fresh)
    ofCall.set(callId, [...earlier, fresh])
    return findings
  }

  /** How a FLOW may end, by what became of what it has sent. */
  function reasonsOf(call: CallRow): readonly string[] {
    const sent = ofCall.get(call.id) ?? []
    const asked = byHand.get(call.id)
    if (asked !== undefined) return [asked]
    if (sent.some((of) => of.heard === 'UNKNOWN' || of.heard === null)) return ['UNKNOWN']
    if (sent.some((of) => of.heard === 'UNSENT')) return ['FAILED', 'UNKNOWN']
    if (sent.some((of) => of.heard === 'REFUSED')) return ['FAILED']
    // What cannot be put together is refused without being sent, and a run of too many steps is given up.
    return ['NORMAL', 'FAILED']
  }

  /**
   * A FLOW whose end a person asks for (docs/rules.md#campaign-flow): its own actions, which may end it as well, do not move
   * with that.
   */
  function judgeAsked({ touched }: CommitView): string[] {
    return [...touched.calls].flatMap(([id, { before, after }]) => {
      const reason = after?.end_reason ?? null
      if (after?.reference_type !== 'FLOW' || reason === null || before?.end_reason != null) return []
      if (touched.flows.has(id)) return []
      byHand.set(id, reason)
      const sent = ofCall.get(id) ?? []
      const isOut = sent.some((of) => of.heard === null)
      const hasFailed = sent.some((of) => of.heard === 'REFUSED')
      const reasons = isOut ? ['UNKNOWN'] : hasFailed ? ['FAILED'] : sent.length > 0 ? ['NORMAL'] : ['CANCEL']
      const what = `FLOW ${id}, which has sent ${sent.map((of) => of.heard ?? 'something').join(', ') || 'nothing'},`
      return reasons.includes(reason) ? [] : [`N7: ${what} is hung up by hand for ${reason}, not ${reasons.join()}`]
    })
  }

  return {
    commit(view: CommitView): string[] {
      const findings = judgeHanded()
      for (const [callId, { before, after }] of view.touched.flows)
        findings.push(...noteFlow(view, callId, before, after))
      findings.push(...judgeAsked(view))
      for (const [id, { before, after }] of view.touched.calls) {
        if (after?.reference_type !== 'FLOW' || after.status !== 'DONE' || before?.status === 'DONE') continue
        const reasons = reasonsOf(after)
        const reason = entryOf(view, 'ENDED', id)?.hangup_reason ?? ''
        if (!reasons.includes(reason)) findings.push(`S3: FLOW ${id} ended ${reason}, not ${reasons.join(' or ')}`)
      }
      return findings
    },
    /** At the end, when everything has come to rest. */
    rest: (): string[] => judgeHanded(),
  }
}

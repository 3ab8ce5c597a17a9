import type { CarrierRequest } from '../ledger.ts'
import type { Commit } from '../witness.ts'
import type { Book } from './book.ts'
import type { EntryRow, Fold } from './fold.ts'
import type { CommitView, Timing } from './view.ts'

export interface ErrandFacts {
  readonly book: Book
  readonly fold: Fold
  readonly timing: Timing
  readonly requests: readonly CarrierRequest[]
}

/** Something that the carrier is to be asked because of a commit. */
interface Errand {
  readonly what: 'HANGUP' | 'WITHDRAW'
  readonly callId: string
  readonly agentId: string | null
  readonly number: number
  /** By the dialer's clock. */
  readonly at: number
}

/** How often a process looks for what others have committed, and a little more. */
const seenWithinMs = 300

/**
 * What the carrier has to be asked because of what was committed, by whichever process: to end a call whose end was asked for
 * (L4, docs/rules.md#end-request), and to let a phone fall silent that rings for nobody any more (A4).
 */
export function createErrandJudge({ book, fold, timing, requests }: ErrandFacts) {
  let errands: Errand[] = []
  /** By what, call and agent: how many commits there were before the last request. */
  const asked = new Map<string, number>()
  /** Who has let which phone ring: after a restart nobody knows of it. */
  const rings = new Map<string, number>()
  /** By call and agent: the call that an agent is offered. */
  const offered = new Map<string, string>()
  let seen = 0
  /** How many requests were made before the commit that is looked at. */
  let made = 0
  /** The last commit of the process that dials. */
  let last: Commit | null = null

  const keyOf = (what: string, callId: string, agentId: string | null) => `${what} ${callId} ${agentId ?? ''}`

  function readRequests(): void {
    for (; seen < requests.length; seen++) {
      const { what, callId, to, commitCount } = requests[seen] as CarrierRequest
      if (what === 'HANGUP' || what === 'WITHDRAW')
        asked.set(keyOf(what, callId, what === 'HANGUP' ? null : to), commitCount)
    }
  }

  /** Commits are looked at after more has been asked for: what follows from one is not what it was made with. */
  function readRings({ number }: CommitView): void {
    for (; (requests[made]?.commitCount ?? number) < number; made++) {
      const { what, callId, to, process } = requests[made] as CarrierRequest
      if (what === 'CONNECT') rings.set(`${callId} ${to}`, process)
    }
  }

  function add(view: CommitView, what: Errand['what'], callId: string, agentId: string | null): void {
    const at = timing.atOf(view.commit.atMs)
    errands.push({ what, callId, agentId, number: view.number, at })
  }

  function noteAgents(view: CommitView, entry: EntryRow): void {
    const agentId = entry.agent_id ?? ''
    if (entry.event === 'AGENT_RINGING') offered.set(agentId, entry.campaigncall_id)
    if (entry.kind !== 'AGENT' || entry.from_status !== 'RINGING' || entry.to_status === 'BUSY') return
    const callId = book.calls.get(offered.get(agentId) ?? '')?.reference_id ?? ''
    if (last !== null && rings.get(`${callId} ${agentId}`) === last.process) add(view, 'WITHDRAW', callId, agentId)
  }

  function isDone({ what, callId, agentId, number }: Errand): boolean {
    if ((asked.get(keyOf(what, callId, agentId)) ?? -1) >= number) return true
    if (what === 'WITHDRAW') return false
    const call = [...fold.inFlight].find(({ id }) => book.calls.get(id)?.reference_id === callId)
    return call === undefined
  }

  return {
    /** What has not been asked for by a moment; before the commit of that moment, if there is one. */
    overdue(at: Pick<Commit, 'beganMs' | 'clockSets'>): string[] {
      readRequests()
      const findings: string[] = []
      errands = errands.filter((errand) => {
        const { what, callId, agentId } = errand
        if (isDone(errand) || last?.isReachable === false) return false
        const lateMs = timing.lateMs(errand.at, at)
        if (lateMs === null) return false
        if (lateMs <= seenWithinMs) return true
        const rule = what === 'HANGUP' ? 'L4' : 'A4'
        findings.push(`${rule}: ${what} of call ${callId} ${agentId ?? ''} is not asked for after ${lateMs} ms`)
        return false
      })
      return findings
    },
    /** After a commit. `isEngine` says whether it is one of a process that dials. */
    commit(view: CommitView, isEngine: boolean): void {
      readRings(view)
      const before = last
      if (isEngine) last = view.commit
      // Who has lost the carrier, or has just begun, asks first how its calls are.
      if (before?.connection !== last?.connection) errands = []
      for (const entry of view.entries) noteAgents(view, entry)
      for (const { before: was, after } of view.touched.calls.values()) {
        const isAsked = was !== null && was.end_reason === null && after !== null && after.end_reason !== null
        if (isAsked && after.reference_id !== null && after.status !== 'DONE')
          add(view, 'HANGUP', after.reference_id, null)
      }
    },
  }
}

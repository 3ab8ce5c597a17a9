import type { HeardNews } from '../ledger.ts'
import type { AskedStatus } from '../workload.ts'
import type { Book, CallRow } from './book.ts'
import type { EntryRow, Fold } from './fold.ts'
import { type CommitView, entryOf, type Timing } from './view.ts'

/** An agent, folded from the log and from the settings of each moment. */
interface Worker {
  /** The offer under way. */
  ring: { readonly callId: string; readonly at: number; readonly ringMs: number; readonly commit: number } | null
  /** The call that the agent talks on. */
  talk: string | null
  /** When the wrap-up under way is over, by the dialer's clock. */
  wrapUntil: number | null
  /** Since when the agent is free. */
  idleAt: number
  /** Calls taken since the agent was OFFLINE. */
  taken: number
  /** What the agent does is overdue, and that was said. */
  wasSaid: boolean
}

export interface AgentFacts {
  readonly book: Book
  readonly fold: Fold
  readonly timing: Timing
  readonly news: readonly HeardNews[]
  readonly asked: readonly AskedStatus[]
  /** Whether a process runs the engine. */
  isEngine(process: number): boolean
}

/**
 * Agents by time (docs/rules.md#agent-reservation, docs/rules.md#shared-agents): every change has its cause (A1), at the time
 * at which that happened (A2), and who rings or talks does so for a call that goes on (A3).
 */
export function createAgentJudge({ book, fold, timing, news, asked, isEngine }: AgentFacts) {
  const workers = new Map<string, Worker>()
  let newsSeen = 0
  /** The process that dials, as far as the commits tell: what an earlier one heard may have gone with it. */
  let dialing = 0
  /** By call and agent: when a process heard that the phone was answered, or not. */
  const heard = new Map<string, HeardNews[]>()

  function workerOf(id: string): Worker {
    const known = workers.get(id)
    if (known !== undefined) return known
    const fresh: Worker = { ring: null, talk: null, wrapUntil: null, idleAt: 0, taken: 0, wasSaid: false }
    workers.set(id, fresh)
    return fresh
  }

  function readNews(): void {
    for (; newsSeen < news.length; newsSeen++) {
      const of = news[newsSeen] as HeardNews
      const { type, callId } = of.news
      if (type !== 'AGENT_CONNECTED' && type !== 'AGENT_MISSED') continue
      const key = `${type} ${callId} ${of.news.agentId}`
      heard.set(key, [...(heard.get(key) ?? []), of])
    }
  }

  /** Whether a process had heard that of a phone between the commit of its offer and another commit. */
  function wasHeard(type: string, call: CallRow | undefined, agentId: string, from: number, until: number): boolean {
    const found = heard.get(`${type} ${call?.reference_id} ${agentId}`) ?? []
    return found.some(({ commitCount }) => commitCount >= from && commitCount < until)
  }

  function isByHand({ number }: CommitView, agentId: string, status: string): boolean {
    return asked.some((of) => of.agentId === agentId && of.status === status && of.from < number && number <= of.until)
  }

  /** When it was heard that an agent rejects an offer; of several who ring, each goes on until the time of all is over. */
  function rejectedAt(agentId: string, { callId, commit }: NonNullable<Worker['ring']>): number {
    const call = book.calls.get(callId)
    if (book.queues.get(call?.queue_id ?? '')?.strategy === 'RING_ALL') return Number.POSITIVE_INFINITY
    const all = heard.get(`AGENT_MISSED ${call?.reference_id} ${agentId}`) ?? []
    const found = all.find((of) => of.commitCount >= commit && of.process === dialing)
    return found === undefined ? Number.POSITIVE_INFINITY : timing.atOf(found.atMs)
  }

  /** What is wrong with the lateness of something that was due, or is. */
  function judgeLate(what: string, dueAt: number, view: Pick<CommitView, 'commit'>): string[] {
    const lateMs = timing.lateMs(dueAt, view.commit) ?? 0
    return lateMs > 0 ? [`A2: ${what} ${lateMs} ms late`] : []
  }

  function beginRing(view: CommitView, id: string, worker: Worker, { at }: EntryRow): string[] {
    const offered = entryOf(view, 'AGENT_RINGING', null, id)
    if (offered === undefined) return [`A1: the phone of agent ${id} rings for no call`]
    const call = book.calls.get(offered.campaigncall_id)
    const queue = book.queues.get(call?.queue_id ?? '')
    const callId = offered.campaigncall_id
    worker.ring = { callId, at, ringMs: queue?.agent_ring_ms ?? 0, commit: view.number }
    if (book.membersOf(call?.queue_id ?? '').includes(id)) return []
    return [`A1: agent ${id} is offered call ${callId} of a queue that the agent is not in`]
  }

  function beginTalk(view: CommitView, id: string, worker: Worker, { from_status: from }: EntryRow): string[] {
    const connected = entryOf(view, 'AGENT_CONNECTED', null, id)
    if (connected === undefined) return [`A1: agent ${id} is BUSY with no call`]
    const callId = connected.campaigncall_id
    worker.ring = null
    worker.talk = callId
    worker.taken++
    const wish = book.agents.get(id)?.next_status ?? null
    // Who answers as the offer is given up is afterwards what the agent was before.
    if ((from === 'AWAY' || from === 'OFFLINE') && wish !== from)
      return [`A1: agent ${id}, who was ${from}, is to be ${wish} after call ${callId}`]
    // It may be the answer to an offer before this one.
    const isTold = wasHeard('AGENT_CONNECTED', book.calls.get(callId), id, 0, view.number)
    return isTold ? [] : [`A1: agent ${id} is connected to call ${callId}, and nobody said so`]
  }

  /** Whether the end of a call had been asked for before a commit, or in it. */
  function endAsked(view: CommitView, callId: string): 'NO' | 'BEFORE' | 'NOW' {
    const pair = view.touched.calls.get(callId)
    if (pair === undefined) return book.calls.get(callId)?.end_reason == null ? 'NO' : 'BEFORE'
    if (pair.before?.end_reason != null) return 'BEFORE'
    return pair.after?.end_reason == null ? 'NO' : 'NOW'
  }

  function endRing(view: CommitView, id: string, ring: NonNullable<Worker['ring']>, entry: EntryRow): string[] {
    const { callId, at: since, ringMs } = ring
    const { to_status: to, at } = entry
    const what = `agent ${id}, who was offered call ${callId},`
    if (to !== 'AVAILABLE' && isByHand(view, id, to)) return []
    const dueAt = since + ringMs
    const isMissed = entryOf(view, 'AGENT_MISSED', callId, id) !== undefined
    const isTaken = view.entries.some((of) => of.event === 'AGENT_CONNECTED' && of.campaigncall_id === callId)
    const isOver = at >= dueAt
    const asked = endAsked(view, callId)
    if (to === 'AVAILABLE') {
      if (entryOf(view, 'ENDED', callId) !== undefined || isTaken || asked === 'NOW') return []
      if (!isMissed) return [`A1: ${what} is AVAILABLE, and the call goes on without anybody else`]
      const call = book.calls.get(callId)
      const isForgiven = asked === 'BEFORE' || book.queues.get(call?.queue_id ?? '')?.strategy === 'RING_ALL'
      if (!isForgiven) return [`A1: ${what} is AVAILABLE after missing it`]
      if (asked === 'NO' && !isOver) return [`A2: ${what} is let go ${dueAt - at} ms early`]
      return isOver ? judgeLate(`${what} is let go`, dueAt, view) : []
    }
    if (to !== 'AWAY' || !isMissed) return [`A1: ${what} is ${to} without having missed it`]
    const call = book.calls.get(callId)
    if (asked === 'BEFORE') return [`A1: ${what} is AWAY for a call whose end was asked for`]
    if (book.queues.get(call?.queue_id ?? '')?.strategy === 'RING_ALL')
      return [`A1: ${what} is AWAY, though all phones of the queue rang`]
    const isRejected = wasHeard('AGENT_MISSED', call, id, ring.commit, view.number)
    if (!isOver && !isRejected) return [`A2: ${what} is AWAY ${dueAt - at} ms early`]
    return isOver && !isRejected ? judgeLate(`${what} is AWAY`, dueAt, view) : []
  }

  /** Where the end of a conversation leaves an agent; null is the wrap-up. */
  function afterTalk(view: CommitView, id: string): string | null {
    const before = view.touched.agents.get(id)?.before ?? book.agents.get(id)
    if (before?.next_status != null) return before.next_status
    return before?.wrap_up_ms === 0 ? 'AVAILABLE' : null
  }

  function leaveBusy(view: CommitView, id: string, worker: Worker, { to_status: to, at }: EntryRow): string[] {
    if (worker.talk !== null) {
      const callId = worker.talk
      const wanted = afterTalk(view, id)
      worker.talk = null
      if (entryOf(view, 'ENDED', callId) === undefined)
        return [`A1: agent ${id} is ${to} in the middle of call ${callId}`]
      return to === wanted ? [] : [`A1: agent ${id} is ${to} after call ${callId}, not ${wanted ?? 'wrapping up'}`]
    }
    const dueAt = worker.wrapUntil ?? at
    worker.wrapUntil = null
    if (isByHand(view, id, to)) return []
    if (to !== 'AVAILABLE') return [`A1: agent ${id} is ${to} during the wrap-up, and nobody asked for it`]
    if (at < dueAt) return [`A2: the wrap-up of agent ${id} is over ${dueAt - at} ms early`]
    return judgeLate(`the wrap-up of agent ${id} is over`, dueAt, view)
  }

  function judgeStep(view: CommitView, id: string, worker: Worker, entry: EntryRow): string[] {
    const { from_status: from, to_status: to } = entry
    if (to === 'RINGING') return beginRing(view, id, worker, entry)
    if (to === 'BUSY') return beginTalk(view, id, worker, entry)
    if (from === 'RINGING') {
      const { ring } = worker
      worker.ring = null
      return ring === null ? [] : endRing(view, id, ring, entry)
    }
    if (from === 'BUSY') return leaveBusy(view, id, worker, entry)
    return isByHand(view, id, to) ? [] : [`A1: agent ${id} is ${to}, and nobody asked for it`]
  }

  /** Conversations that have ended without the agent's leaving BUSY: the wrap-up begins. */
  function beginWrapUps(view: CommitView): string[] {
    const findings: string[] = []
    for (const [id, worker] of workers) {
      const ended = worker.talk === null ? undefined : entryOf(view, 'ENDED', worker.talk)
      if (ended === undefined) continue
      const wanted = afterTalk(view, id)
      if (wanted !== null) findings.push(`A1: agent ${id} is BUSY after call ${worker.talk}, not ${wanted}`)
      worker.talk = null
      worker.wrapUntil = ended.at + (book.agents.get(id)?.wrap_up_ms ?? 0)
    }
    return findings
  }

  /** A wish for the time after the conversation is somebody's. */
  function judgeWishes(view: CommitView): string[] {
    const findings: string[] = []
    for (const [id, { before, after }] of view.touched.agents) {
      const wish = after?.next_status ?? null
      const stays = before?.status === after?.status
      if (before === null || !stays || wish === before.next_status) continue
      if (wish === 'AVAILABLE')
        findings.push(`N6: agent ${id} is to be AVAILABLE after the conversation, without a wrap-up`)
      if (!isByHand(view, id, wish ?? 'AVAILABLE'))
        findings.push(`A1: agent ${id} is to be ${wish} after the conversation, and nobody asked for it`)
    }
    return findings
  }

  /** Who is rung for a call that has waited for too long is free at once, and not when it is known to have ended. */
  const isOver = (callId: string) => book.calls.get(callId)?.end_reason === 'ABANDONED'

  function judgeStanding(): string[] {
    const findings: string[] = []
    for (const { id, ringing } of fold.inFlight)
      for (const agentId of ringing)
        if (!isOver(id) && (fold.agents.get(agentId) !== 'RINGING' || workers.get(agentId)?.ring?.callId !== id))
          findings.push(`A3: call ${id} is offered to agent ${agentId}, whose phone does not ring for it`)
    for (const [id, { ring, talk }] of workers) {
      const status = fold.agents.get(id)
      if (status === 'RINGING' && (ring === null || !fold.calls.get(ring.callId)?.ringing.has(id)))
        findings.push(`A3: the phone of agent ${id} rings for call ${ring?.callId}, which is not offered`)
      const call = fold.calls.get(talk ?? '')
      if (talk !== null && (call?.status === 'DONE' || call?.agentId !== id))
        findings.push(`A3: agent ${id} talks on call ${talk}, which is over, or has another agent`)
    }
    return findings
  }

  return {
    /** What should have been over at a moment, and is not. */
    overdue(commit: Pick<CommitView['commit'], 'beganMs' | 'clockSets'>): string[] {
      const findings: string[] = []
      readNews()
      for (const [id, worker] of workers) {
        const { ring, wrapUntil } = worker
        const dueAt = ring !== null ? Math.min(ring.at + ring.ringMs, rejectedAt(id, ring)) : wrapUntil
        const lateMs = dueAt === null ? 0 : (timing.lateMs(dueAt, commit) ?? 0)
        if (lateMs > 0 && !worker.wasSaid)
          findings.push(`A2: agent ${id} still ${ring === null ? 'wraps up' : 'rings'} after ${lateMs} ms too many`)
        worker.wasSaid = lateMs > 0
      }
      return findings
    },
    /** One step of an agent, in the order of the log. */
    step(view: CommitView, entry: EntryRow): string[] {
      readNews()
      const id = entry.agent_id ?? ''
      const worker = workerOf(id)
      // An offer that came to nothing does not end the time for which somebody has been free.
      if (entry.to_status === 'AVAILABLE' && entry.from_status !== 'RINGING') worker.idleAt = entry.at
      if (entry.to_status === 'OFFLINE') worker.taken = 0
      return judgeStep(view, id, worker, entry)
    },
    /** After the entries of a commit. */
    commit(view: CommitView): string[] {
      if (isEngine(view.commit.process)) dialing = view.commit.process
      return [...beginWrapUps(view), ...judgeWishes(view), ...judgeStanding()]
    },
    idleAt: (id: string) => workerOf(id).idleAt,
    taken: (id: string) => workerOf(id).taken,
  }
}

export type AgentJudge = ReturnType<typeof createAgentJudge>

import type { AgentJudge } from './agents.ts'
import type { Book, QueueRow } from './book.ts'
import type { EntryRow, Fold, FoldedCall } from './fold.ts'
import type { CommitView } from './view.ts'

export interface OfferFacts {
  readonly book: Book
  readonly fold: Fold
  readonly agents: AgentJudge
}

/** Whom the last offers of a queue went to: of any kind, and of those that go round. */
interface LastOffered {
  any: string | null
  inTurn: string | null
}

/**
 * Who is offered a call: the agents that the queue's strategy chooses (C2, docs/rules.md#queue-strategies), and the call that
 * has waited longest over all the queues of an agent (C3, docs/rules.md#shared-agents); at once where one is free
 * (docs/rules.md#agent-reservation).
 */
export function createOfferJudge({ book, fold, agents }: OfferFacts) {
  /** When a call came to its QUEUE_JOIN, by the dialer's clock. */
  const joinedAt = new Map<string, number>()
  const lastOffered = new Map<string, LastOffered>()

  /** The next available one after that agent in the queue's order, or the first one. */
  function nextAfter(
    last: string | null,
    members: readonly string[],
    available: readonly string[],
  ): string | undefined {
    const place = last === null ? -1 : members.indexOf(last)
    return members.slice(place + 1).find((id) => available.includes(id)) ?? available[0]
  }

  const least = (ids: readonly string[], value: (id: string) => number) => Math.min(...ids.map(value))

  /** Whether the strategy may have chosen those. */
  function isChosen(queue: QueueRow, members: readonly string[], available: string[], chosen: string[]): boolean {
    const [first = ''] = chosen
    if (queue.strategy === 'RING_ALL') return chosen.length === available.length
    if (chosen.length !== 1) return false
    switch (queue.strategy) {
      case 'TOP_DOWN':
        return first === available[0]
      case 'ROUND_ROBIN': {
        const { any = null, inTurn = null } = lastOffered.get(queue.id) ?? {}
        return [any, inTurn].some((last) => first === nextAfter(last, members, available))
      }
      case 'AGENT_WITH_FEWEST_CALLS':
        return agents.taken(first) === least(available, agents.taken)
      case 'LONGEST_IDLE':
        return agents.idleAt(first) === least(available, agents.idleAt)
      default:
        return available.includes(first)
    }
  }

  function judgeStrategy(queue: QueueRow, callId: string, chosen: string[]): string[] {
    const members = book.membersOf(queue.id)
    const available = members.filter((id) => fold.agents.get(id) === 'AVAILABLE' || chosen.includes(id))
    const isRight = isChosen(queue, members, available, chosen)
    const last = lastOffered.get(queue.id) ?? { any: null, inTurn: null }
    last.any = chosen.at(-1) ?? null
    if (queue.strategy === 'ROUND_ROBIN') last.inTurn = last.any
    lastOffered.set(queue.id, last)
    if (isRight) return []
    return [`C2: ${queue.strategy} offers call ${callId} to ${chosen.join(', ')} out of ${available.join(', ')}`]
  }

  /** Certainly waits, and may be offered. */
  function waits({ touched }: CommitView, call: FoldedCall): boolean {
    const { id, status, connected, ringing } = call
    if (status !== 'PROGRESSING' || connected || ringing.size > 0 || !joinedAt.has(id)) return false
    const after = book.calls.get(id)
    const before = touched.calls.get(id)?.before ?? after
    // Of a call in doubt it is found out first whether it lives; one that is about to end is offered to nobody.
    return [before, after].every((row) => row?.lookup_at === null && row.end_reason === null)
  }

  function judgeOrder(view: CommitView, callId: string, chosen: readonly string[]): string[] {
    const findings: string[] = []
    const since = joinedAt.get(callId) ?? Number.POSITIVE_INFINITY
    for (const other of fold.inFlight) {
      const before = joinedAt.get(other.id) ?? Number.POSITIVE_INFINITY
      if (other.id === callId || before >= since || !waits(view, other)) continue
      const members = book.membersOf(other.queueId ?? '')
      const agentId = chosen.find((id) => members.includes(id))
      if (agentId !== undefined)
        findings.push(
          `C3: agent ${agentId} is offered call ${callId}, and call ${other.id} has waited ${since - before} ms longer`,
        )
    }
    return findings
  }

  return {
    /** Notes which calls have come to their QUEUE_JOIN; before the entries of a commit. */
    begin({ entries, touched }: CommitView): void {
      for (const [id, { after }] of touched.calls) {
        const isJoined = after?.phase === 'WAITING' || after?.phase === 'OFFERED' || after?.phase === 'CONNECTED'
        if (isJoined && !joinedAt.has(id)) joinedAt.set(id, entries[0]?.at ?? 0)
      }
    },
    /** The offer that begins with an entry; its agents are not free any more by then. */
    offer(view: CommitView, place: number): string[] {
      const { entries } = view
      const { campaigncall_id: callId } = entries[place] as EntryRow
      const isOfOffer = (entry: EntryRow | undefined) =>
        entry?.event === 'AGENT_RINGING' && entry.campaigncall_id === callId
      if (isOfOffer(entries[place - 1])) return []
      const chosen: string[] = []
      for (let i = place; isOfOffer(entries[i]); i++) chosen.push(entries[i]?.agent_id ?? '')
      const queue = book.queues.get(fold.calls.get(callId)?.queueId ?? '')
      if (queue === undefined) return [`C2: call ${callId} is offered without a queue`]
      return [...judgeStrategy(queue, callId, chosen), ...judgeOrder(view, callId, chosen)]
    },
    /** A call that waits in the end found nobody who was free. */
    commit({ entries }: CommitView): string[] {
      return entries.flatMap(({ event, campaigncall_id: callId }) => {
        const call = fold.calls.get(callId)
        if (event !== 'QUEUED' || call?.status !== 'PROGRESSING' || book.calls.get(callId)?.lookup_at !== null)
          return []
        const free = book.membersOf(call.queueId ?? '').find((id) => fold.agents.get(id) === 'AVAILABLE')
        return free === undefined ? [] : [`3.5: call ${callId} waits, though agent ${free} is free`]
      })
    },
    joinedAt: (callId: string) => joinedAt.get(callId) ?? null,
  }
}

export type OfferJudge = ReturnType<typeof createOfferJudge>

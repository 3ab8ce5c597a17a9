import type { CarrierRequest } from '../ledger.ts'
import type { Commit } from '../witness.ts'
import type { CallRow } from './book.ts'

/** How a call began: in which commit, and what its campaign was then. */
export interface ActionContext {
  readonly call: CallRow
  /** Which commit, counted from 1. */
  readonly commit: number
  readonly atMs: number
  readonly campaignStatus: string
}

const sentWithinMs = 2000

/** Holds what the carrier was asked against what was committed (docs/rules.md#invariants, docs/rules.md#request-once). */
export function judgeRequests(
  requests: readonly CarrierRequest[],
  beginnings: ReadonlyMap<string, ActionContext>,
): string[] {
  const findings: string[] = []
  const seen = new Set<string>()
  for (const { what, callId, row, to, atMs, commitCount } of requests) {
    if (what !== 'ORIGINATE') continue
    const begun = beginnings.get(callId)
    const call = `call ${row?.id ?? callId}`
    if (seen.has(callId)) findings.push(`I2: ${call} was asked for twice`)
    seen.add(callId)
    if (row === null || begun === undefined || begun.commit > commitCount) {
      findings.push(`I1: ${call} was asked for without a campaigncall committed before`)
      continue
    }
    const address = JSON.parse(row.destination) as { target: string }
    if (address.target !== to) findings.push(`I1: ${call} to ${address.target} was placed to ${to}`)
    if (row.status === 'DONE') findings.push(`I1: ${call} was asked for although it was DONE`)
    const lateMs = atMs - begun.atMs
    if (lateMs >= sentWithinMs) findings.push(`I1: ${call} was asked for ${lateMs} ms after its commit`)
    if (row.end_asked_at !== null) findings.push(`3.4: ${call} was asked for after its end was`)
    if (begun.campaignStatus !== 'RUN')
      findings.push(`I10: ${call} was asked for of a campaign that was ${begun.campaignStatus} at its commit`)
  }
  return findings
}

/** What there is to know about connections to the carrier. */
export interface Connections {
  /** For each connection: how many commits there were when it began. */
  readonly connectionStarts: readonly number[]
  /** By connection and call, "3 0198…": after how many commits a process heard of the call first. */
  readonly heard: ReadonlyMap<string, number>
}

/**
 * Whether, as a call was committed, the engine had found out about every other one: each call that was in flight as the
 * carrier became reachable has been asked about since, or heard of (docs/rules.md#after-restart).
 */
export function createReconciliationJudge(
  requests: readonly CarrierRequest[],
  { connectionStarts, heard }: Connections,
) {
  const asked = new Map<string, number>()
  for (const { what, callId, connection, commitCount } of requests) {
    const key = `${connection} ${callId}`
    if (what === 'LOOKUP' && !asked.has(key)) asked.set(key, commitCount)
  }
  return {
    /** The calls in flight of which nothing was known before that commit. `commit` is counted from 1. */
    forgotten(commit: number, { connection }: Commit, inFlight: Iterable<ActionContext>): ActionContext[] {
      const since = connectionStarts[connection] ?? 0
      return [...inFlight].filter(({ call, commit: begun }) => {
        if (call.reference_id === null || begun > since) return false
        const key = `${connection} ${call.reference_id}`
        return Math.min(asked.get(key) ?? commit, heard.get(key) ?? commit) >= commit
      })
    },
  }
}

import type { OutsideOptions } from './outside.ts'

/** A request that left the machine for the carrier, in the order in which they left. */
export interface CarrierRequest {
  readonly what: 'ORIGINATE' | 'LOOKUP' | 'LIST' | 'HANGUP' | 'SPEAK' | 'PLAY' | 'CONNECT' | 'WITHDRAW'
  readonly callId: string
  /** When the driver was asked for it, on the monotonic clock. */
  readonly atMs: number
  /** Which process asked, from 1. */
  readonly process: number
  /** How often the carrier had become reachable for a process until then. */
  readonly connection: number
  /** The number that is to be called. */
  readonly to: string | null
  /** How many commits there were before it, and what was committed of the call at that moment. */
  readonly commitCount: number
  readonly row: CommittedCall | null
}

/** A campaigncall as another connection to the file sees it. */
export interface CommittedCall {
  readonly id: string
  readonly outdial_target_id: string
  readonly status: string
  readonly destination: string
  readonly end_asked_at: number | null
}

/** What is written down of every carrier: what it was asked, when, and what had been committed by then. */
export function createLedger({ lookAtFile }: Pick<OutsideOptions, 'lookAtFile'>) {
  const requests: CarrierRequest[] = []
  const findings: string[] = []
  const placed = new Map<string, number>()
  const endedUnplaced = new Set<string>()
  const targetOf = new Map<string, string>()
  const connectionStarts: number[] = []
  const heard = new Map<string, number>()
  let connection = 0

  return {
    ...{ requests, findings, endedUnplaced },
    placed: placed as ReadonlyMap<string, number>,
    connectionStarts: connectionStarts as readonly number[],
    heard: heard as ReadonlyMap<string, number>,
    get connection() {
      return connection
    },
    /** A request leaves. */
    note({ what, callId, ...of }: Pick<CarrierRequest, 'what' | 'callId' | 'atMs' | 'process' | 'to'>): void {
      const { row, commitCount } =
        what === 'ORIGINATE' ? lookAtFile(callId) : { row: null, commitCount: lookAtFile('').commitCount }
      if (row !== null) targetOf.set(callId, row.outdial_target_id)
      requests.push({ what, callId, ...of, connection, commitCount, row })
    },
    /** The carrier has become reachable for a process. */
    connected(): void {
      connectionStarts[++connection] = lookAtFile('').commitCount
    },
    /** A process is about to hear of a call. */
    hears(callId: string): void {
      const key = `${connection} ${callId}`
      if (!heard.has(key)) heard.set(key, lookAtFile('').commitCount)
    },
    /** A carrier has accepted a call. */
    accepted(callId: string): void {
      placed.set(callId, lookAtFile('').commitCount)
    },
    /** A call is about to be placed while those others live. */
    arrives(callId: string, live: Iterable<string>): void {
      const targetId = targetOf.get(callId)
      for (const other of live) {
        if (targetId !== undefined && targetOf.get(other) === targetId)
          findings.push(`I3: two calls to target ${targetId} live at the carrier, ${other} and ${callId}`)
      }
    },
  }
}

export type Ledger = ReturnType<typeof createLedger>

import type { CallNews } from '../../src/telephony/driver.ts'
import type { OutsideOptions } from './outside.ts'

export type RequestKind =
  | 'ORIGINATE'
  | 'LOOKUP'
  | 'LIST'
  | 'HANGUP'
  | 'MEDIA'
  | 'CONNECT'
  | 'WITHDRAW'
  | 'DIAL'
  | 'HANGUP_LEG'

/** A request that left the machine for the carrier, in the order in which they left. */
export interface CarrierRequest {
  readonly what: RequestKind
  /** Of a DIAL the id of the leg. */
  readonly callId: string
  /** When the driver was asked for it, on the monotonic clock. */
  readonly atMs: number
  /** Which process asked, from 1. */
  readonly process: number
  /** How often the carrier had become reachable for a process until then. */
  readonly connection: number
  /** The number that is to be called, or the agent whose phone is to ring or to fall silent. */
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

/** A piece of news that a process heard. */
export interface HeardNews {
  readonly news: CallNews
  readonly process: number
  /** On the monotonic clock. */
  readonly atMs: number
  /** How many commits there were before it. */
  readonly commitCount: number
}

/** What a process was told of a request for a call, other than that it was accepted. */
export interface Refusal {
  readonly callId: string
  readonly process: number
  /** On the monotonic clock. */
  readonly atMs: number
}

/** What is written down of every carrier: what it was asked, when, and what had been committed by then. */
export function createLedger({ lookAtFile, effects }: Pick<OutsideOptions, 'lookAtFile' | 'effects'>) {
  const requests: CarrierRequest[] = []
  const news: HeardNews[] = []
  const refusals: Refusal[] = []
  const findings: string[] = []
  const placed = new Map<string, number>()
  const wanted = new Set<string>()
  const endedUnplaced = new Set<string>()
  const targetOf = new Map<string, string>()
  const connectionStarts: number[] = []
  /** By process. */
  const connections = new Map<number, number>()
  const heard = new Map<string, number>()

  const connectionOf = (process: number) => connections.get(process) ?? 0

  return {
    ...{ requests, news, refusals, findings, endedUnplaced },
    placed: placed as ReadonlyMap<string, number>,
    /** Calls that a driver was asked for, whether or not the request left the machine. */
    wanted: wanted as ReadonlySet<string>,
    connectionStarts: connectionStarts as readonly number[],
    heard: heard as ReadonlyMap<string, number>,
    connectionOf,
    /** A driver is asked for a call. */
    wants(callId: string): void {
      wanted.add(callId)
    },
    /** A request leaves. */
    note({ what, callId, ...of }: Pick<CarrierRequest, 'what' | 'callId' | 'atMs' | 'process' | 'to'>): void {
      const { row, commitCount } =
        what === 'ORIGINATE' ? lookAtFile(callId) : { row: null, commitCount: lookAtFile('').commitCount }
      if (row !== null) targetOf.set(callId, row.outdial_target_id)
      requests.push({ what, callId, ...of, connection: connectionOf(of.process), commitCount, row })
    },
    /** The carrier has become reachable for a process. */
    connected(process: number): void {
      connections.set(process, connectionStarts.length || 1)
      connectionStarts[connectionOf(process)] = lookAtFile('').commitCount
    },
    /** A process is about to hear of a call. */
    hears(told: CallNews, process: number): void {
      const { commitCount } = lookAtFile('')
      const key = `${connectionOf(process)} ${told.callId}`
      if (!heard.has(key)) heard.set(key, commitCount)
      news.push({ news: told, process, atMs: effects.monotonic(), commitCount })
    },
    /** A process is told that a call was not accepted, or that nobody knows. */
    refused(callId: string, process: number): void {
      refusals.push({ callId, process, atMs: effects.monotonic() })
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

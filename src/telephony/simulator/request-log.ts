import { appendFileSync, closeSync, openSync } from 'node:fs'
import type { MediaCommand } from '../../domain/media.ts'
import { unreachable } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import { StartError } from '../../kernel/errors.ts'
import type { LoggedRequest, Request } from './protocol.ts'

export interface RequestLogOptions {
  readonly effects: Pick<Effects, 'now'>
  /** Where each entry is appended to as a line of JSON; null keeps them in memory only. */
  readonly file: string | null
  readonly entriesMax?: number
}

/** What a carrier was asked, in the order it was asked. */
export interface RequestLog {
  /**
   * Notes what an installation asked for; to have read this log is not noted. The line is in the file when this returns.
   * Throws when the file cannot take it.
   */
  note(request: Request, installationId: string): void
  /** The oldest entries in memory that come after that position, a page of them. */
  after(position: number): { readonly entries: readonly LoggedRequest[]; readonly more: boolean }
  close(): void
}

const entriesMaxDefault = 100_000
const pageEntriesMax = 1000

/** Throws a StartError when the file cannot be opened. A file that exists is continued. */
export function createRequestLog({ effects, file, entriesMax = entriesMaxDefault }: RequestLogOptions): RequestLog {
  const descriptor = file === null ? null : open(file)
  const slackEntries = Math.ceil(entriesMax / 10)
  const entries: LoggedRequest[] = []
  let droppedCount = 0
  return {
    note(request, installationId) {
      const described = describe(request)
      if (described === null) return
      const { what, ...details } = described
      const position = droppedCount + entries.length + 1
      const entry = { position, at: effects.now(), what, installationId, ...details }
      // The file is not synced: it has to outlive the carrier, not the machine.
      if (descriptor !== null) appendFileSync(descriptor, `${JSON.stringify(entry)}\n`)
      entries.push(entry)
      // A tenth at once: to move the rest up for every single entry would cost more than all else here.
      if (entries.length >= entriesMax + slackEntries) droppedCount += entries.splice(0, slackEntries).length
    },
    after(position) {
      const start = Math.max(0, position - droppedCount)
      const end = start + pageEntriesMax
      return { entries: entries.slice(start, end), more: end < entries.length }
    },
    close() {
      if (descriptor !== null) closeSync(descriptor)
    },
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'a')
  } catch (error) {
    throw new StartError(`Cannot write the log of requests: ${(error as Error).message}`, 78)
  }
}

/** What of a request is worth remembering; null of one that only reads the log. */
function describe(request: Request): Omit<LoggedRequest, 'position' | 'at' | 'installationId'> | null {
  switch (request.type) {
    case 'ORIGINATE': {
      const { callId, tryCount } = request.request
      return { what: request.type, callId, tryCount }
    }
    case 'LOOKUP':
      return { what: request.type, callId: request.callId }
    case 'PERFORM': {
      const { callId, command } = request
      return { what: command.type, callId, ...idsOf(command) }
    }
    case 'CONNECT':
      return { what: request.type, callId: request.callId, agentId: request.agent.agentId }
    case 'WITHDRAW':
      return { what: request.type, callId: request.callId, agentId: request.agentId }
    case 'HANGUP':
      return { what: request.type, callId: request.callId, reason: request.reason }
    case 'LIST':
      return { what: request.type }
    case 'REQUESTS':
      return null
    default:
      return unreachable(request)
  }
}

/** The ids that a command names. */
function idsOf(command: MediaCommand) {
  if ('playbackId' in command) return { playbackId: command.playbackId }
  if ('recordingId' in command) return { recordingId: command.recordingId }
  if ('leg' in command) return { legId: command.leg.legId }
  return 'legId' in command ? { legId: command.legId } : {}
}

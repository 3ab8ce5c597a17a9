import type { LogEntry } from '../../../src/domain/transition.ts'
import type { Received } from '../subscribers.ts'
import type { EntryRow } from './fold.ts'

/** Holds what each subscriber received against the log after the place where it began (docs/rules.md#invariants). */
export function judgeReaders(received: readonly Received[], log: readonly EntryRow[]): string[] {
  return received.flatMap((of) => {
    const wanted = log.filter((entry) => wants(of, entry)).map(printOfRow)
    const got = of.entries.map(printOfEntry)
    const place = wanted.findIndex((print, i) => got[i] !== print)
    if (place >= 0)
      return [`I9: ${of.name} received ${got[place] ?? 'nothing'} as number ${place} instead of ${wanted[place]}`]
    return got.length > wanted.length ? [`I9: ${of.name} received ${got[wanted.length]}, which is not for it`] : []
  })
}

function wants({ kind, campaignId, queueId, startEnd }: Received, entry: EntryRow): boolean {
  if (entry.position <= startEnd || entry.kind !== kind) return false
  if (campaignId !== null && entry.campaign_id !== campaignId) return false
  return queueId === null || (JSON.parse(entry.queue_ids ?? '[]') as string[]).includes(queueId)
}

function printOfRow(row: EntryRow): string {
  const { position, at, campaign_id, campaigncall_id, agent_id, event, version, from_status, to_status } = row
  return [position, at, campaign_id, campaigncall_id, agent_id, event, version, from_status, to_status].join(' ')
}

function printOfEntry(entry: LogEntry): string {
  const row = {
    campaignId: null,
    campaigncallId: null,
    agentId: null,
    event: null,
    version: null,
    from: null,
    to: null,
    ...entry,
  }
  const { position, at, campaignId, campaigncallId, agentId, event, version, from, to } = row
  return [position, at, campaignId, campaigncallId, agentId, event, version, from, to].join(' ')
}

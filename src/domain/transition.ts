import type { AgentStatus } from './agent.ts'
import type { CampaignStep } from './campaign.ts'
import type { CampaigncallStep } from './campaigncall.ts'

export const transitionKinds = ['CAMPAIGNCALL', 'CAMPAIGN', 'AGENT', 'NOTICE'] as const
export type TransitionKind = (typeof transitionKinds)[number]

/**
 * Topics of change notices: other changes that may affect a decision of the dialer or a dashboard. Never sent to a
 * client as a transition.
 */
export const noticeTopics = ['CAMPAIGN', 'OUTDIAL', 'OUTPLAN', 'QUEUE', 'AGENT', 'CAMPAIGNCALL', 'ENGINE'] as const
export type NoticeTopic = (typeof noticeTopics)[number]

interface EntryBase {
  readonly customerId: string
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
}

/** A log entry before it has a position. */
export type NewLogEntry =
  | (EntryBase & {
      readonly kind: 'CAMPAIGNCALL'
      readonly campaignId: string
      readonly campaigncallId: string
    } & CampaigncallStep)
  | (EntryBase & { readonly kind: 'CAMPAIGN'; readonly campaignId: string } & CampaignStep)
  | (EntryBase & {
      readonly kind: 'AGENT'
      readonly agentId: string
      readonly from: AgentStatus
      readonly to: AgentStatus
      /** The queues that the agent was in at that commit. */
      readonly queueIds: readonly string[]
    })
  | (EntryBase & { readonly kind: 'NOTICE'; readonly topic: NoticeTopic; readonly subjectId: string })

/** One committed entry. `position` rises strictly, in the order of the commits. */
export type LogEntry = NewLogEntry & { readonly position: number }

export type CampaigncallTransition = Extract<LogEntry, { kind: 'CAMPAIGNCALL' }>
export type CampaignTransition = Extract<LogEntry, { kind: 'CAMPAIGN' }>
export type AgentTransition = Extract<LogEntry, { kind: 'AGENT' }>

/** Which entries a reader of the log wants. Without ids, all entries of the kind that belong to the customer. */
export interface LogFilter {
  readonly customerId: string
  readonly kind: TransitionKind
  readonly campaignId?: string | null | undefined
  readonly queueId?: string | null | undefined
}

/** Applies the filter to one entry; SQL applies the same to the table. */
export function matchesFilter(entry: LogEntry, filter: LogFilter): boolean {
  if (entry.customerId !== filter.customerId || entry.kind !== filter.kind) return false
  if (filter.campaignId != null && !('campaignId' in entry && entry.campaignId === filter.campaignId)) return false
  return filter.queueId == null || (entry.kind === 'AGENT' && entry.queueIds.includes(filter.queueId))
}

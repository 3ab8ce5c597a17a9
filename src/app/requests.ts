import type { ActionType } from '../domain/actions/registry.ts'
import type { AddressType } from '../domain/address.ts'
import type { AgentStatus } from '../domain/agent.ts'
import type { CampaignEndHandle, CampaignStatus, CampaignType, PacingMethod } from '../domain/campaign.ts'
import type { CampaigncallResult, CampaigncallStatus, HangupReason } from '../domain/campaigncall.ts'
import type { OutdialTargetStatus } from '../domain/outdial-target.ts'
import type { QueueStrategy } from '../domain/queue.ts'

/**
 * Types of the callers' input: mutation inputs, filters and orders of lists, and page bounds.
 */

/** `first` or `last`, 1 to 500, not both; 50 when neither is given. Anything else is BAD_USER_INPUT. */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

export interface AddressInput {
  readonly type: AddressType
  readonly target: string
  readonly targetName: string
  readonly name: string
  readonly detail: string
}

export interface ActionInput {
  readonly id?: string | null | undefined
  readonly nextId?: string | null | undefined
  readonly type: ActionType
  readonly option?: unknown | undefined
}

export interface CampaignCreateInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly type: CampaignType
  readonly pacing: PacingMethod
  readonly serviceLevel: number
  readonly ratio: number
  readonly concurrentCallsMax?: number | null | undefined
  readonly endHandle: CampaignEndHandle
  readonly actions: readonly ActionInput[]
  readonly outplanId?: string | null | undefined
  readonly outdialId?: string | null | undefined
  readonly queueId?: string | null | undefined
  readonly nextCampaignId?: string | null | undefined
}

/** Fields that are left out do not change. Null clears a reference or concurrentCallsMax; elsewhere it is BLANK. */
export type CampaignUpdateInput = {
  readonly [Name in keyof Omit<CampaignCreateInput, 'id' | 'type'>]?: CampaignCreateInput[Name] | null | undefined
}

export interface CampaignFilter {
  readonly status?: readonly CampaignStatus[] | null | undefined
  readonly type?: CampaignType | null | undefined
  readonly nameContains?: string | null | undefined
  readonly outdialId?: string | null | undefined
  readonly queueId?: string | null | undefined
  readonly includeDeleted: boolean
}

const campaignOrders = ['CREATED_AT_ASC', 'CREATED_AT_DESC', 'NAME_ASC', 'NAME_DESC'] as const
export type CampaignOrder = (typeof campaignOrders)[number]

export interface OutdialCreateInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly data: string
}
export type OutdialUpdateInput = { readonly [Name in keyof Omit<OutdialCreateInput, 'id'>]?: string | null | undefined }
export interface OutdialFilter {
  readonly nameContains?: string | null | undefined
  readonly includeDeleted: boolean
}

export interface OutdialTargetInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly data: string
  /** One to five; null leaves that index empty. */
  readonly destinations: readonly (AddressInput | null)[]
}
export type OutdialTargetUpdateInput = {
  readonly name?: string | null | undefined
  readonly detail?: string | null | undefined
  readonly data?: string | null | undefined
  readonly destinations?: readonly (AddressInput | null)[] | null | undefined
}
export interface OutdialTargetFilter {
  readonly status?: readonly OutdialTargetStatus[] | null | undefined
  readonly address?: string | null | undefined
  readonly includeDeleted: boolean
}

export interface OutplanCreateInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly source: AddressInput
  readonly dialTimeoutMs: number
  readonly tryIntervalMs: number
  readonly maxTryCounts: readonly number[]
}
export type OutplanUpdateInput = {
  readonly [Name in keyof Omit<OutplanCreateInput, 'id'>]?: OutplanCreateInput[Name] | null | undefined
}

export interface QueueCreateInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly strategy: QueueStrategy
  readonly waitTimeoutMs: number
  readonly agentRingMs: number
}
export type QueueUpdateInput = {
  readonly [Name in keyof Omit<QueueCreateInput, 'id'>]?: QueueCreateInput[Name] | null | undefined
}

export interface AgentCreateInput {
  readonly id?: string | null | undefined
  readonly name: string
  readonly detail: string
  readonly extension: string
  readonly address?: AddressInput | null | undefined
  readonly wrapUpMs: number
}
export type AgentUpdateInput = {
  readonly [Name in keyof Omit<AgentCreateInput, 'id'>]?: AgentCreateInput[Name] | null | undefined
}
export interface AgentFilter {
  readonly status?: readonly AgentStatus[] | null | undefined
  readonly queueId?: string | null | undefined
  readonly extension?: string | null | undefined
}

export interface CampaigncallFilter {
  readonly campaignId?: string | null | undefined
  readonly outdialId?: string | null | undefined
  readonly queueId?: string | null | undefined
  readonly outdialTargetId?: string | null | undefined
  readonly agentId?: string | null | undefined
  readonly status?: readonly CampaigncallStatus[] | null | undefined
  readonly result?: CampaigncallResult | null | undefined
  readonly hangupReason?: readonly HangupReason[] | null | undefined
  /** Milliseconds since 1970, both exclusive. */
  readonly createdAfter?: number | null | undefined
  readonly createdBefore?: number | null | undefined
}
const campaigncallOrders = ['CREATED_AT_ASC', 'CREATED_AT_DESC'] as const
export type CampaigncallOrder = (typeof campaigncallOrders)[number]

/**
 * Which transitions, and after which cursor. Without `after` a list begins at the oldest kept entry, and a stream at
 * the moment it starts.
 */
export interface TransitionArguments {
  readonly after?: string | null | undefined
  readonly campaignId?: string | null | undefined
}

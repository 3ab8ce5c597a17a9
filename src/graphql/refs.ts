import type { AnyNode, CampaignStats, EngineView, ExecutedAction, Page } from '../app/api.ts'
import type { ActionInput, AddressInput, CampaigncallFilter, OutdialTargetFilter } from '../app/requests.ts'
import type { Action } from '../domain/action.ts'
import type { Activeflow } from '../domain/activeflow.ts'
import type { Address } from '../domain/address.ts'
import type { Agent } from '../domain/agent.ts'
import type { Campaign } from '../domain/campaign.ts'
import type { Campaigncall } from '../domain/campaigncall.ts'
import type { DialingReport } from '../domain/dialing.ts'
import type { Outdial } from '../domain/outdial.ts'
import type { Destination, OutdialTarget } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import type { Queue } from '../domain/queue.ts'
import type { Recording } from '../domain/recording.ts'
import type { AgentTransition, CampaigncallTransition, CampaignTransition } from '../domain/transition.ts'
import type { UserError } from '../kernel/errors.ts'
import { builder } from './builder.ts'

/*
 * Every type that another one names. The files in types/ implement them, and import from here instead of each other.
 */

/** What a Node resolves from: an object of the domain, marked with its type where that is not known otherwise. */
export interface NodeShape {
  readonly id: string
  readonly __typename?: AnyNode['type']
}

/** One place of a page; the page knows the cursor. */
export interface Edge<Row> {
  readonly page: Page<Row>
  readonly row: Row
}

export const NodeRef = builder.interfaceRef<NodeShape>('Node')
export const PageInfoRef = builder.objectRef<Page<unknown>>('PageInfo')
export const UserErrorRef = builder.objectRef<UserError>('UserError')
export const AddressRef = builder.objectRef<Address>('Address')
export const AddressInputRef = builder.inputRef<AddressInput, false>('AddressInput')
export const ActionInputRef = builder.inputRef<ActionInput, false>('ActionInput')
export const ActionRef = builder.objectRef<Action>('Action')

export const CampaignRef = builder.objectRef<Campaign>('Campaign')
export const CampaignConnectionRef = builder.objectRef<Page<Campaign>>('CampaignConnection')
export const CampaignEdgeRef = builder.objectRef<Edge<Campaign>>('CampaignEdge')
export const CampaignStatsRef = builder.objectRef<CampaignStats>('CampaignStats')
export const CampaignTransitionRef = builder.objectRef<CampaignTransition>('CampaignTransition')
export const HangupReasonCountRef = builder.objectRef<CampaignStats['hangupReasons'][number]>('HangupReasonCount')
export const DialingReportRef = builder.objectRef<DialingReport>('DialingReport')

export const CampaigncallRef = builder.objectRef<Campaigncall>('Campaigncall')
export const CampaigncallConnectionRef = builder.objectRef<Page<Campaigncall>>('CampaigncallConnection')
export const CampaigncallEdgeRef = builder.objectRef<Edge<Campaigncall>>('CampaigncallEdge')
export const CampaigncallFilterRef = builder.inputRef<CampaigncallFilter, false>('CampaigncallFilter')
export const CampaigncallTransitionRef = builder.objectRef<CampaigncallTransition>('CampaigncallTransition')

export const ActiveflowRef = builder.objectRef<Activeflow>('Activeflow')
export const ActionExecutionRef = builder.objectRef<ExecutedAction>('ActionExecution')
export const RecordingRef = builder.objectRef<Recording>('Recording')

export const OutdialRef = builder.objectRef<Outdial>('Outdial')
export const OutdialConnectionRef = builder.objectRef<Page<Outdial>>('OutdialConnection')
export const OutdialEdgeRef = builder.objectRef<Edge<Outdial>>('OutdialEdge')

export const OutdialTargetRef = builder.objectRef<OutdialTarget>('OutdialTarget')
export const OutdialTargetDestinationRef = builder.objectRef<Destination>('OutdialTargetDestination')
export const OutdialTargetConnectionRef = builder.objectRef<Page<OutdialTarget>>('OutdialTargetConnection')
export const OutdialTargetEdgeRef = builder.objectRef<Edge<OutdialTarget>>('OutdialTargetEdge')
export const OutdialTargetFilterRef = builder.inputRef<OutdialTargetFilter, false>('OutdialTargetFilter')

export const OutplanRef = builder.objectRef<Outplan>('Outplan')
export const OutplanConnectionRef = builder.objectRef<Page<Outplan>>('OutplanConnection')
export const OutplanEdgeRef = builder.objectRef<Edge<Outplan>>('OutplanEdge')

export const QueueRef = builder.objectRef<Queue>('Queue')
export const QueueConnectionRef = builder.objectRef<Page<Queue>>('QueueConnection')
export const QueueEdgeRef = builder.objectRef<Edge<Queue>>('QueueEdge')

export const EngineRef = builder.objectRef<EngineView>('Engine')

export const AgentRef = builder.objectRef<Agent>('Agent')
export const AgentConnectionRef = builder.objectRef<Page<Agent>>('AgentConnection')
export const AgentEdgeRef = builder.objectRef<Edge<Agent>>('AgentEdge')
export const AgentTransitionRef = builder.objectRef<AgentTransition>('AgentTransition')

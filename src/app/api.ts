import type { Action } from '../domain/action.ts'
import type { Activeflow } from '../domain/activeflow.ts'
import type { Agent, AgentStatus } from '../domain/agent.ts'
import type { Campaign } from '../domain/campaign.ts'
import type { Campaigncall, HangupReason } from '../domain/campaigncall.ts'
import type { DialingReport } from '../domain/dialing.ts'
import type { EngineRecord } from '../domain/engine.ts'
import type { Outdial } from '../domain/outdial.ts'
import type { OutdialTarget, OutdialTargetsResetWhich } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import type { Queue } from '../domain/queue.ts'
import type { Recording } from '../domain/recording.ts'
import type { CallTally } from '../domain/tally.ts'
import type { AgentTransition, CampaigncallTransition, CampaignTransition } from '../domain/transition.ts'
import type { UserError } from '../kernel/errors.ts'
import type { CallParent } from '../store/contract/campaigncalls.ts'
import type { Reads } from '../store/contract/pages.ts'
import type {
  AgentCreateInput,
  AgentFilter,
  AgentUpdateInput,
  CampaignCreateInput,
  CampaigncallFilter,
  CampaigncallOrder,
  CampaignFilter,
  CampaignOrder,
  CampaignUpdateInput,
  OutdialCreateInput,
  OutdialFilter,
  OutdialTargetFilter,
  OutdialTargetInput,
  OutdialTargetUpdateInput,
  OutdialUpdateInput,
  OutplanCreateInput,
  OutplanUpdateInput,
  PageArguments,
  QueueCreateInput,
  QueueUpdateInput,
  TransitionArguments,
} from './requests.ts'
import type { Viewer } from './viewer.ts'

/**
 * The use cases, as a caller sees them. Ids are looked up among the viewer's own objects: an id that does not exist, is
 * malformed or belongs to somebody else gives the same answer (docs/rules.md#unknown-ids).
 */

/**
 * The result of a mutation. If there are errors, nothing was changed, and the value is null or the unchanged object.
 */
export interface Outcome<Value> {
  readonly value: Value | null
  readonly errors: readonly UserError[]
  /** Warnings for a person; they do not refuse the mutation. */
  readonly warnings?: readonly string[] | undefined
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  cursorOf(row: Row): string
  /** Counts lazily, when it is called. */
  totalCount(): Promise<number>
}

/** Counters of one campaign, its list included. */
export interface CampaignStats extends CallTally {
  readonly targetsIdle: number
  readonly targetsProgressing: number
  readonly targetsDone: number
  readonly hangupReasons: readonly { readonly reason: HangupReason; readonly count: number }[]
}

export interface Campaigns {
  create(viewer: Viewer, input: CampaignCreateInput): Promise<Outcome<Campaign>>
  update(viewer: Viewer, id: string, input: CampaignUpdateInput): Promise<Outcome<Campaign>>
  delete(viewer: Viewer, id: string): Promise<Outcome<Campaign>>
  run(viewer: Viewer, id: string): Promise<Outcome<Campaign>>
  stop(viewer: Viewer, id: string): Promise<Outcome<Campaign>>
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Campaign | null)[]>
  /** The campaign that each outdial is attached to. */
  byOutdialIds(viewer: Viewer, outdialIds: readonly string[]): Promise<(Campaign | null)[]>
  page(
    viewer: Viewer,
    args: PageArguments & { filter?: CampaignFilter | null | undefined; orderBy: CampaignOrder },
  ): Promise<Page<Campaign>>
  stats(viewer: Viewer, campaignIds: readonly string[]): Promise<CampaignStats[]>
  dialing(viewer: Viewer, campaigns: readonly Campaign[]): Promise<DialingReport[]>
}

export interface Outdials {
  create(viewer: Viewer, input: OutdialCreateInput): Promise<Outcome<Outdial>>
  update(viewer: Viewer, id: string, input: OutdialUpdateInput): Promise<Outcome<Outdial>>
  delete(viewer: Viewer, id: string): Promise<Outcome<Outdial>>
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Outdial | null)[]>
  page(viewer: Viewer, args: PageArguments & { filter?: OutdialFilter | null | undefined }): Promise<Page<Outdial>>
}

export interface OutdialTargetPageArguments extends PageArguments {
  readonly filter?: OutdialTargetFilter | null | undefined
}

export interface OutdialTargets {
  /** At most 1000 targets, all or nothing. */
  add(
    viewer: Viewer,
    outdialId: string,
    targets: readonly OutdialTargetInput[],
  ): Promise<Outcome<{ readonly outdial: Outdial; readonly targets: readonly OutdialTarget[] | null }>>
  update(viewer: Viewer, id: string, input: OutdialTargetUpdateInput): Promise<Outcome<OutdialTarget>>
  delete(viewer: Viewer, id: string): Promise<Outcome<OutdialTarget>>
  reset(
    viewer: Viewer,
    outdialId: string,
    which: OutdialTargetsResetWhich,
  ): Promise<Outcome<{ readonly outdial: Outdial; readonly resetCount: number | null }>>
  byIds(viewer: Viewer, ids: readonly string[], reads?: Reads<OutdialTarget>): Promise<(OutdialTarget | null)[]>
  page(viewer: Viewer, args: OutdialTargetPageArguments & { readonly outdialId: string }): Promise<Page<OutdialTarget>>
  /** The same page of the targets of each list. */
  pagesWithin(
    viewer: Viewer,
    outdialIds: readonly string[],
    args: OutdialTargetPageArguments,
    reads?: Reads<OutdialTarget>,
  ): Promise<Page<OutdialTarget>[]>
  /** When each target becomes due again, in milliseconds since 1970; null when it is due now or never. */
  nextAttemptAt(viewer: Viewer, targets: readonly OutdialTarget[]): Promise<(number | null)[]>
}

export interface Outplans {
  create(viewer: Viewer, input: OutplanCreateInput): Promise<Outcome<Outplan>>
  update(viewer: Viewer, id: string, input: OutplanUpdateInput): Promise<Outcome<Outplan>>
  delete(viewer: Viewer, id: string): Promise<Outcome<Outplan>>
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Outplan | null)[]>
  page(viewer: Viewer, args: PageArguments): Promise<Page<Outplan>>
}

export interface Queues {
  create(viewer: Viewer, input: QueueCreateInput): Promise<Outcome<Queue>>
  update(viewer: Viewer, id: string, input: QueueUpdateInput): Promise<Outcome<Queue>>
  delete(viewer: Viewer, id: string): Promise<Outcome<Queue>>
  setAgents(viewer: Viewer, queueId: string, agentIds: readonly string[]): Promise<Outcome<Queue>>
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Queue | null)[]>
  page(viewer: Viewer, args: PageArguments): Promise<Page<Queue>>
  /** The agents of each queue, in its order. */
  agents(viewer: Viewer, queueIds: readonly string[]): Promise<Agent[][]>
  /** How many agents of each queue are available. */
  availableAgents(viewer: Viewer, queueIds: readonly string[]): Promise<number[]>
  /** Answered calls of each queue that wait for an agent. */
  waitingCalls(viewer: Viewer, queueIds: readonly string[]): Promise<number[]>
}

export interface Agents {
  create(viewer: Viewer, input: AgentCreateInput): Promise<Outcome<Agent>>
  update(viewer: Viewer, id: string, input: AgentUpdateInput): Promise<Outcome<Agent>>
  delete(viewer: Viewer, id: string): Promise<Outcome<Agent>>
  setStatus(viewer: Viewer, id: string, status: AgentStatus): Promise<Outcome<Agent>>
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Agent | null)[]>
  page(viewer: Viewer, args: PageArguments & { filter?: AgentFilter | null | undefined }): Promise<Page<Agent>>
  /** The queues that each agent is in. */
  queues(viewer: Viewer, agentIds: readonly string[]): Promise<Queue[][]>
}

export type { CallParent, Reads }

/** Calls are listed within a campaign, or within a target. */
type CallsWithin = { readonly campaignId: string } | { readonly outdialTargetId: string }

export interface CampaigncallPageArguments extends PageArguments {
  readonly filter?: CampaigncallFilter | null | undefined
  readonly orderBy: CampaigncallOrder
}

export interface Campaigncalls {
  hangup(viewer: Viewer, id: string): Promise<Outcome<Campaigncall>>
  byIds(viewer: Viewer, ids: readonly string[], reads?: Reads<Campaigncall>): Promise<(Campaigncall | null)[]>
  page(
    viewer: Viewer,
    args: CampaigncallPageArguments & { readonly within?: CallsWithin | undefined },
    reads?: Reads<Campaigncall>,
  ): Promise<Page<Campaigncall>>
  /** The same page of the calls of each campaign, or of each target. A filter that names another one matches nothing. */
  pagesWithin(
    viewer: Viewer,
    parents: { readonly parent: CallParent; readonly ids: readonly string[] },
    args: CampaigncallPageArguments,
    reads?: Reads<Campaigncall>,
  ): Promise<Page<Campaigncall>[]>
  /** The transitions of each call, oldest first. */
  transitions(viewer: Viewer, campaigncallIds: readonly string[]): Promise<CampaigncallTransition[][]>
}

/** One action that was executed, or is being executed. */
export interface ExecutedAction {
  readonly action: Action
  readonly startedAt: number
  /** Null while the action runs. */
  readonly endedAt: number | null
  /** The outcome, for a person; null until it is known. */
  readonly outcome: string | null
}

/** The parts of an activeflow that are not in its row. */
export interface ActiveflowDetails {
  /** RUNNING while an action runs. After QUEUE_JOIN no action is left to run, but the activeflow has not ended. */
  readonly status: Activeflow['status']
  /** Null while no action runs. */
  readonly currentAction: Action | null
  /** By name, with the current values of the target. */
  readonly variables: Readonly<Record<string, string>>
  /** In the order of execution. */
  readonly executed: readonly ExecutedAction[]
}

export interface Activeflows {
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(Activeflow | null)[]>
  details(viewer: Viewer, flows: readonly Activeflow[]): Promise<ActiveflowDetails[]>
  /** The recordings of each call, oldest first. */
  recordings(viewer: Viewer, campaigncallIds: readonly string[]): Promise<Recording[][]>
}

export interface Transitions {
  /** Position of the newest entry known to be committed. Reads nothing from the database. */
  latestPosition(): number
  /** The cursor of a position in the log. */
  cursorOf(position: number): string
  campaigncallList(viewer: Viewer, args: TransitionArguments & { first: number }): Promise<CampaigncallTransition[]>
  campaignList(viewer: Viewer, args: TransitionArguments & { first: number }): Promise<CampaignTransition[]>
  /** The latest entries of each campaign, oldest first. */
  latestOfCampaigns(viewer: Viewer, campaignIds: readonly string[], last: number): Promise<CampaignTransition[][]>
  /**
   * Streams: first everything committed since `after`, then live entries, without a gap or a duplicate. return() ends a
   * stream at once, even while it waits. Before the first event, an unknown id throws BAD_USER_INPUT and a forged
   * cursor BAD_CURSOR.
   */
  campaigncalls(viewer: Viewer, args: TransitionArguments): Promise<AsyncIterableIterator<CampaigncallTransition>>
  campaigns(viewer: Viewer, args: TransitionArguments): Promise<AsyncIterableIterator<CampaignTransition>>
  agents(
    viewer: Viewer,
    args: { after?: string | null | undefined; queueId?: string | null | undefined },
  ): Promise<AsyncIterableIterator<AgentTransition>>
  /** Yields the id once at the start and after changes, at most `maxPerSecond` (1 to 20) times a second. */
  campaignChanges(viewer: Viewer, id: string, maxPerSecond: number): Promise<AsyncIterableIterator<string>>
}

/** The engine, whichever process runs it. */
export interface EngineView
  extends Omit<EngineRecord, 'haltCause' | 'carrierAvailable' | 'allowance' | 'resumeAskedAt'> {
  /** Rises by one each time an engine takes over. */
  readonly term: number
  /** Whether this process runs it. */
  readonly here: boolean
  readonly callsInFlight: number
}

export interface Engines {
  get(viewer: Viewer): Promise<EngineView>
  /**
   * Resumes a HALTED engine, and waits a moment for its answer. Does nothing while it is RUNNING; any other state is a
   * STATE_CONFLICT.
   */
  resume(viewer: Viewer): Promise<Outcome<EngineView>>
}

/** Objects that can be fetched by their id alone. */
export type AnyNode =
  | { readonly type: 'Campaign'; readonly value: Campaign }
  | { readonly type: 'Outdial'; readonly value: Outdial }
  | { readonly type: 'OutdialTarget'; readonly value: OutdialTarget }
  | { readonly type: 'Outplan'; readonly value: Outplan }
  | { readonly type: 'Queue'; readonly value: Queue }
  | { readonly type: 'Agent'; readonly value: Agent }
  | { readonly type: 'Campaigncall'; readonly value: Campaigncall }
  | { readonly type: 'Activeflow'; readonly value: Activeflow }

export interface Nodes {
  byIds(viewer: Viewer, ids: readonly string[]): Promise<(AnyNode | null)[]>
}

/** All that GraphQL, the commands and the tests may ask of the app. */
export interface AppApi {
  readonly campaigns: Campaigns
  readonly outdials: Outdials
  readonly outdialTargets: OutdialTargets
  readonly outplans: Outplans
  readonly queues: Queues
  readonly agents: Agents
  readonly campaigncalls: Campaigncalls
  readonly activeflows: Activeflows
  readonly transitions: Transitions
  readonly nodes: Nodes
  readonly engines: Engines
  /** The state of the engine. Rejects if the database does not answer. */
  probe(): Promise<EngineView>
}

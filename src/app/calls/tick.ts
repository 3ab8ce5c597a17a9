import type { Action } from '../../domain/action.ts'
import { resumesAt } from '../../domain/activeflow.ts'
import { nextTimeout } from '../../domain/call-timeout.ts'
import type { Campaign } from '../../domain/campaign.ts'
import {
  type Campaigncall,
  type CampaigncallStep,
  type HangupReason,
  isBetweenQueueAndAgent,
} from '../../domain/campaigncall.ts'
import type { AgentPhone, CallNews, LookupAnswer, OriginateAnswer, OriginateRequest } from '../../domain/carrier.ts'
import type { MediaCommand } from '../../domain/media.ts'
import type { Outplan } from '../../domain/outplan.ts'
import type { Sending, SendingResult } from '../../domain/sending.ts'
import { present } from '../../kernel/assert.ts'
import { isBrokenInvariant, isStorageFailure } from '../../kernel/errors.ts'
import type { AppContext } from '../context.ts'
import type { Unit } from '../unit-of-work.ts'

/** Input of a tick: what has arrived since the last one, in order of arrival. */
export type InboxItem =
  | { readonly type: 'NEWS'; readonly news: CallNews }
  | { readonly type: 'ORIGINATE_ANSWER'; readonly callId: string; readonly answer: OriginateAnswer }
  | { readonly type: 'LOOKUP_ANSWER'; readonly callId: string; readonly answer: LookupAnswer }
  /**
   * The carrier could not be asked about a call, or did not answer. `outOfReachMs` is how long the carrier has been out
   * of reach; null if it is in reach.
   */
  | { readonly type: 'LOOKUP_FAILED'; readonly callId: string; readonly outOfReachMs: number | null }
  /** The call was not handed to the carrier: too late, or its end was requested first. */
  | { readonly type: 'UNSENT'; readonly callId: string; readonly why: 'LATE' | 'ENDED' }
  /** A request of an action, under that id, will not be carried out. */
  | { readonly type: 'REFUSED'; readonly callId: string; readonly requestId: string; readonly why: string }
  /** The result of something that was sent. */
  | {
      readonly type: 'SENT'
      readonly customerId: string
      /** Our own id of the call. */
      readonly campaigncallId: string
      readonly sendingId: string
      readonly result: SendingResult
    }

/** What an action of a call asks of the carrier. `askedAt` is when that was decided, by the clock of the app. */
export interface PerformCommand {
  readonly type: 'PERFORM'
  readonly callId: string
  readonly askedAt: number
  readonly command: MediaCommand
}

/** Requests to make once the tick is committed: of the carrier, or of the sender. Call ids are the carrier's. */
export type CarrierCommand =
  | { readonly type: 'ORIGINATE'; readonly request: OriginateRequest; readonly createdAt: number }
  | { readonly type: 'HANG_UP'; readonly callId: string; readonly reason: HangupReason }
  | { readonly type: 'LOOK_UP'; readonly callId: string }
  | PerformCommand
  | { readonly type: 'CONNECT'; readonly callId: string; readonly phone: AgentPhone }
  | { readonly type: 'WITHDRAW'; readonly callId: string; readonly agentId: string }
  | {
      readonly type: 'SEND'
      readonly customerId: string
      readonly campaigncallId: string
      readonly sending: Sending
    }

/** The current tick: one transaction, with what it has loaded and the requests it has gathered. */
export interface Tick {
  readonly unit: Unit
  readonly context: AppContext
  /** The installation's id, sent with every call. */
  readonly installationId: string
  readonly commands: CarrierCommand[]
  /** Broken invariants found in savepoints of the tick, which were rolled back. */
  readonly findings: unknown[]
  /** Calls that reached QUEUE_JOIN in this tick, by id, with their customers. Some may have ended since. */
  readonly joined: Map<string, string>
  readonly campaigns: Map<string, Campaign>
  readonly outplans: Map<string, Outplan>
  readonly actionLists: Map<string, readonly Action[]>
}

export function createTick(unit: Unit, context: AppContext, installationId: string): Tick {
  return {
    unit,
    context,
    installationId,
    commands: [],
    findings: [],
    joined: new Map(),
    campaigns: new Map(),
    outplans: new Map(),
    actionLists: new Map(),
  }
}

async function cached<Value>(
  cache: Map<string, Value>,
  key: string,
  load: () => Promise<Value | null>,
): Promise<Value> {
  const known = cache.get(key)
  if (known !== undefined) return known
  const value = present(await load(), `what ${key} refers to`)
  cache.set(key, value)
  return value
}

export function loadCampaign({ campaigns, unit }: Tick, customerId: string, id: string): Promise<Campaign> {
  return cached(campaigns, id, () => unit.tx.campaigns.byId(customerId, id))
}

export function loadOutplan({ outplans, unit }: Tick, customerId: string, id: string): Promise<Outplan> {
  return cached(outplans, id, () => unit.tx.outplans.byId(customerId, id))
}

/** The actions that a call was dialed with. */
export function loadActions({ actionLists, unit }: Tick, call: Campaigncall): Promise<readonly Action[]> {
  return cached(actionLists, call.actionListId, async () => {
    const [actions] = await unit.tx.campaigns.actionLists(call.customerId, [call.actionListId])
    return actions ?? null
  })
}

/** Returns the call with `wakeAt` set to its next timeout. */
export async function watched(
  unit: Unit,
  context: AppContext,
  call: Campaigncall,
  actionsAt: number | null = null,
): Promise<Campaigncall> {
  const queue = isBetweenQueueAndAgent(call) ? await unit.objects.queueOf(call) : null
  const timeout = nextTimeout(call, {
    callDurationMaxMs: context.options.callDurationMaxMs,
    waitTimeoutMs: queue?.waitTimeoutMs ?? 0,
    actionsAt,
  })
  return { ...call, wakeAt: timeout?.at ?? null }
}

/** When the actions of a call resume automatically; null if they do not. */
export async function actionsAtOf({ unit }: Tick, call: Campaigncall): Promise<number | null> {
  if (call.status !== 'PROGRESSING' || call.phase !== 'ACTIONS') return null
  const flow = await unit.objects.activeflow(call)
  return flow === null ? null : resumesAt(flow)
}

/** Saves a call with its next timeout, and returns it. */
export async function saveCall(
  { unit, context }: Tick,
  before: Campaigncall,
  after: Campaigncall,
  steps: readonly CampaigncallStep[],
  actionsAt: number | null = null,
): Promise<Campaigncall> {
  const saved = await watched(unit, context, after, actionsAt)
  unit.saveCall(before, saved, steps)
  return saved
}

/** Runs one of many steps. If it fails alone, `failed` handles the error and the result is undefined. */
export type RunOne = <Result>(
  run: () => Promise<Result>,
  failed: (error: unknown) => Promise<void>,
) => Promise<Result | undefined>

/**
 * Runs many steps in one savepoint. Only if that fails, runs them again with a savepoint each, so that one failing step
 * does not lose the others. Nearly always nothing fails, and then this costs one savepoint.
 */
export async function runInSavepoints<Result>(tick: Tick, go: (runOne: RunOne) => Promise<Result>): Promise<Result> {
  try {
    return await inSavepoint(tick, () => go((run) => run()))
  } catch (error) {
    if (isStorageFailure(error)) throw error
    tick.context.log.debug({ error }, 'something in a tick failed; its parts are gone through one by one')
    return go(async (run, failed) => {
      try {
        return await inSavepoint(tick, run)
      } catch (error) {
        // A storage failure is not the fault of one step: nothing is given up, and the whole tick runs again.
        if (isStorageFailure(error)) throw error
        if (isBrokenInvariant(error)) tick.findings.push(error)
        await failed(error)
        return undefined
      }
    })
  }
}

/** Runs a step of the tick in a savepoint. If it fails, its commands are dropped too. */
async function inSavepoint<Result>(tick: Tick, run: () => Promise<Result>): Promise<Result> {
  const commandCount = tick.commands.length
  const joined = new Map(tick.joined)
  try {
    return await tick.unit.savepoint(run)
  } catch (error) {
    tick.commands.length = commandCount
    tick.joined.clear()
    for (const [id, customerId] of joined) tick.joined.set(id, customerId)
    throw error
  }
}

/** The carrier's id of a call that was placed there. */
export function carrierId(call: Campaigncall): string {
  return present(call.referenceId, 'a call that was placed at a carrier')
}

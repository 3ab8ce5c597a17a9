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
import type { Unit } from '../unit.ts'

/** What the engine brings to a tick: things that became known since the last one, in the order they arrived. */
export type InboxItem =
  | { readonly type: 'NEWS'; readonly news: CallNews }
  | { readonly type: 'ORIGINATE_ANSWER'; readonly callId: string; readonly answer: OriginateAnswer }
  | { readonly type: 'LOOKUP_ANSWER'; readonly callId: string; readonly answer: LookupAnswer }
  /**
   * The carrier could not be asked about a call, or did not answer. `outOfReachMs` is how long it has been out of reach;
   * null where it is not.
   */
  | { readonly type: 'LOOKUP_FAILED'; readonly callId: string; readonly outOfReachMs: number | null }
  /** The call was not handed to the carrier: too late, or its end was asked for before. */
  | { readonly type: 'UNSENT'; readonly callId: string; readonly why: 'LATE' | 'ENDED' }
  /** What an action asked of the carrier under that id will not happen. */
  | { readonly type: 'REFUSED'; readonly callId: string; readonly requestId: string; readonly why: string }
  /** What came of something that was sent. */
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

/** What the carrier, or who sends, is to be asked once the tick is committed. Call ids are the carrier's. */
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

/** The tick under way: one transaction, and what it has loaded and asked for so far. */
export interface Tick {
  readonly unit: Unit
  readonly context: AppContext
  /** The installation's id, carried by every call. */
  readonly installationId: string
  readonly commands: CarrierCommand[]
  /** Rules of ours that were found broken in parts of the tick, which were undone. */
  readonly findings: unknown[]
  /** Calls that reached QUEUE_JOIN in this tick, with their customers. Some may have ended since. */
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

/** The call with the time at which the dialer has to look at it again. */
export async function watched(
  unit: Unit,
  context: AppContext,
  call: Campaigncall,
  actionsAt: number | null = null,
): Promise<Campaigncall> {
  const queue = isBetweenQueueAndAgent(call) ? await unit.tx.queues.byId(call.customerId, call.queueId ?? '') : null
  const timeout = nextTimeout(call, {
    callDurationMaxMs: context.options.callDurationMaxMs,
    waitTimeoutMs: queue?.waitTimeoutMs ?? 0,
    actionsAt,
  })
  return { ...call, wakeAt: timeout?.at ?? null }
}

/** When the actions of a call go on by themselves; null while they do not. */
export async function actionsAtOf({ unit }: Tick, call: Campaigncall): Promise<number | null> {
  if (call.status !== 'PROGRESSING' || call.phase !== 'ACTIONS') return null
  const flow = await unit.tx.activeflows.ofCall(call.customerId, call.id)
  return flow === null ? null : resumesAt(flow)
}

/** Saves a call as it is now, watched. Returns it. */
export async function saveCall(
  { unit, context }: Tick,
  before: Campaigncall,
  after: Campaigncall,
  steps: readonly CampaigncallStep[],
  actionsAt: number | null = null,
): Promise<Campaigncall> {
  const saved = await watched(unit, context, after, actionsAt)
  await unit.saveCall(before, saved, steps)
  return saved
}

/** Runs one of many. Returns undefined where it failed by itself, and `failed` has dealt with it. */
export type RunOne = <Result>(
  run: () => Promise<Result>,
  failed: (error: unknown) => Promise<void>,
) => Promise<Result | undefined>

/**
 * Goes through many things as one part. Only when that fails, it goes through them again with each as a part of its own, so
 * that the one that fails is found and the others count: nearly always nothing fails, and then nothing is paid for it.
 */
export async function goThrough<Result>(tick: Tick, go: (runOne: RunOne) => Promise<Result>): Promise<Result> {
  try {
    return await inSavepoint(tick, () => go((run) => run()))
  } catch (error) {
    if (isStorageFailure(error)) throw error
    tick.context.log.debug({ error }, 'something in a tick failed; its parts are gone through one by one')
    return go(async (run, failed) => {
      try {
        return await inSavepoint(tick, run)
      } catch (error) {
        // That the storage fails is nobody's fault: nothing is given up for it, the whole tick is taken again.
        if (isStorageFailure(error)) throw error
        if (isBrokenInvariant(error)) tick.findings.push(error)
        await failed(error)
        return undefined
      }
    })
  }
}

/** A part of the tick that may fail by itself: what it asked of the carrier is then not asked. */
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

/** The carrier's id of a call that has one. */
export function carrierId(call: Campaigncall): string {
  return present(call.referenceId, 'a call that was placed at a carrier')
}

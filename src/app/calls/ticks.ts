import { takeAllowance } from '../../domain/call-rate.ts'
import { type Campaign, type CampaignStep, decideCampaign, isListExhausted } from '../../domain/campaign.ts'
import type { EngineStatus } from '../../domain/dialing.ts'
import { Refusal } from '../../kernel/errors.ts'
import { checkRunnable } from '../campaign-references.ts'
import type { AppContext } from '../context.ts'
import { earliest } from '../dialing.ts'
import { reevaluateBatch } from '../reevaluation.ts'
import type { Unit } from '../unit-of-work.ts'
import { defaultCustomerId } from '../viewer.ts'
import { type ClaimResult, claimCalls, type DialLimits } from './claim.ts'
import { recordInbox } from './inbox.ts'
import { serveQueues } from './offers.ts'
import { type CarrierCommand, createTick, type InboxItem, type PerformCommand, type Tick } from './tick.ts'
import { fireTimeouts } from './timeouts.ts'

export type { CarrierCommand, InboxItem, PerformCommand }

/** Input of a tick. */
export interface TickRequest {
  readonly news: {
    /** In order of arrival. */
    readonly items: readonly InboxItem[]
    /**
     * False when more has arrived than one tick records: then no time limit fires and no call is claimed
     * (docs/rules.md#news-first).
     */
    readonly complete: boolean
  }
  /** The carrier reports what happens to calls: what it has not reported within a time limit has not happened. */
  readonly carrierReports: boolean
  /** Null: this tick places no call. */
  readonly dial: DialLimits | null
  readonly status: EngineStatus
  /** Calls found live again since the last tick. */
  readonly adopted: number
  /** Writes something even if there is nothing to do: an empty commit succeeds on a full disk too. */
  readonly proveStorage?: boolean
}

/** Result of a committed tick. */
export interface TickResult {
  /** For the carrier, in this order. */
  readonly commands: readonly CarrierCommand[]
  readonly claim: ClaimResult
  /** When the next timer is due that no news announces; null if there is none. */
  readonly wakeAt: number | null
  /** More is due now than one tick handles. */
  readonly more: boolean
  /** Broken invariants found in savepoints of the tick; their ids are in the application log. */
  readonly findings: readonly unknown[]
  /** The engine was asked to resume, and has not answered yet. */
  readonly resumeAsked: boolean
  /** Lists wait for re-evaluation. */
  readonly reevaluating: boolean
  /** Position of the tick's last log entry; null when it changed nothing. */
  readonly position: number | null
}

const nothingClaimed: ClaimResult = {
  claimed: 0,
  servedIds: [],
  more: false,
  waitsForRate: false,
  nextAttemptAt: null,
}

/** The use cases of the engine. */
export function createTicks(context: AppContext, checkTerm: (unit: Unit) => Promise<void>, installationId: string) {
  return {
    /**
     * Runs one tick in one transaction: records what has arrived, fires due timers, offers waiting calls, claims new
     * calls and ends finished campaigns. The carrier is asked only after the commit. `look` is called inside the
     * transaction, which may have had to wait, so it sees everything that arrived before that moment.
     */
    async run(look: () => TickRequest): Promise<TickResult> {
      const { result, position } = await context.changeLogged('ALL', async (unit) => {
        await checkTerm(unit)
        const request = look()
        const { items, complete } = request.news
        const tick = createTick(unit, context, installationId)
        await recordInbox(tick, items)
        const timeouts = complete ? await fireTimeouts(tick, request.carrierReports) : { more: true }
        await serveQueues(tick)
        const running = (await unit.tx.campaigns.active(unit.scope)).filter((campaign) => campaign.status === 'RUN')
        const claim =
          request.dial === null || !complete
            ? nothingClaimed
            : await claimCalls(tick, running, request.dial, request.status)
        await endExhausted(tick, running)
        noticeSending(tick)
        if (request.proveStorage) unit.notice('ENGINE', defaultCustomerId, 'engine')
        if (request.adopted > 0) await unit.tx.engines.count({ adopted: request.adopted, unknown: 0 })
        const { allowance } = request.status
        if (claim.claimed > 0 && allowance.perSecond > 0)
          await unit.tx.engines.update({ allowance: takeAllowance(allowance, claim.claimed, unit.now) })
        const { campaigncalls, agents } = await unit.stored()
        const times = [
          await campaigncalls.nextDueAt(unit.scope),
          await agents.nextDueAt(unit.scope),
          claim.nextAttemptAt,
        ]
        return {
          commands: tick.commands,
          claim,
          wakeAt: earliest(times),
          more: timeouts.more || claim.more,
          findings: tick.findings,
          resumeAsked: (await unit.tx.engines.get()).resumeAskedAt !== null,
          reevaluating: (await unit.tx.outdials.reevaluating(unit.scope, 1)).length > 0,
        }
      })
      return { ...result, position }
    },
    /** Re-evaluates one batch of a list. Returns whether there is more to do. */
    reevaluate: (): Promise<boolean> => reevaluateBatch(context, checkTerm),
    /**
     * Of calls about to be placed, returns those whose end was requested meanwhile: they are never sent
     * (docs/rules.md#end-request).
     */
    async withdrawn(callIds: readonly string[]): Promise<ReadonlySet<string>> {
      const calls = await context.store.read.campaigncalls.byReferenceIds('ALL', callIds)
      return new Set(
        calls.flatMap((call) => (call.endRequest !== null && call.referenceId !== null ? [call.referenceId] : [])),
      )
    },
  }
}

export type Ticks = ReturnType<typeof createTicks>

/**
 * A sending, or a leg of a CONNECT, need not be a transition of its call. It is logged all the same, so that a database
 * that has lost it is seen to be behind its mark and does not send it again.
 */
function noticeSending({ unit, commands }: Tick): void {
  const reachesSomebody = (of: CarrierCommand) =>
    of.type === 'SEND' || (of.type === 'PERFORM' && of.command.type === 'DIAL')
  if (commands.some(reachesSomebody)) unit.notice('ENGINE', defaultCustomerId, 'engine')
}

/** Ends the running campaigns whose lists are exhausted (docs/rules.md#campaign-natural-end). */
async function endExhausted(tick: Tick, running: readonly Campaign[]): Promise<void> {
  const ending = running.filter((campaign) => campaign.endHandle === 'STOP')
  const { outdials: storedOutdials } = await tick.unit.stored()
  for (const customerId of new Set(ending.map((campaign) => campaign.customerId))) {
    const own = ending.filter((campaign) => campaign.customerId === customerId)
    const outdials = await storedOutdials.byIds(
      customerId,
      own.map((campaign) => campaign.outdialId ?? ''),
    )
    for (const [i, campaign] of own.entries()) {
      const outdial = outdials[i]
      if (!outdial || !isListExhausted({ ...outdial, reevaluating: outdial.reevaluatedPosition !== null })) continue
      await endNaturally(tick, campaign)
    }
  }
}

/**
 * Stops a running campaign that has no target to dial now or later, and runs its successor
 * (docs/rules.md#campaign-natural-end, docs/rules.md#campaign-next).
 */
async function endNaturally(tick: Tick, campaign: Campaign): Promise<void> {
  const { unit, context } = tick
  const step = decideCampaign(campaign.status, { type: 'NATURAL_END' })
  if (step === null) return
  const succession = await decideSuccession(tick, campaign)
  if (succession.type === 'REFUSED') {
    const { nextCampaignId } = campaign
    context.log.warn(
      { campaignId: campaign.id, nextCampaignId, refused: succession.why },
      'the next campaign could not be run',
    )
    await unit.stepCampaign(campaign, {
      ...step,
      cause: `${step.cause} The next campaign could not be run: ${succession.why}`,
    })
    return
  }
  await unit.stepCampaign(campaign, step)
  if (succession.type === 'RUN') await unit.stepCampaign(succession.next, succession.step)
}

type Succession =
  /** There is no successor, or it is running already. */
  | { readonly type: 'NONE' }
  | { readonly type: 'RUN'; readonly next: Campaign; readonly step: CampaignStep }
  | { readonly type: 'REFUSED'; readonly why: string }

/** Decides whether the successor of a campaign runs at its natural end (docs/rules.md#campaign-states). */
async function decideSuccession({ unit, context }: Tick, ended: Campaign): Promise<Succession> {
  if (ended.nextCampaignId === null) return { type: 'NONE' }
  const next = await unit.tx.campaigns.byId(ended.customerId, ended.nextCampaignId)
  if (next === null || next.deletedAt !== null) return { type: 'REFUSED', why: 'it was deleted.' }
  try {
    await checkRunnable(unit, next, context.options)
  } catch (error) {
    if (error instanceof Refusal) return { type: 'REFUSED', why: error.errors.map((of) => of.message).join(' ') }
    throw error
  }
  const cause = `Run after campaign "${ended.name}" came to its natural end.`
  const step = decideCampaign(next.status, { type: 'RUN', cause })
  return step === null ? { type: 'NONE' } : { type: 'RUN', next, step }
}

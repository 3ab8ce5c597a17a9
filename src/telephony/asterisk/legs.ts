import type { Cancel, Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews, Leg } from '../driver.ts'
import type { AriClient } from './ari.ts'
import { type AuxiliaryChannels, isIn } from './auxiliary-channels.ts'
import { createBridges } from './bridges.ts'
import type { Call, Calls } from './calls.ts'
import { type Channel, channelOf } from './messages.ts'
import { legPlacingOf } from './placing.ts'

export interface LegsOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now' | 'monotonic' | 'timer'>
  readonly log: Log
  readonly app: string
  /** The PJSIP endpoint that they go out by. */
  readonly trunk: string
  tell(news: CallNews): void
  /** Whether the trunk takes one more call now. */
  mayDial(): boolean
}

/** Others who are called, to talk to who is on a call. Each is a channel of its own, on the trunk and in the application. */
export interface Legs extends AuxiliaryChannels {
  readonly size: number
  /** Rejects where nobody is called. */
  dial(callId: string, leg: Leg): Promise<void>
  /** One that has ended is left alone. */
  hangUp(callId: string, legId: string): Promise<void>
  /** Releases all of its legs without reporting their ends. */
  callEnds(call: Call): void
  /** Destroys channels and bridges left over from a lost connection or a restart, and reports legs that had been connected. */
  tidy(): Promise<void>
}

interface FurtherLeg {
  readonly legId: string
  readonly call: Call
  /** An ended leg is remembered for as long as its call: its channel may still appear, and is then released. */
  state: 'RINGING' | 'JOINING' | 'CONNECTED' | 'ENDED'
  /** Asterisk has taken it. */
  exists: boolean
  /** Its end was asked for. */
  asked: boolean
  cancelRing: Cancel
}

const channelPattern = /^(.+?)\.leg\.(.+)$/
const bridgePattern = /^(.+)\.bridge$/
/** What tells legs from calls in the application. */
const appArgs = 'leg'

/** The answer of a leg is its StasisStart. All who are connected to a call share one bridge, named after the first of them. */
export function createLegs(options: LegsOptions): Legs {
  const { ari, calls, effects, log, app, trunk, tell, mayDial } = options
  const bridgesName = `${app}-legs`
  const bridges = createBridges(ari, bridgesName)
  /** By the id of its channel. */
  const legs = new Map<string, FurtherLeg>()
  const bridgeIds = new Map<Call, string>()

  const living = () => [...legs.values()].filter(hasNotEnded)
  const isInUse = (call: Call) => living().some((leg) => leg.call === call && leg.state !== 'RINGING')
  const letGoOf = (channelId: string) => ari.tryToRemove('end a leg', ['channels', channelId])

  function add(call: Call, legId: string, exists: boolean): FurtherLeg {
    const leg: FurtherLeg = { legId, call, state: 'RINGING', exists, asked: false, cancelRing: () => {} }
    legs.set(channelIdOf(leg), leg)
    return leg
  }

  function tellEnd(callId: string, legId: string, answered: boolean): void {
    tell({ type: 'LEG_ENDED', callId, at: effects.now(), legId, answered })
  }

  /**
   * Removes the bridge before the end is reported: a channel alone in it hears nothing, and what starts to play to it would
   * stop with the bridge.
   */
  async function end(leg: FurtherLeg): Promise<void> {
    const { call, legId, state } = leg
    if (state === 'ENDED') return
    leg.state = 'ENDED'
    leg.cancelRing()
    await leaveBridge(call, bridgeIds.get(call))
    if (calls.get(call.id) === call) tellEnd(call.id, legId, state === 'CONNECTED')
  }

  async function leaveBridge(call: Call, bridgeId: string | undefined): Promise<void> {
    if (bridgeId === undefined || isInUse(call)) return
    bridgeIds.delete(call)
    await bridges.destroy(bridgeId)
  }

  async function hangUp(leg: FurtherLeg): Promise<void> {
    leg.asked = true
    await ari.remove(['channels', channelIdOf(leg)])
  }

  async function ring(leg: FurtherLeg, body: Readonly<Record<string, unknown>>): Promise<void> {
    const { call, legId } = leg
    try {
      const beforeSending = () => !leg.asked && hasNotEnded(leg)
      const { status } = await ari.ask({ method: 'POST', path: ['channels'], body, beforeSending })
      if (status !== 200) return end(leg)
      leg.exists = true
    } catch (error) {
      if (error instanceof NotSent && (leg.asked || !hasNotEnded(leg))) return end(leg)
      log.warn({ error, callId: call.id, legId }, 'it is not known whether a leg rings; it is given up')
      void letGoOf(channelIdOf(leg))
      return end(leg)
    }
    // Its end, or that of its call, was asked for when there was nothing to end yet.
    if (leg.asked || !hasNotEnded(leg)) await letGoOf(channelIdOf(leg))
  }

  async function join(leg: FurtherLeg): Promise<void> {
    const { call } = leg
    // Told twice.
    if (leg.state === 'JOINING' || leg.state === 'CONNECTED') return
    if (leg.state === 'ENDED' || leg.asked) return letGoOf(channelIdOf(leg))
    leg.state = 'JOINING'
    leg.cancelRing()
    const known = bridgeIds.get(call)
    const bridgeId = known ?? bridgeIdOf(leg)
    bridgeIds.set(call, bridgeId)
    const channels = [...(known === undefined ? [call.id] : []), channelIdOf(leg)]
    const isJoined = (await calls.whenInStasis(call)) && (await bridges.join(bridgeId, channels).catch(() => false))
    // It may have ended, or its end have been asked for, meanwhile.
    if (!hasNotEnded(leg)) return leaveBridge(call, bridgeId)
    if (isJoined && !leg.asked) connected(leg)
    else await letGoOf(channelIdOf(leg))
  }

  function connected(leg: FurtherLeg): void {
    leg.state = 'CONNECTED'
    tell({ type: 'LEG_CONNECTED', callId: leg.call.id, at: effects.now(), legId: leg.legId })
  }

  /** What a list shows of a leg; one that was called before this process is known from then on. */
  async function see(channel: Channel): Promise<void> {
    const { callId, legId } = partsOf(channel.id)
    const call = calls.get(callId)
    const isHere = isIn(app, appArgs, channel)
    // Whom they were to talk to is gone.
    if (call === undefined) return isHere || calls.record(callId) !== undefined ? letGoOf(channel.id) : undefined
    const leg = legs.get(channel.id) ?? add(call, legId, true)
    // It was released, and is there nevertheless.
    if (leg.state === 'ENDED') return letGoOf(channel.id)
    if (!isHere || leg.state !== 'RINGING') return
    const bridgeId = bridgeIds.get(call) ?? bridgeIdOf(leg)
    const bridge = await ari.get('bridge', ['bridges', bridgeId])
    if (!bridge?.channels.includes(channel.id)) return join(leg)
    bridgeIds.set(call, bridgeId)
    connected(leg)
  }

  return {
    get size() {
      return living().length
    },
    async dial(callId, request) {
      const { legId, ringTimeoutMs } = request
      const call = calls.get(callId)
      if (!call?.answered) return tellEnd(callId, legId, false)
      const channelId = channelIdOf({ call, legId })
      if (legs.has(channelId)) return
      const maxDurationMs = call.durationUntilMs - effects.monotonic()
      const body = legPlacingOf(request, { trunk, app, appArgs, channelId, call: call.id, maxDurationMs })
      if (!mayDial()) throw new Error('expected a connection, and a trunk that takes one more call')
      const leg = add(call, legId, false)
      const giveUp = () => void hangUp(leg).catch((error: unknown) => log.warn({ error }, 'a leg could not be ended'))
      leg.cancelRing = effects.timer(ringTimeoutMs, giveUp)
      call.cancels.push(leg.cancelRing)
      await ring(leg, body)
    },
    async hangUp(callId, legId) {
      const leg = living().find((of) => of.call.id === callId && of.legId === legId)
      if (leg !== undefined) await hangUp(leg)
    },
    owns: (channelId) => channelPattern.test(channelId),
    hear(event) {
      const channelId = channelOf(event).id
      const leg = legs.get(channelId)
      if (leg !== undefined) leg.exists = true
      if (event.type === 'StasisStart') void (leg === undefined ? letGoOf(channelId) : join(leg))
      else if (event.type === 'ChannelDestroyed' && leg !== undefined) void end(leg)
    },
    callEnds(call) {
      const bridgeId = bridgeIds.get(call)
      for (const [channelId, leg] of [...legs]) {
        if (leg.call !== call) continue
        legs.delete(channelId)
        if (hasNotEnded(leg)) void letGoOf(channelId)
        leg.state = 'ENDED'
      }
      void leaveBridge(call, bridgeId)
    },
    known: () => new Set(living().flatMap((leg) => (leg.exists ? [channelIdOf(leg)] : []))),
    async compare(channels, before) {
      const live = new Set(channels.map((channel) => channel.id))
      const gone = [...legs].filter(([channelId]) => before.has(channelId) && !live.has(channelId))
      await Promise.all(gone.map(([, leg]) => end(leg)))
      await Promise.all(channels.filter((channel) => channelPattern.test(channel.id)).map(see))
    },
    async tidy() {
      const list = (await ari.get('bridges', ['bridges'])) ?? []
      const inUse = new Set(bridgeIds.values())
      const left = list.filter(({ id, name }) => name === bridgesName && !inUse.has(id))
      await Promise.all(left.map(({ id }) => bridges.destroy(id)))
      for (const { id, channels } of left) {
        const { callId, legId } = partsOf(bridgePattern.exec(id)?.[1] ?? '')
        if (calls.get(callId) !== undefined && channels.includes(callId)) tellEnd(callId, legId, true)
      }
    },
  }
}

/** Asked of one that others change while it is waited for. */
function hasNotEnded(leg: FurtherLeg): boolean {
  return leg.state !== 'ENDED'
}

/** All ids are derived from the call's, so that after a restart they identify what they belong to. */
function channelIdOf({ call, legId }: Pick<FurtherLeg, 'call' | 'legId'>): string {
  return `${call.id}.leg.${legId}`
}

function bridgeIdOf(leg: FurtherLeg): string {
  return `${channelIdOf(leg)}.bridge`
}

function partsOf(channelId: string): { readonly callId: string; readonly legId: string } {
  const [, callId = '', legId = ''] = channelPattern.exec(channelId) ?? []
  return { callId, legId }
}

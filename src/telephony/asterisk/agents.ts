import { extensionPattern } from '../../domain/address.ts'
import type { Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { AgentPhone, CallNews } from '../driver.ts'
import type { AriClient } from './ari.ts'
import { type AuxiliaryChannels, isIn } from './auxiliary-channels.ts'
import { createBridges } from './bridges.ts'
import type { Call, Calls } from './calls.ts'
import { type Channel, channelOf } from './messages.ts'
import type { SwitchEnd } from './switch-end.ts'

export interface AgentsOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now' | 'id'>
  readonly log: Log
  readonly app: string
  /** How an agent's phone is called: {extension} stands for its extension. */
  readonly endpoint: string
  tell(news: CallNews): void
  /** The agent has left the call. */
  hangUp(call: Call): void
  readonly switchEnd: Pick<SwitchEnd, 'hold'>
}

/** The phones of agents, each a channel of its own, and the bridges that join them to calls. */
export interface Agents extends AuxiliaryChannels {
  connect(callId: string, agent: AgentPhone): Promise<void>
  withdraw(callId: string, agentId: string): Promise<void>
  /** Releases every phone that rings for the call or talks to it. */
  callEnds(call: Call): void
  /** Destroys bridges that their channels have left while nobody was here to do so. */
  tidy(): Promise<void>
}

interface Leg {
  readonly id: string
  readonly call: Call
  readonly agentId: string
  /** Nothing more is reported of a phone that is ENDING. */
  state: 'RINGING' | 'JOINING' | 'CONNECTED' | 'ENDING'
  /** The agent has hung up. */
  hasHungUp: boolean
}

/** The engine's own time for an agent to answer is over so long before the switch gives up. */
const ringReserveMs = 5000
const legPattern = /^(.+?)\.agent\.(.+)\.[^.]+$/
/** What tells the phones of agents from calls in the application. */
const appArgs = 'agent'

/**
 * Each phone is a channel of ours in the application. A phone's answer is its StasisStart: then it can be put into a bridge.
 */
export function createAgents(options: AgentsOptions): Agents {
  const { ari, calls, effects, log, app, endpoint, tell, hangUp, switchEnd } = options
  const bridges = createBridges(ari, app)
  const legs = new Map<string, Leg>()

  const legsOf = (call: Call) => [...legs.values()].filter((leg) => leg.call === call && leg.state !== 'ENDING')
  const isTaken = (call: Call) => legsOf(call).some((leg) => leg.state !== 'RINGING')

  function missed(callId: string, agentId: string): void {
    tell({ type: 'AGENT_MISSED', callId, at: effects.now(), agentId })
  }

  /** Hangs a phone up, without news. */
  function letGo(leg: Leg): Promise<void> {
    leg.state = 'ENDING'
    return letGoOf(leg)
  }

  const destroyBridge = (call: Call) => bridges.destroy(bridgeIdOf(call.id))

  /** The agent could not be reached, or not be joined to the call. */
  function fail(leg: Leg): void {
    if (leg.state === 'ENDING') return
    void letGo(leg)
    missed(leg.call.id, leg.agentId)
  }

  async function ring(leg: Leg, { extension, ringTimeoutMs }: AgentPhone): Promise<void> {
    const body = {
      endpoint: endpoint.replaceAll('{extension}', extension),
      ...{ app, appArgs, channelId: leg.id, originator: leg.call.id },
      timeout: Math.ceil((ringTimeoutMs + ringReserveMs) / 1000),
    }
    try {
      const beforeSending = () => leg.state !== 'ENDING'
      const { status } = await ari.ask({ method: 'POST', path: ['channels'], body, beforeSending })
      if (status !== 200) end(leg)
      // Withdrawn when there was nothing to hang up yet.
      else if (leg.state === 'ENDING') await letGo(leg)
    } catch (error) {
      // Withdrawn before it was sent, or released while its answer was pending.
      if (leg.state === 'ENDING' && error instanceof NotSent) return forget(leg)
      log.warn({ error, callId: leg.call.id, agentId: leg.agentId }, 'an agent could not be rung')
      fail(leg)
    }
  }

  /** The first agent to answer has the call: the other phones fall silent without news (docs/rules.md#queue-strategies). */
  async function join(leg: Leg): Promise<void> {
    const { call } = leg
    // Told twice.
    if (leg.state === 'JOINING' || leg.state === 'CONNECTED') return
    if (leg.state === 'ENDING' || isTaken(call)) return letGo(leg)
    leg.state = 'JOINING'
    for (const other of legsOf(call)) if (other !== leg) void letGo(other)
    const join = () => bridges.join(bridgeIdOf(call.id), [call.id, leg.id])
    const isBridged = (await calls.whenInStasis(call)) && (await join().catch(() => false))
    // It may have been withdrawn, or the call have ended, meanwhile.
    if (isBridged && isJoining(leg)) return joined(leg)
    fail(leg)
    if (!isTaken(call)) await destroyBridge(call)
  }

  function joined(leg: Leg): void {
    leg.state = 'CONNECTED'
    tell({ type: 'AGENT_CONNECTED', callId: leg.call.id, at: effects.now(), agentId: leg.agentId })
  }

  const forget = (leg: Leg) => void legs.delete(leg.id)

  function end(leg: Leg): void {
    forget(leg)
    const { state, call } = leg
    leg.state = 'ENDING'
    if (state === 'RINGING' || state === 'JOINING') missed(call.id, leg.agentId)
    if (state === 'CONNECTED') leave(leg)
  }

  /**
   * The caller would stay behind in the bridge, alone, and hear nothing. An Asterisk that shuts down hangs the caller up automatically.
   */
  function leave({ call, hasHungUp }: Leg): void {
    const part = () => {
      hangUp(call)
      void destroyBridge(call)
    }
    if (hasHungUp) part()
    else switchEnd.hold((isEnding) => !isEnding && part())
  }

  /** A phone that nobody would ever speak to. */
  function letGoOf(channel: Pick<Channel, 'id'>): Promise<void> {
    return ari.tryToRemove('let an agent go', ['channels', channel.id])
  }

  /** What a list shows of a phone; one that was rung before this process is known from then on. */
  async function see(channel: Channel): Promise<void> {
    const leg = legs.get(channel.id) ?? legOf(channel.id)
    if (!isIn(app, appArgs, channel)) return
    // A phone that is there although it was released: the request to do so was lost.
    if (leg === null || leg.state === 'ENDING') return letGoOf(channel)
    if (leg.state !== 'RINGING') return
    const bridged = await ari.get('bridge', ['bridges', bridgeIdOf(leg.call.id)])
    if (bridged?.channels.includes(leg.id)) joined(leg)
    else await join(leg)
  }

  function legOf(channelId: string): Leg | null {
    const parts = partsOf(channelId)
    const call = parts === null ? undefined : calls.get(parts.callId)
    if (parts === null || call === undefined) return null
    return add(call, parts.agentId, channelId)
  }

  function add(call: Call, agentId: string, id: string): Leg {
    const leg: Leg = { id, call, agentId, state: 'RINGING', hasHungUp: false }
    legs.set(leg.id, leg)
    return leg
  }

  return {
    async connect(callId, agent) {
      const { agentId, extension } = agent
      const call = calls.get(callId)
      if (!call?.answered || !extensionPattern.test(extension)) return missed(callId, agentId)
      if (isTaken(call) || legsOf(call).some((leg) => leg.agentId === agentId)) return
      const leg = add(call, agentId, `${callId}.agent.${agentId}.${effects.id()}`)
      await ring(leg, agent)
    },
    async withdraw(callId, agentId) {
      const isMeant = (leg: Leg) => leg.call.id === callId && leg.agentId === agentId
      const leg = [...legs.values()].find((of) => isMeant(of) && (of.state === 'RINGING' || of.state === 'JOINING'))
      if (leg !== undefined) await letGo(leg)
    },
    owns: (channelId) => legs.has(channelId) || partsOf(channelId) !== null,
    hear(event) {
      const leg = legs.get(channelOf(event).id)
      if (event.type === 'StasisStart') void (leg === undefined ? letGoOf(event.channel) : join(leg))
      else if (leg === undefined) return
      else if (event.type === 'ChannelHangupRequest') leg.hasHungUp ||= event.soft !== true
      else if (event.type === 'ChannelDestroyed') end(leg)
    },
    callEnds(call) {
      const ending = legsOf(call)
      for (const leg of ending) void letGo(leg)
      if (ending.length > 0) void destroyBridge(call)
    },
    async compare(channels, before) {
      const live = new Set(channels.map((channel) => channel.id))
      for (const leg of [...legs.values()]) if (before.has(leg.id) && !live.has(leg.id)) end(leg)
      await Promise.all(channels.filter((channel) => partsOf(channel.id) !== null).map(see))
    },
    async tidy() {
      const list = (await ari.get('bridges', ['bridges'])) ?? []
      const inUse = new Set([...legs.values()].map((leg) => bridgeIdOf(leg.call.id)))
      const isLeft = ({ id, name, channels }: (typeof list)[number]) =>
        name === app && channels.length === 0 && !inUse.has(id)
      await Promise.all(list.filter(isLeft).map((bridge) => bridges.destroy(bridge.id)))
    },
    known: () => new Set(legs.keys()),
  }
}

/** Asked of a leg that others change while it is waited for. */
function isJoining(leg: Leg): boolean {
  return leg.state === 'JOINING'
}

/** Both ids are derived from the call's, so that after a restart they identify what they belong to. */
export function bridgeIdOf(callId: string): string {
  return `${callId}.bridge`
}

function partsOf(channelId: string): { readonly callId: string; readonly agentId: string } | null {
  const [, callId, agentId] = legPattern.exec(channelId) ?? []
  return callId === undefined || agentId === undefined ? null : { callId, agentId }
}

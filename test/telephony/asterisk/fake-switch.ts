import type { Cancel, Effects } from '../../../src/kernel/effects.ts'
import { createFakeDialplan, type Dialplan, documentedDialplan } from './fake-dialplan.ts'
import { createFakeMedia } from './fake-media.ts'
import { type FakeChannel, type Json, outgoingLine } from './fake-model.ts'
import { createFakeRecordings } from './fake-recordings.ts'
import { causeTextOf, recordedScripts, refusalOf, type Step } from './fake-script.ts'
import { createFakeWire, type FakeClient, type FakeWitness } from './fake-wire.ts'

export interface FakeSwitchOptions {
  readonly effects: Pick<Effects, 'now' | 'timer'>
  /** Divides the times of the called sides and of playbacks, not the timeouts that the client sets. */
  readonly speed?: number
  readonly scripts?: Readonly<Record<string, readonly Step[]>>
  /** Instead of `scripts`: what is called by that number or extension does; undefined where there is no such phone. */
  readonly scriptOf?: (dialed: string) => readonly Step[] | undefined
  /** Told of all that is told of channels, whoever listens. */
  readonly witness?: FakeWitness
  /** Variables that every channel shows, as ari.conf can ask for. */
  readonly channelvars?: readonly string[]
  /** Where the dialplan leads to. */
  readonly dialplan?: Partial<Dialplan>
}

export interface Origination extends Pick<FakeChannel, 'id' | 'target' | 'caller' | 'connected'> {
  /** PJSIP/1000@trunk or PJSIP/agent1. */
  readonly endpoint: string
  readonly timeoutMs: number | null
  readonly variables: Readonly<Record<string, string>>
}

/** How a channel ends, in ChannelDestroyed. */
interface Destruction {
  readonly cause: number
  readonly sipCode?: number
}

interface End extends Destruction {
  /** What the first ChannelHangupRequest says; null where Asterisk ends a call without one. */
  readonly request: Json | null
}

/** A flag of Asterisk's and no Q.850 cause. */
const softHangupFlag = 32
/** How often a channel that listens to another looks whether that is still there. */
const listenEveryMs = 20

export type FakeSwitch = ReturnType<typeof createFakeSwitch>

/**
 * What Asterisk 22 does with calls, as far as it was observed: the events of each, in their order and with their fields. A test
 * holds it against what was recorded.
 */
export function createFakeSwitch(options: FakeSwitchOptions) {
  const { effects, speed = 1, scripts = recordedScripts, channelvars = [] } = options
  const scriptOf = options.scriptOf ?? ((dialed: string) => scripts[dialed])
  const plan: Dialplan = { ...documentedDialplan, ...options.dialplan }
  const startedAt = effects.now()
  const channels = new Map<string, FakeChannel>()
  const wire = createFakeWire(effects, channelvars, options.witness)
  const { apps, tellOf, tellDial, tellVariable } = wire
  const media = createFakeMedia({ effects, wire, speed, after })
  const recordings = createFakeRecordings({ effects, wire, after, onFree: media.beginNext })
  const dialplan = createFakeDialplan({
    ...{ wire, speed, dialplan: plan, after },
    onEnd: (channel) => destroy(channel, { cause: 0 }),
  })
  let nextNumber = 1

  function after(channel: FakeChannel, delayMs: number, run: () => void): Cancel {
    const cancel = effects.timer(delayMs, () => {
      channel.timers.delete(cancel)
      run()
    })
    channel.timers.add(cancel)
    return cancel
  }

  function create(id: string, name: string, dialstring: string, of: Partial<FakeChannel>): FakeChannel {
    const channel: FakeChannel = {
      ...{ id, name, dialstring, protocolId: `call-${nextNumber}`, createdAt: effects.now(), variables: new Map() },
      ...{ target: { type: 'APP', app: '', args: [] }, state: 'Down', stasisApp: null, stasisTries: 0, rdnis: null },
      ...{ caller: { name: '', number: '' }, connected: { name: '', number: '' }, running: outgoingLine },
      ...{ bridge: null, hasEarlyMedia: false, playbacks: [], recording: null, timers: new Set(), listensTo: null },
      ...{ place: { context: 'from-trunk', exten: 's', priority: 1 }, isInDialplan: false },
      ...of,
    }
    channels.set(id, channel)
    return channel
  }

  function originate({ id, endpoint, timeoutMs, variables, ...of }: Origination): FakeChannel {
    const dialstring = endpoint.slice('PJSIP/'.length)
    const [number = '', trunk = number] = dialstring.split('@')
    const serial = (nextNumber++).toString(16).padStart(8, '0')
    const channel = create(id, `PJSIP/${trunk}-${serial}`, dialstring, of)
    for (const [name, value] of Object.entries(variables)) setVariable(channel, name, value)
    tellCreated(channel)
    tellOf('ChannelCallerId', channel, {
      caller_presentation: 0,
      caller_presentation_txt: 'Presentation Allowed, Not Screened',
    })
    tellOf('ChannelConnectedLine', channel)
    if (channel.target.type === 'APP') apps.get(channel.target.app)?.channelIds.add(id)
    after(channel, 1, () => tellDial(channel, ''))
    if (timeoutMs !== null) {
      after(channel, timeoutMs, () => {
        if (channel.state !== 'Up') destroy(channel, { cause: 19, sipCode: 480 })
      })
    }
    // Nobody is there at a dead trunk.
    if (trunk !== 'deadtrunk') follow(channel, scriptOf(number) ?? [])
    return channel
  }

  /** Told before anything of it is known but its name. */
  function tellCreated(channel: FakeChannel): void {
    const nobody = { name: '', number: '' }
    const unknown = { caller: nobody, connected: nobody, running: { app_name: '', app_data: '' }, protocolId: '' }
    const created = wire.snapshot({ ...channel, ...unknown, variables: new Map() })
    wire.tell('ChannelCreated', channel, { channel: created })
  }

  function follow(channel: FakeChannel, [step, ...rest]: readonly Step[]): void {
    if (step === undefined) return
    after(channel, step.afterMs / speed, () => {
      // What comes next is set first: the step may end the call.
      follow(channel, rest)
      take(channel, step)
    })
  }

  function take(channel: FakeChannel, step: Step): void {
    switch (step.type) {
      case 'RINGS':
        channel.state = 'Ringing'
        tellOf('ChannelStateChange', channel)
        tellDial(channel, 'RINGING')
        break
      case 'EARLY_MEDIA':
        channel.hasEarlyMedia = true
        tellDial(channel, 'PROGRESS')
        break
      case 'ANSWERS':
        channel.state = 'Up'
        tellOf('ChannelStateChange', channel)
        tellDial(channel, 'ANSWER')
        dialplan.enter(channel)
        break
      case 'REFUSES':
        refuse(channel, step.sipCode)
        break
      case 'HANGS_UP':
        end(channel, { request: step.cause === null ? {} : { cause: step.cause }, cause: step.cause ?? 0 })
        break
      case 'PRESSES':
        tellOf('ChannelDtmfReceived', channel, { digit: step.digit, duration_ms: 280 })
    }
  }

  function refuse(channel: FakeChannel, sipCode: number): void {
    const { cause, dialstatus } = refusalOf(sipCode)
    if (sipCode === 302) channel.rdnis = channel.caller.number
    if (channel.hasEarlyMedia) wire.tellQualities(channel)
    tellOf('ChannelHangupRequest', channel, { cause, tech_cause: sipCode })
    if (sipCode === 302) redirect(channel)
    else tellDial(channel, dialstatus)
    destroy(channel, { cause, sipCode })
  }

  /** Asterisk follows a redirection through its dialplan by itself, and there it led into the application. */
  function redirect(channel: FakeChannel): void {
    const serial = nextNumber++
    const createHalf = (half: 1 | 2, of: Partial<FakeChannel>) =>
      create(`dialer-${serial}.${half}`, `Local/1001@from-trunk-00000000;${half}`, '', {
        ...{ protocolId: '', place: { context: 'from-trunk', exten: '1001', priority: 1 } },
        ...of,
      })
    const forwarded = wire.snapshot(createHalf(1, {}))
    tellDial(channel, 'CANCEL', { forward: '1001', dialstring: '', forwarded })
    const app = channel.target.type === 'APP' ? channel.target.app : plan.app
    const running = { app_name: 'Stasis', app_data: `${app},inbound` }
    const stray = createHalf(2, { state: 'Ring', stasisApp: app, running })
    apps.get(app)?.channelIds.add(stray.id)
    tellOf('StasisStart', stray, { args: ['inbound'] })
  }

  /** The end of a call that somebody wants, or that its absolute timeout wants. */
  function end(channel: FakeChannel, { request, ...destruction }: End): void {
    if (channel.state !== 'Up') {
      if (request !== null) tellOf('ChannelHangupRequest', channel, request)
      tellDial(channel, 'NOANSWER')
      destroy(channel, destruction)
      return
    }
    if (request !== null) {
      wire.tellQualities(channel)
      tellOf('ChannelHangupRequest', channel, request)
    }
    media.leave(channel)
    media.cutOff(channel)
    recordings.cutOff(channel)
    const wasInStasis = channel.stasisApp !== null
    if (wasInStasis) {
      dialplan.leaveStasis(channel)
      tellVariable(channel, 'STASISSTATUS', 'SUCCESS')
      // Once more by the application that it was placed for, before it went on in the dialplan.
      if (channel.isInDialplan && channel.target.type === 'APP') tellVariable(channel, 'STASISSTATUS', 'SUCCESS')
    }
    if (request === null) wire.tellQualities(channel)
    // The dialplan goes on after Stasis, and hangs up once more.
    if (wasInStasis && channel.target.type === 'CONTEXT')
      tellOf('ChannelHangupRequest', channel, { cause: 16, soft: true })
    destroy(channel, destruction)
  }

  function destroy(channel: FakeChannel, { cause, sipCode }: Destruction): void {
    vanish(channel)
    channel.running = outgoingLine
    const techCause = sipCode !== undefined && { tech_cause: sipCode }
    tellOf('ChannelDestroyed', channel, { cause, cause_txt: causeTextOf(cause), ...techCause })
    for (const app of apps.values()) app.channelIds.delete(channel.id)
    for (const other of channels.values()) {
      if (other.listensTo === channel)
        after(other, listenEveryMs / speed, () => end(other, { request: null, cause: 0 }))
    }
    forgetApps()
  }

  /** A channel that hears both sides of another, as Asterisk's source has it: this was not recorded. */
  function snoop(listensTo: FakeChannel, id: string, app: string, args: readonly string[]): FakeChannel {
    const serial = (nextNumber++).toString(16).padStart(8, '0')
    const channel = create(id, `Snoop/${listensTo.id}-${serial}`, '', {
      ...{ listensTo, state: 'Up', protocolId: '', target: { type: 'APP', app, args } },
    })
    tellCreated(channel)
    after(channel, 1, () => dialplan.enter(channel))
    return channel
  }

  function vanish(channel: FakeChannel): void {
    for (const cancel of channel.timers) cancel()
    channels.delete(channel.id)
  }

  /** An application without a client lives on for as long as it has channels. */
  function forgetApps(): void {
    for (const app of apps.values()) {
      const isHeld = [...channels.values()].some((channel) => channel.stasisApp === app.name)
      if (app.send === null && !isHeld) apps.delete(app.name)
    }
  }

  function setVariable(channel: FakeChannel, name: string, value: string): void {
    channel.variables.set(name, value)
    if (name === 'TIMEOUT(absolute)')
      after(channel, Number(value) * 1000, () => end(channel, { request: null, cause: 0 }))
  }

  return {
    ...{
      channels,
      apps,
      media,
      recordings,
      dialplan,
      effects,
      startedAt,
      originate,
      snoop,
      setVariable,
      forgetApps,
      snapshot: wire.snapshot,
    },
    send: wire.send,
    /** A client connects for the events of an application. Returns how it goes. */
    connect(name: string, client: FakeClient): () => void {
      const leave = wire.connect(name, client)
      return () => {
        leave()
        forgetApps()
      }
    },
    /** Whether there is such an endpoint: the trunks, and the phones that have a script. */
    knows: (endpoint: string) => endpoint === 'trunk' || endpoint === 'deadtrunk' || scriptOf(endpoint) !== undefined,
    /** What DELETE of a channel does. */
    hangUp: (channel: FakeChannel, cause: number) =>
      end(channel, { request: { cause: softHangupFlag, soft: true }, cause }),
    /** Whoever was called hangs up when a test wants it to. */
    leave: (channel: FakeChannel) => end(channel, { request: {}, cause: 0 }),
    /** The called side answers when a test wants it to. */
    answer(id: string) {
      const channel = channels.get(id)
      if (channel !== undefined) take(channel, { type: 'ANSWERS', afterMs: 0 })
    },
    /** As at SIGTERM: every call ends, and nobody has wished it. */
    shutDown() {
      for (const channel of [...channels.values()]) {
        if (channel.state === 'Up') end(channel, { request: null, cause: 0 })
        else destroy(channel, { cause: 0 })
      }
    },
    /** As at SIGKILL: nothing is left, and nobody is told. */
    die() {
      for (const channel of [...channels.values()]) vanish(channel)
      media.bridges.clear()
      apps.clear()
    },
  }
}

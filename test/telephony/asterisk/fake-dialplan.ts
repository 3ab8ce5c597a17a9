import type { Cancel } from '../../../src/kernel/effects.ts'
import type { FakeChannel } from './fake-model.ts'
import { machineOf } from './fake-script.ts'
import type { FakeWire } from './fake-wire.ts'

/** An application of the dialplan, with what it is given: variables as ${NAME}. */
export interface DialplanLine {
  readonly app_name: string
  readonly app_data: string
}

export interface Dialplan {
  /** Where an answered call is handed over to, and with which words. */
  readonly app: string
  readonly args: (channelId: string) => readonly string[]
  /** The extension amd; null where there is none. */
  readonly machine: readonly DialplanLine[] | null
}

/** That of docs/asterisk.md. */
export const documentedDialplan: Dialplan = {
  app: 'dialgraph',
  args: () => ['answered'],
  machine: [
    { app_name: 'AMD', app_data: '' },
    { app_name: 'Set', app_data: 'TRIES=0' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: so are variables written in a dialplan.
    { app_name: 'Stasis', app_data: 'dialgraph,amd,${AMDSTATUS}' },
  ],
}

export interface FakeDialplanOptions {
  readonly wire: FakeWire
  readonly speed: number
  readonly dialplan: Dialplan
  after(channel: FakeChannel, delayMs: number, run: () => void): Cancel
  /** The dialplan has come to its end. */
  onEnd(channel: FakeChannel): void
}

const machineExtension = 'amd'
/** Of the line that hands a call over, and of the one that hangs it up afterwards. */
const stasisPriority = 2
const stasisTriesMax = 20
const stasisPauseMs = 500

/** What channels do in the dialplan, and how they come to applications. */
export function createFakeDialplan({ wire, speed, dialplan, after, onEnd }: FakeDialplanOptions) {
  const { apps, tellOf, tellVariable } = wire

  function enterStasis(channel: FakeChannel, app: string, args: readonly string[]): void {
    channel.running = { app_name: 'Stasis', app_data: [app, ...args].join(',') }
    tellVariable(channel, 'STASISSTATUS', '')
    const listening = apps.get(app)
    if (listening?.send) {
      channel.stasisApp = app
      listening.channelIds.add(channel.id)
      tellOf('StasisStart', channel, { args: [...args] })
      return
    }
    tellVariable(channel, 'STASISSTATUS', 'FAILED')
    const isLost = channel.target.type === 'APP' && !channel.isInDialplan
    if (isLost || channel.stasisTries++ === stasisTriesMax) {
      onEnd(channel)
      return
    }
    channel.running = { app_name: 'Wait', app_data: '0.5' }
    after(channel, stasisPauseMs, () => enterStasis(channel, app, args))
  }

  function run(
    channel: FakeChannel,
    [line, ...rest]: readonly DialplanLine[],
    context: string,
    priority: number,
  ): void {
    if (line === undefined) {
      onEnd(channel)
      return
    }
    const { app_name } = line
    const app_data = line.app_data.replace(/\$\{(\w+)\}/g, (_, name) => channel.variables.get(name) ?? '')
    channel.place = { context, exten: machineExtension, priority }
    channel.running = { app_name, app_data }
    tellOf('ChannelDialplan', channel, { dialplan_app: app_name, dialplan_app_data: app_data })
    const goOn = () => run(channel, rest, context, priority + 1)
    const [app = '', ...args] = app_data.split(',')
    if (app_name === 'Stasis') enterStasis(channel, app, args)
    else if (app_name === 'AMD') listen(channel, goOn)
    else goOn()
  }

  function listen(channel: FakeChannel, goOn: () => void): void {
    const { afterMs, status, cause } = machineOf(channel.dialstring.split('@')[0] ?? '')
    after(channel, afterMs / speed, () => {
      for (const [name, value] of [['AMDSTATUS', status] as const, ['AMDCAUSE', cause] as const]) {
        channel.variables.set(name, value)
        tellVariable(channel, name, value)
      }
      goOn()
    })
  }

  function leaveStasis(channel: FakeChannel): void {
    const app = apps.get(channel.stasisApp ?? '')
    channel.stasisApp = null
    tellOf('StasisEnd', channel)
    // Who was placed for the application is heard of until its end, by that application.
    if (channel.target.type === 'CONTEXT') app?.channelIds.delete(channel.id)
  }

  function goTo(channel: FakeChannel, context: string, exten: string): void {
    channel.isInDialplan = true
    if (exten === machineExtension) run(channel, dialplan.machine ?? [], context, 1)
    else {
      channel.place = { context, exten: 's', priority: stasisPriority }
      enterStasis(channel, dialplan.app, dialplan.args(channel.id))
    }
  }

  return {
    goTo,
    leaveStasis,
    has: (exten: string) => exten === 's' || (exten === machineExtension && dialplan.machine !== null),
    /** The call was answered. */
    enter(channel: FakeChannel) {
      const { target } = channel
      if (target.type === 'APP') enterStasis(channel, target.app, target.args)
      else goTo(channel, target.context, target.exten)
    },
  }
}

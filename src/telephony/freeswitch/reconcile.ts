import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { installationVariable } from '../kit/installation.ts'
import type { Call, Calls } from './calls.ts'
import { type Channel, listChannels } from './channels.ts'
import { breakCommand, dumpCommand, existsCommand, readVariableCommand } from './commands.ts'
import { readEvent, type SwitchEvent, saysAnswered } from './event.ts'
import type { Legs } from './legs.ts'
import type { Link } from './link.ts'
import type { Phones } from './phones.ts'
import type { Playbacks } from './playbacks.ts'
import type { Recordings } from './recordings.ts'

export interface ReconcilerOptions {
  readonly installationId: string
  readonly log: Log
  readonly link: Link
  readonly calls: Calls
  readonly phones: Phones
  readonly legs: Pick<Legs, 'adopt'>
  readonly playbacks: Playbacks
  readonly recordings: Recordings
}

/** Questions about single channels that are asked at once. */
const questionsAtOnce = 100

/** Holds what is known of calls against what lives at the switch. */
export function createReconciler(options: ReconcilerOptions) {
  const { installationId, log, link, calls, phones, legs, playbacks, recordings } = options
  /** The switch that the calls which are known live at. */
  let knownCoreUuid: string | null = null

  async function exists(uuid: string): Promise<boolean> {
    return (await link.api(existsCommand(uuid))) === 'true'
  }

  /** Null where there is no such channel. */
  async function dumpOf(uuid: string): Promise<SwitchEvent | null> {
    return readEvent(await link.api(dumpCommand(uuid)))
  }

  async function inPortions<Item>(items: readonly Item[], each: (item: Item) => Promise<void>): Promise<void> {
    for (let start = 0; start < items.length; start += questionsAtOnce)
      await Promise.all(items.slice(start, start + questionsAtOnce).map(each))
  }

  /** A live call of ours that is not known: of an earlier process, or given up. */
  function adopt(uuid: string, facts: SwitchEvent): Call {
    const call = calls.adopt(uuid)
    legs.adopt(call, facts)
    recordings.adopt(call, facts)
    return call
  }

  /** What sounded to the call for an earlier process is broken off, because nobody waits for its end. */
  async function hush(call: Call, dump: SwitchEvent): Promise<void> {
    const isPlaying = dump.header('variable_current_application') === 'playback'
    if (isPlaying && dump.header('variable_current_application_response') === null)
      await link.api(breakCommand(call.id))
  }

  /** Live calls of ours that are not known are known from now on. */
  async function adoptOurs(channels: ReadonlyMap<string, Channel>): Promise<void> {
    const isStrange = (uuid: string) => calls.find(uuid) === undefined && phones.find(uuid) === undefined
    const unknownCalls = [...channels.values()].filter(
      ({ uuid }) => /^[0-9A-Za-z-]{1,64}$/.test(uuid) && isStrange(uuid),
    )
    await inPortions(unknownCalls, async ({ uuid }) => {
      const owner = await link.api(readVariableCommand(uuid, installationVariable))
      const dump = owner === installationId ? await dumpOf(uuid) : null
      if (dump === null || !isStrange(uuid) || calls.hasEnded(uuid)) return
      const call = adopt(uuid, dump)
      if (!saysAnswered(dump)) return
      calls.seeAnswer(call)
      await hush(call, dump)
      await settleWhatItHas(call)
    })
  }

  async function settleCall(call: Call, channel: Channel | undefined, isSameSwitch: boolean): Promise<void> {
    const lives = channel !== undefined || (isSameSwitch && (await exists(call.id)))
    // What arrived on this connection meanwhile counts.
    if (calls.find(call.id) !== call) return
    if (lives) {
      calls.see(call)
      if (channel?.answered) calls.seeAnswer(call)
      call.parked ||= channel?.answered ?? false
      if (call.endReason !== null) await calls.end(call, call.endReason)
      else await settleWhatItHas(call)
    } else if (call.phase !== 'REQUESTED') calls.vanish(call)
    // One that was never seen may still come about, unless the switch that was asked is gone.
    else if (!isSameSwitch) calls.forget(call)
  }

  /** What is played to a live call, recorded of it, and who else was called for it: some of it may have ended unheard. */
  async function settleWhatItHas(call: Call): Promise<void> {
    const playing = playbacks.playingTo(call)
    const dump = playing === null ? null : await dumpOf(call.id)
    if (playing !== null && dump !== null) playbacks.settle(call, playing, dump)
    playbacks.goOn(call)
    await recordings.settle(call)
    for (const phone of phones.of(call.id)) {
      const facts = await dumpOf(phone.id)
      phones.settle(phone, facts === null ? null : saysAnswered(facts))
    }
  }

  return {
    /** A call of ours that is not known, by what an event or a dump says of it; undefined for one that is not ours. */
    recognise(uuid: string, facts: SwitchEvent): Call | undefined {
      const isOurs = facts.header(`variable_${installationVariable}`) === installationId
      if (!isOurs || uuid === '' || calls.hasEnded(uuid)) return undefined
      const call = adopt(uuid, facts)
      settleWhatItHas(call).catch(() => {
        // Without a connection: it is done on the next one.
      })
      return call
    },
    /** To be done on a new connection: calls that are gone are reported, and those whose end is due are ended. */
    async settle(): Promise<void> {
      const isSameSwitch = knownCoreUuid === null || knownCoreUuid === link.coreUuid
      knownCoreUuid = link.coreUuid
      const channels = await listChannels(link).catch((error: unknown) => {
        if (error instanceof AnswerLost || error instanceof NotSent) throw error
        log.warn({ error }, 'FreeSWITCH is asked for each call')
        return new Map<string, Channel>()
      })
      await inPortions(calls.all(), (call) => settleCall(call, channels.get(call.id), isSameSwitch))
      // Those whose calls have ended are being hung up.
      await inPortions(
        phones.all().filter(({ callId }) => calls.find(callId) === undefined),
        async (phone) => phones.settle(phone, (await exists(phone.id)) ? false : null),
      )
      await adoptOurs(channels)
    },
    /** The ids of the live calls of this installation. */
    async list(): Promise<readonly string[]> {
      const channels = await listChannels(link)
      await adoptOurs(channels)
      const listed = new Set([...channels.keys()].filter((uuid) => calls.find(uuid) !== undefined))
      // The table may lag behind the events.
      for (const { id, phase } of calls.all()) if (phase !== 'REQUESTED') listed.add(id)
      return [...listed]
    },
  }
}

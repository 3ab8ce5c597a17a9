import type { Log } from '../../kernel/log.ts'
import type { Agents } from './agents.ts'
import type { Call, Calls } from './calls.ts'
import { type Channel, listChannels } from './channels.ts'
import { existsCommand, readVariableCommand } from './commands.ts'
import { AnswerLost, NotSent } from './connection.ts'
import type { Link } from './link.ts'

export interface ReconcilerOptions {
  readonly installationId: string
  readonly log: Log
  readonly link: Link
  readonly calls: Calls
  readonly agents: Agents
}

/** The variable that says whose a call is (durability, "How a call is placed"). */
export const installationVariable = 'dialgraph_installation'
/** Questions about single channels that are asked at once. */
const questionsAtOnce = 100

/** Holds what is known of calls against what lives at the switch. */
export function createReconciler({ installationId, log, link, calls, agents }: ReconcilerOptions) {
  /** The switch that the calls which are known live at. */
  let knownCoreUuid: string | null = null

  async function exists(uuid: string): Promise<boolean> {
    return (await link.api(existsCommand(uuid))) === 'true'
  }

  async function inPortions<Item>(items: readonly Item[], each: (item: Item) => Promise<void>): Promise<void> {
    for (let start = 0; start < items.length; start += questionsAtOnce)
      await Promise.all(items.slice(start, start + questionsAtOnce).map(each))
  }

  /** Live calls of ours that are not known, of an earlier process perhaps, are known from now on. */
  async function adoptOurs(channels: ReadonlyMap<string, Channel>): Promise<void> {
    const isStrange = (uuid: string) => calls.find(uuid) === undefined && agents.find(uuid) === undefined
    const strangers = [...channels.values()].filter(({ uuid }) => /^[0-9A-Za-z-]{1,64}$/.test(uuid) && isStrange(uuid))
    await inPortions(strangers, async ({ uuid, answered }) => {
      const owner = await link.api(readVariableCommand(uuid, installationVariable))
      if (owner !== installationId || !isStrange(uuid) || calls.hasEnded(uuid)) return
      const call = calls.adopt(uuid)
      if (answered) calls.seeAnswer(call)
    })
  }

  async function settleCall(call: Call, channel: Channel | undefined, isSameSwitch: boolean): Promise<void> {
    const lives = channel !== undefined || (isSameSwitch && (await exists(call.id)))
    // What was told on this connection meanwhile counts.
    if (calls.find(call.id) !== call) return
    if (lives) {
      calls.see(call)
      if (channel?.answered) calls.seeAnswer(call)
      call.parked ||= channel?.answered ?? false
      if (call.endReason !== null) await calls.end(call, call.endReason)
    } else if (call.phase !== 'REQUESTED') calls.vanish(call)
    // One that was never seen may still come about, unless the switch that was asked is gone.
    else if (!isSameSwitch) calls.forget(call)
  }

  return {
    /** To be done on a new connection: calls that are gone are told as such, and those whose end is due are ended. */
    async settle(): Promise<void> {
      const isSameSwitch = knownCoreUuid === null || knownCoreUuid === link.coreUuid
      knownCoreUuid = link.coreUuid
      const channels = await listChannels(link).catch((error: unknown) => {
        if (error instanceof AnswerLost || error instanceof NotSent) throw error
        log.warn({ error }, 'FreeSWITCH is asked for each call')
        return new Map<string, Channel>()
      })
      await inPortions(calls.all(), (call) => settleCall(call, channels.get(call.id), isSameSwitch))
      await inPortions(agents.all(), async (leg) => {
        const channel = channels.get(leg.id)
        const lives = channel !== undefined || (isSameSwitch && (await exists(leg.id)))
        agents.settle(leg, lives ? (channel?.answered ?? false) : null)
      })
      await adoptOurs(channels)
    },
    /** The ids of the live calls of this installation. */
    async list(): Promise<readonly string[]> {
      const channels = await listChannels(link)
      await adoptOurs(channels)
      const listed = new Set([...channels.keys()].filter((uuid) => calls.find(uuid) !== undefined))
      // The table may lag behind what was told.
      for (const { id, phase } of calls.all()) if (phase !== 'REQUESTED') listed.add(id)
      return [...listed]
    },
  }
}

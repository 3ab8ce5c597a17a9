import { present } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import { limits } from '../../limits.ts'
import { installationVariable } from '../kit/installation.ts'
import type { AriClient } from './ari.ts'
import type { AuxiliaryChannels } from './auxiliary-channels.ts'
import type { Calls } from './calls.ts'
import type { Channel } from './messages.ts'

export interface ReconcilerOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly auxiliaryChannels: readonly AuxiliaryChannels[]
  readonly effects: Pick<Effects, 'timer'>
  readonly installationId: string
  isOnTrunk(channel: Channel): boolean
  /** Is shown each call of ours that lives, once it is known here. */
  seen(channel: Channel): void
}

export interface Reconciler {
  /**
   * Holds what lives at Asterisk against what is known here: calls of ours that were placed before this process are known from
   * then on, and calls that are gone and whose end was missed are reported as UNKNOWN. `telling`: missed changes of the
   * others are reported too.
   */
  compare(options: { readonly telling: boolean }): Promise<void>
  /** Ids of the live calls of this installation. */
  list(): Promise<readonly string[]>
}

/** How long what Asterisk has said of an end may take to arrive here, after the call has vanished from its list. */
export const endOnItsWayMs = 250

/**
 * A list costs one request, and one more for each call on the trunk that neither this process has placed nor has asked about
 * before: none where ari.conf has `channelvars = dialgraph_installation`, which makes each channel say whose it is.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { ari, calls, auxiliaryChannels, effects, installationId, isOnTrunk, seen } = options
  /** Calls that are on the trunk and not ours. */
  let unknownCalls: ReadonlySet<string> = new Set()
  const isAuxiliary = ({ id }: Channel) => auxiliaryChannels.some((of) => of.owns(id))

  async function listChannels(): Promise<readonly Channel[]> {
    const channels = await ari.get('channels', ['channels'], { withinMs: limits.listAnswerMs })
    return present(channels, 'a list of channels is always there')
  }

  /** Those of the installation that are not known here. */
  async function findOurs(channels: readonly Channel[]): Promise<readonly Channel[]> {
    const before = unknownCalls
    const candidates = channels.filter(
      (channel) => calls.get(channel.id) === undefined && isOnTrunk(channel) && !isAuxiliary(channel),
    )
    const owners = await Promise.all(candidates.map((channel) => (before.has(channel.id) ? null : ownerOf(channel))))
    const isOurs = (_: Channel, i: number) => owners[i] === installationId
    unknownCalls = new Set(candidates.filter((channel, i) => !isOurs(channel, i)).map((channel) => channel.id))
    return candidates.filter(isOurs)
  }

  async function ownerOf(channel: Channel): Promise<string | null> {
    const shown = channel.channelvars?.[installationVariable]
    if (shown !== undefined) return shown
    const query = { variable: installationVariable }
    const variable = await ari.get('variable', ['channels', channel.id, 'variable'], { query })
    return variable?.value ?? null
  }

  return {
    async compare({ telling }) {
      const before = calls.all().filter((call) => call.exists)
      const known = auxiliaryChannels.map((of) => of.known())
      let channels = await listChannels()
      const ours = await findOurs(channels)
      for (const channel of ours) {
        // Its end may have been heard while its owner was found out.
        if (calls.get(channel.id) !== undefined || calls.record(channel.id) !== undefined) continue
        before.push(calls.adopt(channel.id))
      }
      // What happened to a call before it was known here was not heard, and the first list may be older than that.
      if (ours.length > 0) channels = await listChannels()
      const live = new Set(channels.map((channel) => channel.id))
      for (const channel of channels) {
        const call = calls.get(channel.id)
        if (call === undefined) continue
        calls.see(call, channel, telling)
        seen(channel)
      }
      await Promise.all(auxiliaryChannels.map((of, i) => of.compare(channels, known[i] ?? new Set())))
      const gone = before.filter((call) => !live.has(call.id) && calls.get(call.id) === call)
      if (gone.length === 0) return
      await new Promise<void>((resolve) => void effects.timer(endOnItsWayMs, resolve))
      for (const call of gone) if (calls.get(call.id) === call) calls.lose(call)
    },
    async list() {
      const channels = await listChannels()
      const ours = await findOurs(channels)
      const known = channels.filter((channel) => calls.get(channel.id) !== undefined)
      return [...known, ...ours].map((channel) => channel.id)
    },
  }
}

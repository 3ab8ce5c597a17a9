import type { AriClient } from './ari.ts'

/** What joins channels to a call. */
export interface Bridges {
  /** Creates the bridge if it does not exist, and puts channels into it, in their order. False where Asterisk refuses any of it. */
  join(bridgeId: string, channelIds: readonly string[]): Promise<boolean>
  /**
   * Destroys the bridge: it outlives its channels, and a channel left in it would be alone. A bridge that is gone already is
   * no error; failures are logged.
   */
  destroy(bridgeId: string): Promise<void>
}

/** `name` says whose bridges they are. */
export function createBridges(ari: AriClient, name: string): Bridges {
  return {
    async join(id, channelIds) {
      const made = await ari.ask({ method: 'POST', path: ['bridges', id], query: { type: 'mixing', name } })
      if (made.status !== 200) return false
      for (const channel of channelIds) {
        const added = await ari.ask({ method: 'POST', path: ['bridges', id, 'addChannel'], query: { channel } })
        if (added.status !== 204) return false
      }
      return true
    },
    destroy: (id) => ari.tryToRemove('destroy a bridge', ['bridges', id]),
  }
}

/** Releases a place. Does nothing when called again. */
export type Release = () => void

/** Limits how many tasks run at once; the others wait, first come, first served. */
export interface Semaphore {
  /** Resolves with a release function once a place for that key is free, or with null if the signal aborts first. */
  enter(key: string, signal: AbortSignal): Promise<Release | null>
}

interface Room {
  taken: number
  readonly waiting: Set<() => void>
}

/** `placesMax` applies to each key separately. An unused key costs nothing. */
export function createSemaphore(placesMax: number): Semaphore {
  const rooms = new Map<string, Room>()

  function take(key: string, room: Room): Release {
    let left = false
    room.taken++
    return () => {
      if (left) return
      left = true
      room.taken--
      const [next] = room.waiting
      if (next) next()
      else if (room.taken === 0) rooms.delete(key)
    }
  }

  return {
    async enter(key, signal) {
      if (signal.aborted) return null
      const room = rooms.get(key) ?? { taken: 0, waiting: new Set() }
      rooms.set(key, room)
      if (room.taken < placesMax) return take(key, room)
      return await new Promise((resolve) => {
        const giveUp = () => {
          room.waiting.delete(enter)
          resolve(null)
        }
        const enter = () => {
          room.waiting.delete(enter)
          signal.removeEventListener('abort', giveUp)
          resolve(take(key, room))
        }
        room.waiting.add(enter)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}

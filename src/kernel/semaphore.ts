/** Gives a place back; calling it again does nothing. */
export type Release = () => void

/** So many of a kind may be under way at once; the others wait, first come first served. */
export interface Semaphore {
  /** Settles with the way out once there is a place for that key, or with null when the signal aborts before. */
  enter(key: string, signal: AbortSignal): Promise<Release | null>
}

interface Room {
  taken: number
  readonly waiting: Set<() => void>
}

/** `placesMax` counts for each key by itself. A key that nobody uses costs nothing. */
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

import type { AppApi } from '../app/api.ts'
import type { Viewer } from '../app/viewer.ts'
import type { Log } from '../kernel/log.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { Usage } from './usage.ts'

/** What a context is made of: the same for everything that one viewer asks of one server. */
export interface ContextSource {
  readonly app: AppApi
  readonly viewer: Viewer
  readonly log: Log
}

/** What every resolver is handed. Made anew for each request and for each event of a subscription. */
export interface Context extends ContextSource {
  readonly loaders: Loaders
  readonly usage: Usage
  /** Position of the newest transition as the operation began: whatever is read after it may be newer, never older. */
  readonly latestPosition: number
}

/** The position is read before anything else, so that a subscription from there on misses nothing that was read. */
export function createContext({ app, viewer, log }: ContextSource, usage: Usage): Context {
  const latestPosition = app.transitions.latestPosition()
  let loaders: Loaders | null = null
  return {
    ...{ app, viewer, log, usage, latestPosition },
    // Made when they are first asked for: most events of a stream need none.
    get loaders() {
      loaders ??= createLoaders(app, viewer, usage)
      return loaders
    },
  }
}

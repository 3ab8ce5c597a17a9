/** On whose behalf something is asked or done. Every function of the app that a caller can reach takes one. */
export interface Viewer {
  /** Owner of everything that the viewer may see. */
  readonly customerId: string
  /** Who it is, for causes of transitions. */
  readonly name: string
}

/** The only customer until there are keys. */
export const defaultCustomerId = 'default'

/** Whoever reaches a server that binds to this machine alone. */
export const localViewer: Viewer = { customerId: defaultCustomerId, name: 'local' }

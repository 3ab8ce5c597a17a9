/** On whose behalf a use case runs. Every function of the app that a caller can reach takes one. */
export interface Viewer {
  /** Owner of all objects that the viewer may see. */
  readonly customerId: string
  /** A name for the causes of transitions. */
  readonly name: string
}

/** The only customer, until there are API keys. */
export const defaultCustomerId = 'default'

/** Any client of a server that binds to this machine alone. */
export const localViewer: Viewer = { customerId: defaultCustomerId, name: 'local' }

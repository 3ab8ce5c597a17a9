/** A layer is a folder of src, or a file right in it. */
export type Layer = (typeof names)[number]

interface LayerRules {
  readonly mayImport: readonly Layer[]
  /** One line of Markdown for the table in CONTRIBUTING.md. */
  readonly purpose: string
}

const names = [
  'limits',
  'kernel',
  'domain',
  'store',
  'app',
  'telephony',
  'sending',
  'speech',
  'engine',
  'graphql',
  'config',
  'server',
  'cli',
  'dialgraph',
  'main',
] as const

/** Which layers each layer may import, besides itself; `npm run docs` prints it into CONTRIBUTING.md. */
export const layers: Readonly<Record<Layer, LayerRules>> = {
  limits: { mayImport: [], purpose: 'every bound, with its unit' },
  kernel: {
    mayImport: ['limits'],
    purpose: 'effects (clock, chance, ids, timers), errors, log, assertions; knows nothing of dialing',
  },
  domain: {
    mayImport: ['kernel', 'limits'],
    purpose: 'decides, purely and synchronously; `now` comes as an argument',
  },
  store: { mayImport: ['domain', 'kernel', 'limits'], purpose: 'the only place with SQL; domain objects in and out' },
  app: {
    mayImport: ['store', 'domain', 'kernel', 'limits'],
    purpose: 'the use cases; the only place that opens transactions',
  },
  telephony: { mayImport: ['kernel', 'domain', 'limits'], purpose: 'the driver interface, and drivers' },
  sending: { mayImport: ['kernel', 'domain', 'limits'], purpose: 'sends e-mails, text messages and webhooks' },
  speech: {
    mayImport: ['kernel', 'domain', 'config', 'limits'],
    purpose: 'renders texts as sound and serves it to switches',
  },
  engine: {
    mayImport: ['app', 'telephony', 'domain', 'kernel', 'limits'],
    purpose: 'wakes up, lets `app` decide, asks the carrier',
  },
  graphql: {
    mayImport: ['app', 'domain', 'kernel', 'limits'],
    purpose: 'reads arguments, calls `app`, shapes the answer',
  },
  config: {
    mayImport: ['kernel', 'domain', 'sending', 'telephony', 'limits'],
    purpose: 'the only reader of the environment',
  },
  server: { mayImport: names, purpose: 'HTTP, WebSocket, GraphiQL, health' },
  cli: { mayImport: names, purpose: 'one file for each command' },
  dialgraph: { mayImport: names, purpose: 'assembles store, app, engine, drivers and server' },
  main: { mayImport: names, purpose: 'starts the command that was asked for' },
}

export function isLayer(name: string): name is Layer {
  return name in layers
}

import type { AppApi, EngineView, Page } from '../../src/app/api.ts'
import { localViewer } from '../../src/app/viewer.ts'
import type { ContextSource } from '../../src/graphql/context.ts'
import type { Log, LogFields } from '../../src/kernel/log.ts'

/** What a test has the house answer: any part of it. */
export type Answers = {
  readonly [Noun in keyof AppApi]?: AppApi[Noun] extends () => unknown ? AppApi[Noun] : Partial<AppApi[Noun]>
}

interface Call {
  /** For example "campaigns.byIds". */
  readonly name: string
  readonly args: readonly unknown[]
}

export interface FakeApp {
  readonly app: AppApi
  readonly calls: readonly Call[]
  /** The arguments of every call of that name, the viewer left out. */
  argsOf(name: string): (readonly unknown[])[]
}

/** An engine that runs. */
export const anEngine: EngineView = {
  ...{ state: 'RUNNING', reason: null, driver: 'simulator', term: 1, startedAt: 0, heartbeatAt: 0 },
  ...{ here: true, callsInFlight: 0, adopted: 0, unknown: 0 },
}

const defaults: Answers = {
  probe: async () => anEngine,
  transitions: { latestPosition: () => 0, cursorOf: (position) => `cursor-${position}` },
}

/** A house that answers what a test says, and fails where a test says nothing. */
export function fakeApp(answers: Answers = {}): FakeApp {
  const calls: Call[] = []
  const record = (name: string, answer: unknown) => {
    return (...args: unknown[]) => {
      calls.push({ name, args })
      if (typeof answer !== 'function') throw new Error(`the test gives no answer to ${name}`)
      return answer(...args)
    }
  }
  const noun = (name: string) =>
    new Proxy(
      {},
      {
        get(_target, method) {
          const own = { ...member(defaults, name), ...member(answers, name) }
          return record(`${name}.${String(method)}`, own[String(method)])
        },
      },
    )
  const app = new Proxy(
    {},
    {
      get: (_target, name) =>
        name === 'probe' ? record('probe', answers.probe ?? defaults.probe) : noun(String(name)),
    },
  )
  return {
    app: app as AppApi,
    calls,
    argsOf: (name) => calls.filter((call) => call.name === name).map(({ args }) => args.slice(1)),
  }
}

function member(of: Answers, name: string): Record<string, unknown> {
  return ((of as Record<string, unknown>)[name] ?? {}) as Record<string, unknown>
}

/** A page with cursors "at-<id>". */
export function fakePage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  more: Partial<Page<Row>> = {},
): Page<Row> {
  return {
    rows,
    hasNextPage: false,
    hasPreviousPage: false,
    cursorOf: ({ id }) => `at-${id}`,
    totalCount: async () => rows.length,
    ...more,
  }
}

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: LogFields
  readonly message: string
}

/** A log that remembers. */
export function fakeLog(): { readonly log: Log; readonly lines: readonly Line[] } {
  const lines: Line[] = []
  const write = (level: Line['level']) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message })
  }
  return { lines, log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } }
}

export function fakeSource(
  answers: Answers = {},
): FakeApp & { readonly source: ContextSource; readonly lines: readonly Line[] } {
  const fake = fakeApp(answers)
  const { log, lines } = fakeLog()
  return { ...fake, lines, source: { app: fake.app, viewer: localViewer, log } }
}

import { readdirSync, readFileSync } from 'node:fs'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import type { DialplanLine } from './fake-dialplan.ts'
import type { Json } from './fake-model.ts'
import { answerRest } from './fake-rest.ts'
import { createFakeSwitch, type FakeSwitchOptions } from './fake-switch.ts'
import { allChannels } from './fake-wire.ts'

/** Where calls were listened to when this was recorded. */
const recordedMachine: readonly DialplanLine[] = [
  { app_name: 'NoOp', app_data: 'AMD' },
  { app_name: 'AMD', app_data: '' },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so are variables written in a dialplan.
  { app_name: 'NoOp', app_data: 'AMD ${AMDSTATUS} ${AMDCAUSE}' },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as above.
  { app_name: 'Stasis', app_data: 'dialer,amd,${AMDSTATUS},${AMDCAUSE}' },
]

const folder = new URL('transcripts/', import.meta.url)

/** What was recorded at a real Asterisk: requests with their answers, and events, in the order of their time. */
export interface Transcript {
  readonly scenario: string
  /** The call goes into the dialplan of docs/asterisk.md, and the client hears of every channel; otherwise as it was before there was one. */
  readonly isDocumented?: boolean
  readonly entries: readonly Entry[]
}

type Entry =
  | { readonly t: number; readonly event: Json }
  | { readonly t: number; readonly request: RecordedRequest; readonly response: { status: number; body?: unknown } }

interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: Json
}

function readLines(scenario: string): Json[] {
  return readFileSync(new URL(`${scenario}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Every recorded exchange. */
export function readTranscripts(): Transcript[] {
  const scenarios = readdirSync(folder).map((file) => file.replace('.jsonl', ''))
  return scenarios.flatMap((scenario) => {
    const [header, ...entries] = readLines(scenario)
    const isDocumented = String(header?.mode ?? '').startsWith('context')
    return entries.some((entry) => 'log' in entry)
      ? []
      : [{ scenario, isDocumented, entries: entries as unknown as Entry[] }]
  })
}

/** The lines of one that was kept in words. */
export function readTranscriptLog(scenario: string): string[] {
  return readLines(scenario).flatMap((entry) => (typeof entry.log === 'string' ? [entry.log] : []))
}

/** What an application was not told of when this was recorded. */
const unheardThen = [
  ...['ChannelVarset', 'ChannelDialplan', 'ChannelCallerId', 'ChannelConnectedLine'],
  ...['DeviceStateChanged', 'EndpointStateChange', 'PeerStatusChange', 'ContactStatusChange'],
]

/** Asked for when this was recorded, and not modelled. */
const unmodelled = /\/rtp_statistics$/

/** An event in the words of the transcripts that were kept in words. */
export function wordsOf(event: Json): string {
  const channel = (event.channel ?? event.peer ?? {}) as Json
  const said = ['dialstatus', 'args', 'cause', 'cause_txt', 'tech_cause', 'soft'].flatMap((name) =>
    name in event ? [`${name}=${JSON.stringify(event[name])}`] : [],
  )
  if (event.type === 'ChannelVarset') said.push(String(event.variable))
  return [event.type, ...said, `ch=${channel.id}`, `state=${channel.state}`].join(' ')
}

/** The same out of a line of such a transcript: without its time, and without the value of a variable. */
export function wordsOfLine(line: string): string {
  return line.replace(/^[\d.]+ /, '').replace(/^(ChannelVarset \w+)=.* ch=/, '$1 ch=')
}

/**
 * Plays a recorded exchange to the fake switch: each request is made when as many events were sent as had been before it. Returns what
 * was sent, and what was recorded, both without ids and times.
 */
export async function replay({ entries, isDocumented }: Transcript, options: Partial<FakeSwitchOptions> = {}) {
  const effects = createSimulatedEffects()
  const dialplan = isDocumented ? {} : { machine: recordedMachine }
  const channelvars = isDocumented ? ['dialgraph_installation'] : []
  const fake = createFakeSwitch({ effects, dialplan, channelvars, ...options })
  const sent: Json[] = []
  const name = isDocumented ? 'dialgraph' : 'dialer'
  fake.apps.set(name, {
    ...{ name, channelIds: new Set(isDocumented ? [allChannels] : []), allowed: new Set() },
    disallowed: new Set(isDocumented ? unheardThen : []),
    send: (event) => sent.push(JSON.parse(JSON.stringify(event))),
  })
  const answers: Json[] = []
  const recordedAnswers: Json[] = []
  let eventCount = 0
  for (const entry of entries) {
    if ('event' in entry) eventCount++
    else if (!unmodelled.test(entry.request.path)) {
      const count = eventCount
      await effects.run({ until: () => sent.length >= count, mayRest: true })
      const { method, path, query = {}, body = {} } = entry.request
      const parts = path.replace('/ari/', '').split('/').map(decodeURIComponent)
      const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
      answers.push({ path, ...answerRest(fake, { method, path: parts, query: texts, body }) })
      recordedAnswers.push({ path, ...entry.response })
    }
  }
  await effects.run({ until: () => sent.length >= eventCount, mayRest: true })
  await effects.advance(1000)
  const recorded = entries.flatMap((entry) => ('event' in entry ? [entry.event] : []))
  return {
    sent: normalised(sent),
    recorded: normalised(recorded),
    answers: normalised(answers),
    recordedAnswers: normalised(recordedAnswers),
  }
}

const ignored = new Set(['timestamp', 'creationtime', 'asterisk_id'])

/** Without times; ids and names that Asterisk made by their order; what two records of the same thing differ in by chance left out. */
function normalised(values: readonly Json[]): Json[] {
  const made = new Map<string, string>()
  const orderOf = (kind: string, value: string) => {
    if (!made.has(value))
      made.set(value, `${kind} ${[...made.values()].filter((of) => of.startsWith(kind)).length + 1}`)
    return made.get(value)
  }
  function visit(value: unknown, key: string): unknown {
    if (Array.isArray(value)) return value.map((of) => visit(of, key))
    if (typeof value === 'object' && value !== null) {
      const fields = Object.entries(value).filter(([name]) => !ignored.has(name))
      return Object.fromEntries(fields.map(([name, of]) => [name, visit(of, name)]))
    }
    if (typeof value !== 'string') return value
    if (key === 'protocol_id' && value !== '') return orderOf('call', value)
    const name = /^PJSIP\/(\w+)-[0-9a-f]{8}$/.exec(value)
    if (name) return orderOf(`channel of ${name[1]}`, value)
    if (/^dialer-[\d.]+$/.test(value)) return orderOf('channel', value)
    return value
  }
  return inOrder(values.map((value) => withoutChance(visit(value, '') as Json)))
}

/** The media's figures; how long a recording has lasted; whether a playback had begun when its request was answered; the SIP id that a variable repeats. */
function withoutChance(value: Json): Json {
  const { variable, body, recording } = value
  if (typeof variable === 'string' && /^(RTPAUDIOQOS|BRIDGEPVTCALLID$)/.test(variable)) return { ...value, value: '' }
  if (typeof recording === 'object' && recording !== null && 'duration' in recording)
    return { ...value, recording: { ...recording, duration: 'a figure' } }
  if (typeof body === 'object' && body !== null && 'media_uri' in body)
    return { ...value, body: { ...body, state: '' } }
  if (typeof body === 'object' && body !== null && 'value' in body) return { ...value, body: 'a value' }
  return value
}

/** The two events that say that it rings come in either order, and show the state that they came in. */
function inOrder(events: readonly Json[]): Json[] {
  const ordered = [...events]
  for (let i = 0; i + 1 < ordered.length; i++) {
    const [event, next] = [ordered[i] as Json, ordered[i + 1] as Json]
    if (event.type !== 'Dial' || event.dialstatus !== 'RINGING' || next.type !== 'ChannelStateChange') continue
    ordered[i] = next
    ordered[i + 1] = { ...event, peer: { ...(event.peer as Json), state: 'Ringing' } }
  }
  return ordered
}

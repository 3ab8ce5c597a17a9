import {
  bridgeSnapshot,
  type FakeApp,
  type FakeChannel,
  type Json,
  playbackSnapshot,
  type Target,
  technologyOf,
  timestamp,
} from './fake-model.ts'
import { recordingSnapshot } from './fake-recordings.ts'
import { causesByName } from './fake-script.ts'
import type { FakeSwitch } from './fake-switch.ts'
import { entityId } from './fake-wire.ts'

export interface RestRequest {
  readonly method: string
  /** Below /ari, decoded, in parts. */
  readonly path: readonly string[]
  readonly query: Readonly<Record<string, string>>
  readonly body: Json
}

export interface RestAnswer {
  readonly status: number
  readonly body?: unknown
}

/** Reads a request as it comes over the wire. */
export function parseRequest(method: string, url: string, text: string): RestRequest {
  const [path = '', query = ''] = url.split('?')
  return {
    method,
    path: path.split('/').slice(2).map(decodeURIComponent),
    // Asterisk decodes percents, and leaves a plus as it is.
    query: Object.fromEntries(
      query
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair) => pair.split('=').map(decodeURIComponent)),
    ),
    body: text === '' ? {} : JSON.parse(text),
  }
}

const refuse = (status: number, message: string): RestAnswer => ({ status, body: { message } })
const done: RestAnswer = { status: 204 }
const notInStasis = refuse(409, 'Channel not in Stasis application')
const ringTimeoutDefaultMs = 30_000
const channelIdLengthMax = 149

/** What Asterisk's REST interface answers, as far as it was observed. */
export function answerRest(of: FakeSwitch, request: RestRequest): RestAnswer {
  const { method, path } = request
  const [noun = '', id, verb] = path
  switch (noun) {
    case 'asterisk':
      if (id === 'modules') return { status: 200, body: { name: verb, status: 'Running' } }
      if (id === 'config') return onConfig(path.slice(4))
      return { status: 200, body: id === 'ping' ? pong(of) : info(of) }
    case 'endpoints':
      if (!of.knows(verb ?? '')) return refuse(404, 'Endpoint not found')
      return { status: 200, body: { technology: id, resource: verb, state: 'online', channel_ids: [] } }
    case 'applications':
      return id === undefined
        ? { status: 200, body: [...of.apps.values()].map(appSnapshot) }
        : onApp(of, id, verb, request)
    case 'playbacks':
      return onPlayback(of, id ?? '', method)
    case 'sounds':
      return { status: 200, body: { id, formats: [{ language: 'en', format: 'slin' }] } }
    case 'recordings':
      if (id === 'stored' && verb === undefined) return { status: 200, body: [...of.recordings.stored.values()] }
      return onRecording(of, id ?? '', path[2] ?? '', method)
    case 'bridges':
      if (id === undefined)
        return { status: 200, body: [...of.media.bridges.values()].map((bridge) => bridgeSnapshot(bridge)) }
      return onBridge(of, id, verb, request)
    case 'channels':
      if (id === undefined && method === 'GET')
        return { status: 200, body: [...of.channels.values()].map((channel) => of.snapshot(channel)) }
      if (method === 'POST' && (verb === undefined || id === 'create')) return originate(of, id, request)
      return onChannel(of, id ?? '', path.slice(2), request)
    default:
      return refuse(404, 'Invalid URI')
  }
}

function pong(of: FakeSwitch): Json {
  return { ping: 'pong', timestamp: timestamp(of.effects.now()), asterisk_id: entityId }
}

function info(of: FakeSwitch): Json {
  const startup_time = timestamp(of.startedAt)
  return {
    system: { version: '22.10.1', entity_id: entityId },
    config: { name: 'dialer', default_language: 'en', setid: { user: '', group: '' } },
    status: { startup_time, last_reload_time: startup_time },
  }
}

function appSnapshot({ name, channelIds, allowed, disallowed }: FakeApp): Json {
  return {
    ...{ name, channel_ids: [...channelIds], bridge_ids: [], endpoint_ids: [], device_names: [] },
    events_allowed: [...allowed].map((type) => ({ type })),
    events_disallowed: [...disallowed].map((type) => ({ type })),
  }
}

function onApp(of: FakeSwitch, name: string, verb: string | undefined, { query, body }: RestRequest): RestAnswer {
  const app = of.apps.get(name)
  if (app === undefined) return refuse(404, 'Application not found')
  if (verb === 'eventFilter') {
    filter(app.allowed, body.allowed)
    filter(app.disallowed, body.disallowed)
  } else if (verb === 'subscription') {
    app.channelIds.add(query.eventSource === 'channel:' ? '__AST_CHANNEL_ALL_TOPIC' : (query.eventSource ?? ''))
  }
  return { status: 200, body: appSnapshot(app) }
}

/** What pjsip.conf says, as far as anybody asks for it: every trunk is asked whether it is there. */
function onConfig([type, name]: readonly string[]): RestAnswer {
  if (type === 'endpoint') return { status: 200, body: [{ attribute: 'aors', value: name }] }
  if (type === 'aor') return { status: 200, body: [{ attribute: 'qualify_frequency', value: '60' }] }
  return refuse(404, 'Object not found')
}

function filter(types: Set<string>, wanted: unknown): void {
  types.clear()
  for (const { type } of (wanted ?? []) as { type: string }[]) types.add(type)
}

function originate(of: FakeSwitch, idInPath: string | undefined, { body }: RestRequest): RestAnswer {
  const given = body as Partial<Record<string, string>>
  const { endpoint, app, appArgs, context, extension } = given
  const id =
    idInPath !== undefined && idInPath !== 'create' ? idInPath : (given.channelId ?? of.effects.now().toString())
  if (endpoint === undefined) return refuse(400, 'Endpoint must be specified')
  if (app === undefined && extension === undefined) return refuse(400, 'Application or extension must be specified')
  if (!endpoint.includes('/')) return refuse(400, 'Invalid endpoint specified')
  if (id.length > channelIdLengthMax) return refuse(400, `Uniqueid length exceeds maximum of ${channelIdLengthMax}`)
  if (of.channels.has(id)) return refuse(409, 'Channel with given unique ID already exists')
  const [tech, dialed = ''] = endpoint.split('/')
  if (tech !== 'PJSIP' || endpoint.includes('&') || !of.knows(dialed.split('@').at(-1) ?? '')) {
    return { status: 500, body: { error: 'Allocation failed' } }
  }
  const target: Target =
    app !== undefined
      ? { type: 'APP', app, args: appArgs === undefined ? [] : appArgs.split(',') }
      : { type: 'CONTEXT', context: context ?? '', exten: extension ?? '', priority: 1 }
  const originator = of.channels.get(given.originator ?? '')
  const caller = partyOf(given.callerId)
  const variables = (body.variables ?? {}) as Record<string, string>
  const timeout = Number(body.timeout ?? 0)
  const timeoutMs = timeout < 0 ? null : timeout * 1000 || ringTimeoutDefaultMs
  const connected = originator?.caller ?? caller
  const channel = of.originate({ id, endpoint, target, caller, connected, variables, timeoutMs })
  return { status: 200, body: of.snapshot(channel) }
}

/** "Acme" <15550100>, or a number, shrunk to what can be dialed; a word is a name. */
function partyOf(callerId: string | undefined): { name: string; number: string } {
  const named = /^"?([^"<]*?)"? *<([^>]*)>$/.exec(callerId ?? '')
  if (named) return { name: named[1] ?? '', number: named[2] ?? '' }
  const number = (callerId ?? '').replace(/[\s()-]/g, '')
  return /^[+\d*#]+$/.test(number) ? { name: '', number } : { name: callerId ?? '', number: '' }
}

function onChannel(of: FakeSwitch, id: string, [verb, verbId]: readonly string[], request: RestRequest): RestAnswer {
  const { method, query } = request
  const channel = of.channels.get(id)
  if (channel === undefined)
    return refuse(404, verb === 'variable' ? 'Provided channel was not found' : 'Channel not found')
  switch (verb) {
    case undefined:
      return method === 'DELETE' ? hangUp(of, channel, query) : { status: 200, body: of.snapshot(channel) }
    case 'variable':
      return method === 'POST' ? setVariable(of, channel, query) : readVariable(of, channel, query.variable ?? '')
    case 'variables': {
      const names = (query.variables ?? '').split(',')
      return {
        status: 200,
        body: { variables: Object.fromEntries(names.map((of) => [of, channel.variables.get(of)])) },
      }
    }
    case 'play':
      return play(of, channel, verbId ?? query.playbackId ?? '', query.media ?? '')
    case 'record':
      return record(of, channel, query)
    case 'snoop': {
      const args = query.appArgs === undefined ? [] : query.appArgs.split(',')
      return { status: 200, body: of.snapshot(of.snoop(channel, verbId ?? '', query.app ?? '', args)) }
    }
    case 'continue':
      return goOn(of, channel, query)
    case 'dtmf':
      return channel.stasisApp === null ? notInStasis : done
    default:
      // Music on hold.
      return done
  }
}

function hangUp(of: FakeSwitch, channel: FakeChannel, { reason, reason_code }: RestRequest['query']): RestAnswer {
  if (reason !== undefined && reason_code !== undefined)
    return refuse(400, "The reason and reason_code can't both be specified")
  // The answer goes out before what comes of it.
  of.effects.timer(0, () => {
    if (of.channels.get(channel.id) === channel)
      of.hangUp(channel, causesByName[reason ?? ''] ?? Number(reason_code ?? 16))
  })
  return done
}

function setVariable(of: FakeSwitch, channel: FakeChannel, { variable, value }: RestRequest['query']): RestAnswer {
  of.setVariable(channel, variable ?? '', value ?? '')
  return done
}

function readVariable(of: FakeSwitch, channel: FakeChannel, name: string): RestAnswer {
  const { caller, protocolId, variables } = channel
  const [, exten] = /^DIALPLAN_EXISTS\([^,]*,(\w+),1\)$/.exec(name) ?? []
  if (exten !== undefined) return { status: 200, body: { value: of.dialplan.has(exten) ? '1' : '0' } }
  const functions: Record<string, string> = {
    'CALLERID(all)': `"${caller.name}" <${caller.number}>`,
    'CHANNEL(pjsip,call-id)': protocolId,
    'CHANNEL(hangupsource)': '',
    'CHANNEL(audionativeformat)': '(ulaw)',
  }
  const value = variables.get(name) ?? functions[name]
  if (value !== undefined) return { status: 200, body: { value } }
  return name.endsWith(')')
    ? refuse(500, 'Unable to read provided function')
    : refuse(404, 'Provided variable was not found')
}

function play(of: FakeSwitch, channel: FakeChannel, id: string, media: string): RestAnswer {
  if (channel.stasisApp === null) return notInStasis
  return { status: 201, body: playbackSnapshot(of.media.play(channel, id, media.split(','))) }
}

function onPlayback(of: FakeSwitch, id: string, method: string): RestAnswer {
  const playback = [...of.channels.values()].flatMap((channel) => channel.playbacks).find((one) => one.id === id)
  if (playback === undefined) return refuse(404, 'Playback not found')
  if (method === 'GET') return { status: 200, body: playbackSnapshot(playback) }
  of.effects.timer(0, () => {
    if (playback.channel.playbacks.includes(playback)) of.media.stop(playback)
  })
  return done
}

function record(of: FakeSwitch, channel: FakeChannel, query: RestRequest['query']): RestAnswer {
  const { name = '', format = '', maxDurationSeconds = '0' } = query
  if (channel.stasisApp === null) return notInStasis
  if (of.recordings.live.has(name) || of.recordings.stored.has(name))
    return refuse(409, `Recording '${name}' already exists and can not be overwritten`)
  const recording = of.recordings.record(channel, name, format, Number(maxDurationSeconds))
  return { status: 201, body: recordingSnapshot(recording) }
}

function onRecording(of: FakeSwitch, kind: string, name: string, method: string): RestAnswer {
  const { live, stored, finish } = of.recordings
  const recording = live.get(name)
  const kept = stored.get(name)
  if (kind === 'stored') return kept === undefined ? refuse(404, 'Recording not found') : { status: 200, body: kept }
  if (recording === undefined) return refuse(404, 'Recording not found')
  if (method === 'GET') return { status: 200, body: recordingSnapshot(recording) }
  of.effects.timer(0, () => finish(recording))
  return done
}

function goOn(of: FakeSwitch, channel: FakeChannel, query: RestRequest['query']): RestAnswer {
  if (channel.stasisApp === null) return notInStasis
  of.effects.timer(0, () => {
    if (of.channels.get(channel.id) !== channel) return
    of.dialplan.leaveStasis(channel)
    of.dialplan.goTo(channel, query.context ?? '', query.extension ?? '')
  })
  return done
}

function onBridge(of: FakeSwitch, id: string, verb: string | undefined, { method, query }: RestRequest): RestAnswer {
  if (method === 'POST' && verb === undefined) {
    return { status: 200, body: bridgeSnapshot(of.media.createBridge(id, query.name ?? '')) }
  }
  const bridge = of.media.bridges.get(id)
  if (bridge === undefined) return refuse(404, 'Bridge not found')
  if (method === 'GET') return { status: 200, body: bridgeSnapshot(bridge, technologyOf(bridge)) }
  if (method === 'DELETE') {
    of.effects.timer(0, () => of.media.destroyBridge(bridge))
    return done
  }
  const channel = of.channels.get(query.channel ?? '')
  if (channel === undefined) return refuse(400, 'Channel not found')
  if (channel.stasisApp === null) return refuse(422, 'Channel not in Stasis application')
  if (channel.recording !== null) return refuse(409, 'Channel currently recording')
  of.effects.timer(0, () => {
    if (of.channels.has(channel.id)) of.media.enter(channel, bridge)
  })
  return done
}

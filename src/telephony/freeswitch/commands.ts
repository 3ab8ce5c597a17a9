import type { HangupReason } from '../../domain/campaigncall.ts'
import { assert } from '../../kernel/assert.ts'
import { isDialable } from '../number.ts'

const uuidPattern = /^[0-9A-Za-z-]{1,64}$/
const gatewayPattern = /^[A-Za-z0-9_.-]{1,64}(::[A-Za-z0-9_.-]{1,64})?$/
const extensionPattern = /^[A-Za-z0-9*#+_.-]{1,32}$/
const endpointPattern = /^[A-Za-z0-9_.@:/*#+-]*\{extension\}[A-Za-z0-9_.@:/*#+-]*$/
const variableNamePattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
/** Names that are not part of a dial string may hold the id of something. */
const setNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/
/** What means nothing to any of the passes that a dial string goes through at the switch. */
const plainValuePattern = /^[A-Za-z0-9_.:+@/-]{1,255}$/
/** What means nothing to them between single quotes. A comma does: the first pass takes the quotes away before it is read. */
const quotedValuePattern = /^[A-Za-z0-9_.:+@/()=?!*#%&;~ -]{1,255}$/

/** The name of a gateway, with its profile if need be (`external::trunk`). */
export function isGateway(name: string): boolean {
  return gatewayPattern.test(name)
}

/** How an agent's phone is called: a dial string with `{extension}` in it. */
export function isAgentEndpoint(template: string): boolean {
  return endpointPattern.test(template)
}

/** `sofia/gateway/<gateway>/<number>`; null for what is no number. */
export function trunkDialString(gateway: string, number: string): string | null {
  return isDialable(number) ? `sofia/gateway/${gateway}/${number}` : null
}

/** The dial string of an agent's phone; null for what is no extension (docs/rules.md#texts). */
export function agentDialString(template: string, extension: string): string | null {
  return extensionPattern.test(extension) ? template.replace('{extension}', extension) : null
}

export interface OriginateCommand {
  readonly uuid: string
  readonly dialString: string
  readonly ringTimeoutMs: number
  readonly variables: Readonly<Record<string, string>>
}

/** The switch counts whole seconds of the clock: a timer of it ends up to one second early. */
const earlyMaxSeconds = 1
/** How much longer than we the switch lets a phone ring: with two equal timers it would be unknown which one ended a call. */
const ringMarginSeconds = 2

/**
 * The command that calls and, once it is answered, parks. The switch gives up on its own at least 2 s after `ringTimeoutMs`,
 * in case this process ends before. Null where a variable cannot be carried as it is.
 */
export function originateCommand({ uuid, dialString, ringTimeoutMs, variables }: OriginateCommand): string | null {
  const all = {
    origination_uuid: checkedUuid(uuid),
    // Without it the call would be parked, and its job done, on early media (docs/freeswitch.md#what-is-asked-of-the-switch).
    ignore_early_media: 'true',
    originate_timeout: String(Math.ceil(ringTimeoutMs / 1000) + earlyMaxSeconds + ringMarginSeconds),
  }
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  for (const [name, value] of Object.entries(variables)) {
    const quoted = quote(value)
    if (!variableNamePattern.test(name) || Object.hasOwn(all, name) || quoted === null) return null
    pairs.push(`${name}=${quoted}`)
  }
  return `originate {${pairs.join(',')}}${dialString} &park()`
}

/** Null for a value that would not arrive as it is, or would end the list that it is part of. */
function quote(value: string): string | null {
  // Wherever it stands, it cuts the dial string into several calls.
  if (value.includes(':_:')) return null
  if (plainValuePattern.test(value)) return value
  // Blanks at the edges are cut off in spite of the quotes.
  return quotedValuePattern.test(value) && value.trim() === value ? `'${value}'` : null
}

/** The cause keeps the reason for later readers, including this program after a restart. */
const killCauses: Partial<Record<HangupReason, string>> = { NO_ANSWER: 'NO_ANSWER', TIMEOUT: 'ALLOTTED_TIMEOUT' }

export function killCommand(uuid: string, reason: HangupReason | null): string {
  const cause = reason === null ? undefined : killCauses[reason]
  return `uuid_kill ${checkedUuid(uuid)}${cause === undefined ? '' : ` ${cause}`}`
}

export function existsCommand(uuid: string): string {
  return `uuid_exists ${checkedUuid(uuid)}`
}

export function dumpCommand(uuid: string): string {
  return `uuid_dump ${checkedUuid(uuid)} json`
}

export function readVariableCommand(uuid: string, name: string): string {
  return `uuid_getvar ${checkedUuid(uuid)} ${name}`
}

export function bridgeCommand(uuid: string, otherUuid: string): string {
  return `uuid_bridge ${checkedUuid(uuid)} ${checkedUuid(otherUuid)}`
}

/**
 * A path with a name in it, which distinguishes the events of two playbacks of the same file: the switch
 * repeats the whole of it, and takes the name for a parameter of the file. `path` comes from `playablePath`, or is `tonePath`.
 */
export function namedPath(name: string, path: string): string {
  return `{dialgraph=${checkedUuid(name)}}${path}`
}

/** `path` comes from `namedPath`. */
export function playCommand(uuid: string, path: string): string {
  return `uuid_broadcast ${checkedUuid(uuid)} ${path} aleg`
}

/**
 * Ends what is played, and forgets what the channel has not begun to play: of that the switch says nothing, neither that it
 * began nor that it ended.
 */
export function breakCommand(uuid: string): string {
  return `uuid_break ${checkedUuid(uuid)} all`
}

/** Ends what is played, and leaves what is to follow. */
export function skipCommand(uuid: string): string {
  return `uuid_break ${checkedUuid(uuid)}`
}

/** One digit: the pause between two of them is ours, because the switch knows none but half a second and a whole one. */
export function sendDigitCommand(uuid: string, digit: string, durationMs: number): string {
  assert(/^[0-9*#A-D]$/.test(digit), 'a digit')
  return `uuid_send_dtmf ${checkedUuid(uuid)} ${digit}@${durationMs}`
}

/** `path` is that of a file at the switch. The switch ends the recording automatically a little after `durationMaxMs`. */
export function startRecordingCommand(uuid: string, path: string, durationMaxMs: number | null): string {
  const limit = durationMaxMs === null ? '' : ` ${Math.ceil(durationMaxMs / 1000) + earlyMaxSeconds + 1}`
  return `uuid_record ${checkedUuid(uuid)} start ${path}${limit}`
}

export function stopRecordingCommand(uuid: string, path: string): string {
  return `uuid_record ${checkedUuid(uuid)} stop ${path}`
}

/** Lists what listens to a channel, recordings among it, by the paths of their files. */
export function listenersCommand(uuid: string): string {
  return `uuid_buglist ${checkedUuid(uuid)}`
}

/** Sets variables of a channel to values that hold neither `;` nor `=`. */
export function setVariablesCommand(uuid: string, variables: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(variables).map(([name, value]) => {
    assert(setNamePattern.test(name) && plainValuePattern.test(value), 'a variable of plain letters')
    return `${name}=${value}`
  })
  return `uuid_setvar_multi ${checkedUuid(uuid)} ${pairs.join(';')}`
}

export function clearVariableCommand(uuid: string, name: string): string {
  assert(setNamePattern.test(name), 'the name of a variable')
  return `uuid_setvar ${checkedUuid(uuid)} ${name}`
}

function checkedUuid(uuid: string): string {
  assert(uuidPattern.test(uuid), 'an id of letters, digits and dashes')
  return uuid
}

/** Whatever the switch may read as more than a letter of a path: `::` starts an application, `${…}` a command, `!` ends one. */
const unsafeInUrl = /[^A-Za-z0-9._~/?&=%+:-]/g
const localPathPattern = /^\/[A-Za-z0-9._/-]{1,1000}$/
const urlLengthMax = 2000

/** Half a second of 1000 Hz, made by the switch itself (mod_tone_stream). */
export const tonePath = 'tone_stream://%(500,0,1000)'

/** How the switch fetches a URL: with mod_http_cache, or with whatever module of it plays `http://`. */
export type FetchScheme = 'http_cache' | 'http'

export function isLocalPath(path: string): boolean {
  return localPathPattern.test(path)
}

/** Where a recording is written: a file in a folder of the switch. */
export function recordingPath(folder: string, recordingId: string): string {
  return `${folder.replace(/\/$/, '')}/${checkedUuid(recordingId)}.wav`
}

/**
 * What is handed to the switch to play a recording: a URL, which the switch fetches, or the path of a file that it can see.
 * Null for what is neither.
 */
export function playablePath(source: string, scheme: FetchScheme = 'http_cache'): string | null {
  if (isLocalPath(source)) return source
  if (!URL.canParse(source)) return null
  const { protocol, host, username, password, pathname, search } = new URL(source)
  if (!['http:', 'https:'].includes(protocol) || username !== '' || password !== '') return null
  // An address of IPv6 has colons in a row, which the switch takes for an application.
  if (!/^[A-Za-z0-9.-]+(:\d+)?$/.test(host)) return null
  const path = `${pathname}${search}`.replace(unsafeInUrl, percentEncoded).replaceAll('::', '%3A%3A')
  const url = `${protocol}//${host}${path}`
  if (path.length > urlLengthMax) return null
  return scheme === 'http_cache' ? `http_cache://${url}` : url
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

import { isLoopback } from '../kernel/loopback.ts'

/** A mailbox; `name` may be empty. */
interface Mailbox {
  readonly name: string
  readonly address: string
}

/** Where mail is handed in. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** SERVER: TLS from the first byte. REQUIRED: nothing is sent before STARTTLS. OFFERED: where the server can. NONE: never. */
  readonly encryption: 'SERVER' | 'REQUIRED' | 'OFFERED' | 'NONE'
  readonly login: { readonly user: string; readonly password: string } | null
  readonly from: Mailbox
}

/** Where messages are handed in: a message centre that speaks SMPP 3.4, or a gateway that takes JSON over HTTP. */
export type MessageServer =
  | {
      readonly type: 'SMPP'
      readonly host: string
      readonly port: number
      readonly encrypted: boolean
      readonly systemId: string
      readonly password: string
      readonly systemType: string
      /** How a text that does not fit into one message is sent: in parts with a user data header, or as one payload. */
      readonly long: 'PARTS' | 'PAYLOAD'
    }
  | { readonly type: 'HTTP'; readonly url: URL; readonly authorization: string | null }

const addressLengthMax = 254
const localPartLengthMax = 64
/** Characters that end an address or a header, or that need quoting, have no place in a plain address (RFC 5321 4.1.2). */
const addressPattern = /^([^\s\p{Cc}@<>()[\]\\,;:"]+)@([^\s\p{Cc}@<>()[\]\\,;:"]+)$/u

/** One plain address without a name: it can go into a command or a header as it stands. */
export function isMailAddress(text: string): boolean {
  const [, local = ''] = addressPattern.exec(text) ?? []
  return local !== '' && local.length <= localPartLengthMax && text.length <= addressLengthMax
}

/** `Sales <sales@example.com>` or the address alone; null for anything else. */
function parseMailbox(text: string): Mailbox | null {
  const [, name = '', address = text.trim()] = /^([^<>]*)<([^<>]*)>\s*$/.exec(text) ?? []
  return isMailAddress(address) && !/\p{Cc}/u.test(name) ? { name: name.trim(), address } : null
}

/**
 * smtp(s)://user:password@host:port?from=address. A password leaves this machine over TLS only. Null for what is not one, a
 * parameter that is not known included.
 */
export function parseMailUrl(text: string): MailServer | null {
  const parts = splitUrl(text, ['smtp:', 'smtps:'], ['from'])
  const from = parseMailbox(parts?.parameters.get('from') ?? '')
  if (parts === null || from === null) return null
  const { protocol, host, port, user, password } = parts
  const login = user === '' ? null : { user, password }
  if (protocol === 'smtps:') return { host, port: port ?? 465, encryption: 'SERVER', login, from }
  const isLocal = isLoopback(parts.hostname)
  return { host, port: port ?? 587, encryption: isLocal ? 'NONE' : login ? 'REQUIRED' : 'OFFERED', login, from }
}

/**
 * smpp(s)://system_id:password@host:port?system_type=…&long=payload, or the http(s):// address of a gateway. Null for what is
 * neither.
 */
export function parseMessageUrl(text: string): MessageServer | null {
  if (/^https?:/i.test(text)) return parseGatewayUrl(text)
  const parts = splitUrl(text, ['smpp:', 'smpps:'], ['system_type', 'long'])
  const long = parts?.parameters.get('long') ?? 'parts'
  if (parts === null || parts.user === '' || !['parts', 'payload'].includes(long)) return null
  const { protocol, host, port, user, password, parameters } = parts
  const encrypted = protocol === 'smpps:'
  return {
    type: 'SMPP',
    ...{ host, port: port ?? (encrypted ? 3550 : 2775), encrypted, systemId: user, password },
    systemType: parameters.get('system_type') ?? '',
    long: long === 'payload' ? 'PAYLOAD' : 'PARTS',
  }
}

function parseGatewayUrl(text: string): MessageServer | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const [user, password] = [decode(url.username), decode(url.password)]
  if (user === null || password === null) return null
  url.username = ''
  url.password = ''
  const authorization = user === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return { type: 'HTTP', url, authorization }
}

/** The parts of an address of those protocols and parameters, without a path; null for any other. */
function splitUrl(text: string, protocols: readonly string[], parametersKnown: readonly string[]) {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  // A plus is a character of addresses, not a space.
  const parameters = new URLSearchParams(search.replaceAll('+', '%2B'))
  const [user, secret] = [decode(username), decode(password)]
  if (!protocols.includes(protocol) || hostname === '' || !['', '/'].includes(pathname) || hash !== '') return null
  if (user === null || secret === null) return null
  if ([...parameters.keys()].some((name) => !parametersKnown.includes(name))) return null
  return {
    ...{ protocol, hostname, user, password: secret, parameters },
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? null : Number(port),
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

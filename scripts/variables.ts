import { type VariableName, variableDefaults } from '../src/config.ts'
import type { CallLimits } from '../src/telephony/driver-module.ts'
import { callLimitsOf } from '../src/telephony/drivers.ts'

/** What the documents say of an environment variable, in Markdown that is valid in a cell of a table. */
export interface VariableDocs {
  /** What the default is, where it is not one value that the code names. */
  readonly default?: string
  readonly values: string
  readonly meaning: string
  /** The row of the shorter table in README.md; variables without it are not listed there. */
  readonly short?: { readonly default?: string; readonly meaning: string }
}

/** Every variable of the program, in the order of the tables. `npm run docs` prints them. */
export const variableDocs: Readonly<Record<VariableName, VariableDocs>> = {
  DIALGRAPH_DATABASE: {
    values: 'a path',
    meaning:
      'File of the database. The default file is created when it does not exist. Any other must exist, or `--create` be given, so that a mistyped path does not become an empty database.',
    short: { meaning: 'file of the database; only the default file is created automatically' },
  },
  DIALGRAPH_HOST: {
    values: '`127.0.0.1`, `::1`, `localhost`',
    meaning:
      'Address to listen on. Others are refused: there is no authentication yet. Requests whose Host header names anything but this machine are refused too.',
    short: { meaning: '`127.0.0.1`, `::1` or `localhost`' },
  },
  DIALGRAPH_PORT: {
    values: '0 to 65535',
    meaning: 'Port to listen on; 0 takes a free one. The address is printed as one line, `listening on http://…`.',
    short: { meaning: '0 takes a free one' },
  },
  DIALGRAPH_ALLOWED_ORIGINS: {
    values: 'origins, separated by commas',
    meaning:
      'Pages of these origins may use the API too, for example `http://localhost:5173`; see [clients.md](clients.md#pages-of-another-origin).',
    short: { meaning: 'other origins whose pages may use the API, for example `http://localhost:5173`' },
  },
  DIALGRAPH_DRIVER: {
    values: '`simulator`, `asterisk`, `freeswitch`',
    meaning: 'What places the calls.',
    short: {
      meaning: 'what places the calls: `simulator`, `asterisk` or `freeswitch`; each switch has variables of its own',
    },
  },
  DIALGRAPH_ARI_URL: {
    values: '`http://host:port/ari`',
    meaning: 'The REST interface of Asterisk, by http or https; see [asterisk.md](asterisk.md).',
  },
  DIALGRAPH_ARI_USERNAME: { values: 'one line', meaning: 'The user name there.' },
  DIALGRAPH_ARI_PASSWORD: { values: 'one line', meaning: 'Its password.' },
  DIALGRAPH_ARI_TRUNK: { values: 'a name', meaning: 'The PJSIP endpoint that calls leave through.' },
  DIALGRAPH_ARI_MODE: {
    values: '`app`, `context`',
    meaning: '`context` needs some lines in the dialplan, and keeps answered calls while the connection is down.',
  },
  DIALGRAPH_ARI_AGENT_ENDPOINT: { values: 'a dial string', meaning: 'How the phone of an agent is called.' },
  DIALGRAPH_ARI_APP: {
    values: 'a name',
    meaning: 'The application that Asterisk hands answered calls to. Each installation needs one of its own.',
  },
  DIALGRAPH_ARI_CONTEXT: { values: 'a name', meaning: 'The context of the dialplan, in mode `context`.' },
  DIALGRAPH_ESL_URL: {
    values: '`esl://host:port`',
    meaning: 'The event socket of FreeSWITCH; see [freeswitch.md](freeswitch.md).',
  },
  DIALGRAPH_ESL_PASSWORD: { values: 'one line', meaning: 'Its password.' },
  DIALGRAPH_ESL_GATEWAY: { values: 'a name', meaning: 'The gateway that calls leave through.' },
  DIALGRAPH_ESL_AGENT_ENDPOINT: { values: 'a dial string', meaning: 'How the phone of an agent is called.' },
  DIALGRAPH_ESL_FETCH_SCHEME: { values: '`http_cache`, `http`', meaning: 'How the switch fetches what it plays.' },
  DIALGRAPH_ESL_RECORDINGS_FOLDER: {
    default: "the switch's own",
    values: 'a path',
    meaning: 'Where the switch writes recordings.',
  },
  DIALGRAPH_SIMULATOR_SPEED: {
    values: '1 to 1000',
    meaning: "Divides the simulated carrier's times of ringing, talking and speech.",
    short: { meaning: '1 to 1000: how much faster than real time the simulated carrier is' },
  },
  DIALGRAPH_SIMULATOR_SEED: {
    values: '0 to 4294967295',
    meaning: 'Decides the outcome of calls to numbers that follow no script.',
    short: { meaning: 'another seed gives other outcomes of the calls' },
  },
  DIALGRAPH_SIMULATOR_ANSWER_RATE: {
    values: '0 to 1',
    meaning: 'Share of the unscripted calls that a person answers.',
    short: { meaning: 'share of the unscripted calls that a person answers' },
  },
  DIALGRAPH_SIMULATOR_URL: {
    values: '`ws://host:port`',
    meaning:
      'Where a simulated carrier runs as a process of its own. Without it the simulated carrier runs in this process.',
  },
  DIALGRAPH_CONCURRENT_CALLS_MAX: {
    default: byDriver('concurrentCallsMax'),
    values: '0 to 100000',
    meaning: 'Most calls in flight over all campaigns; 0 for no limit.',
    short: { meaning: 'calls in flight over all campaigns; 0 for no limit' },
  },
  DIALGRAPH_CALLS_PER_SECOND: {
    default: byDriver('callsPerSecond'),
    values: '0 to 100000',
    meaning:
      'Most new calls per second over all campaigns; 0 for no limit. A switch accepts calls until it breaks: raise this only to a rate that yours has handled in a test.',
    short: { meaning: 'new calls per second over all campaigns; 0 for no limit' },
  },
  DIALGRAPH_CALL_DURATION_MAX_MS: {
    values: '1000 to 86400000',
    meaning: 'Longest call after the answer, in milliseconds; it is then hung up, TIMEOUT.',
    short: { meaning: 'longest call after the answer' },
  },
  DIALGRAPH_TTS: {
    default: '`espeak-ng`, where it is installed',
    values: 'a command',
    meaning:
      'Renders the texts of TALK: reads a text from its standard input and writes a WAV file to its standard output; `{language}` and `{gender}` in its arguments are replaced. Not needed by the simulated carrier. See [sending.md](sending.md).',
    short: { default: '`espeak-ng`, if installed', meaning: 'the command that renders the texts of TALK' },
  },
  DIALGRAPH_SPEECH_URL: {
    values: '`http://host:port`',
    meaning:
      'Needed when the switch runs on another machine: an address of this machine that the switch can reach. Rendered texts are served on that port, and nothing else.',
  },
  DIALGRAPH_SMTP_URL: {
    values: '`smtp(s)://user:password@host:port?from=address`',
    meaning: 'The mail server that EMAIL_SEND submits to.',
    short: { meaning: 'the mail server that e-mails are submitted to' },
  },
  DIALGRAPH_SMPP_URL: {
    values: '`smpp(s)://system_id:password@host:port`, or `http(s)://…`',
    meaning: 'Where MESSAGE_SEND submits text messages: a message centre, or a gateway that takes JSON.',
    short: { meaning: 'the message centre or gateway that text messages are submitted to' },
  },
  DIALGRAPH_WEBHOOK_SECRET: {
    values: '`whsec_…`, or 16 characters and more',
    meaning: 'The key that WEBHOOK_SEND signs with.',
    short: { meaning: 'the key that webhooks are signed with' },
  },
  DIALGRAPH_TRANSITIONS_KEPT_DAYS: {
    values: '1 to 3650',
    meaning:
      'How long transitions are kept, in days; older ones are pruned, except those of a call in flight. A cursor older than the retained log is CURSOR_EXPIRED.',
    short: { meaning: 'how long transitions are kept, in days' },
  },
  DIALGRAPH_DEFAULT_COUNTRY: {
    values: 'ISO 3166 code, for example `US`',
    meaning: 'Country whose national numbers are understood. Without it numbers have to be international.',
    short: { meaning: 'country whose national numbers are understood, for example `US`' },
  },
  DIALGRAPH_LOG_LEVEL: {
    values: '`fatal`, `error`, `warn`, `info`, `debug`, `trace`, `silent`',
    meaning: 'Entries of this level and of more severe ones are logged.',
    short: { meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`' },
  },
}

/** The default of a variable as a cell of a table; – where it has none. */
export function defaultOf(name: VariableName): string {
  const value = variableDocs[name].default ?? variableDefaults[name]
  if (variableDocs[name].default !== undefined) return String(value)
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '–' : `\`${value}\``
}

function byDriver(limit: keyof CallLimits): string {
  const [simulated, switched] = [callLimitsOf('simulator'), callLimitsOf('asterisk')]
  return `\`${simulated[limit]}\`; \`${switched[limit]}\` with a switch`
}

import { z } from 'zod'
import { isCountry } from './domain/address.ts'
import { readEnvironment } from './kernel/environment.ts'
import { StartError } from './kernel/errors.ts'
import { quote } from './kernel/quote.ts'
import { parsed, wholeNumber } from './kernel/variable-types.ts'
import { limits } from './limits.ts'
import { type MailServer, type MessageServer, parseMailUrl, parseMessageUrl } from './sending/servers.ts'
import {
  type CarrierConfig,
  callLimitsOf,
  carrierOf,
  driverNames,
  driverVariables,
  requiredVariables,
  switchUrlOf,
} from './telephony/drivers.ts'
import { type SimulatorSettings, simulator } from './telephony/simulator/module.ts'

/** Configuration by environment variables; see docs/configuration.md. */
export interface Config extends CarrierConfig {
  /** The simulated carrier of the commands that need no other, whatever places the calls. */
  readonly simulated: SimulatorSettings
  /** `mayCreate` is true for the default path only: a mistyped name is an error, not an empty database. */
  readonly database: { readonly file: string; readonly mayCreate: boolean }
  readonly host: string
  readonly port: number
  /** Origins whose pages may use the API, as browsers send them. */
  readonly allowedOrigins: readonly string[]
  readonly callDurationMaxMs: number
  readonly speech: {
    /** The command that speaks a text; null for espeak-ng. */
    readonly command: string | null
    /** Where a switch on another machine fetches spoken texts: http://host:port. Null: from the address of the API. */
    readonly url: string | null
    /** Address of the switch, which fetches spoken texts; null if the carrier speaks itself. */
    readonly switchUrl: string | null
  }
  /** The mail server; null if e-mails cannot be sent. */
  readonly mail: MailServer | null
  /** The message centre or gateway; null if text messages cannot be sent. */
  readonly messages: MessageServer | null
  /** The key that signs webhooks. */
  readonly webhookSecret: string | null
  /** How long transitions are kept. */
  readonly transitionsKeptDays: number
  readonly defaultCountry: string | null
  readonly logLevel: (typeof logLevels)[number]
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const loopbackHosts = ['127.0.0.1', 'localhost', '::1']

/** http://host:port and nothing else. */
const isPlainAddress = (text: string) => /^http:\/\/[^\s/?#@]+:\d{1,5}\/?$/.test(text) && URL.canParse(text)

/** Comma-separated origins, each exactly as a browser sends it: without a path, and without a default port. */
const origins = z.string().transform((text, ctx): readonly string[] => {
  const listed = text.split(',').map((origin) => origin.trim())
  for (const origin of listed.filter((of) => !isOrigin(of))) {
    const message = `must be origins such as http://localhost:5173, separated by commas; "${quote(origin)}" is not an origin`
    ctx.addIssue({ code: 'custom', message, input: text })
  }
  return listed
})

function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

const variables = z.object({
  DIALGRAPH_DATABASE: z
    .string()
    .refine((path) => !/^(file|postgres|postgresql):/.test(path), 'must be the path of a file')
    .default('data/dialgraph.sqlite'),
  DIALGRAPH_HOST: z
    .string()
    .refine(
      (host) => loopbackHosts.includes(host),
      'must be 127.0.0.1, ::1 or localhost: there is no authentication yet, and anybody who reaches the API can place calls',
    )
    .default('127.0.0.1'),
  DIALGRAPH_PORT: wholeNumber(0, 65_535).default(4000),
  DIALGRAPH_ALLOWED_ORIGINS: origins.default([]),
  DIALGRAPH_DRIVER: z.enum(driverNames, `must be one of ${driverNames.join(', ')}`).default('simulator'),
  ...driverVariables,
  DIALGRAPH_CONCURRENT_CALLS_MAX: wholeNumber(0, 100_000).optional(),
  DIALGRAPH_CALLS_PER_SECOND: wholeNumber(0, 100_000).optional(),
  DIALGRAPH_CALL_DURATION_MAX_MS: wholeNumber(1000, 24 * 3600 * 1000).default(3_600_000),
  DIALGRAPH_TTS: z.string().trim().min(1, 'must be a command').optional(),
  DIALGRAPH_SPEECH_URL: z
    .string()
    .refine(isPlainAddress, 'must be an address of this machine with a port, such as http://10.0.0.5:4001')
    .optional(),
  DIALGRAPH_SMTP_URL: parsed(
    parseMailUrl,
    'must be an address such as smtp://user:password@mail.example.com:587?from=calls@example.com',
  ).optional(),
  DIALGRAPH_SMPP_URL: parsed(
    parseMessageUrl,
    'must be an address such as smpp://system_id:password@smsc.example.com:2775, or that of a gateway by http or https',
  ).optional(),
  DIALGRAPH_WEBHOOK_SECRET: z
    .string()
    .regex(
      /^(whsec_[A-Za-z0-9+/]{32,}={0,2}|(?!whsec_).{16,})$/,
      'must be whsec_ and a key in base64, or a text of at least 16 characters',
    )
    .optional(),
  DIALGRAPH_TRANSITIONS_KEPT_DAYS: wholeNumber(limits.transitionsKeptDaysMin, limits.transitionsKeptDaysMax).default(
    limits.transitionsKeptDaysDefault,
  ),
  DIALGRAPH_DEFAULT_COUNTRY: z
    .string()
    .refine(isCountry, 'must be an ISO 3166 code of a country, for example US')
    .optional(),
  DIALGRAPH_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
})

const prefix = 'DIALGRAPH_'

export type VariableName = keyof typeof variables.shape

/** Names of all variables that are read. */
export const variableNames: readonly string[] = Object.keys(variables.shape)

/**
 * Reads the configuration from an environment. Throws a StartError (78) that lists every invalid variable and every
 * unknown DIALGRAPH_ variable: a mistyped name would otherwise be a setting that silently does nothing.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const { values, problems: found } = readEnvironment(environment, {
    prefix,
    isKnown: (name) => name in variables.shape,
  })
  const problems = [...found]
  const result = variables.safeParse(values)
  if (!result.success) {
    problems.push(...result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`))
  }
  if (result.success) problems.push(...missingFor(result.data))
  if (problems.length > 0 || result.data === undefined) {
    throw new StartError(`The configuration is not valid:\n${problems.map((of) => `  ${of}`).join('\n')}`, 78)
  }
  return Object.freeze(toConfig(result.data, values.DIALGRAPH_DATABASE === undefined))
}

type Values = z.output<typeof variables>

function missingFor(values: Values): string[] {
  const { DIALGRAPH_DRIVER: driver } = values
  const missing = requiredVariables(driver).filter((name) => values[name as keyof Values] === undefined)
  return missing.map((name) => `${name} is needed by the driver ${driver}.`)
}

/** The defaults of the variables; a variable without one is undefined. The call limits depend on the driver. */
export const variableDefaults = variables.parse({})

function toConfig(values: Values, mayCreate: boolean): Config {
  const { DIALGRAPH_DRIVER: driver } = values
  const usual = callLimitsOf(driver)
  const carrier = carrierOf(driver, values)
  return {
    database: { file: values.DIALGRAPH_DATABASE, mayCreate },
    host: values.DIALGRAPH_HOST,
    port: values.DIALGRAPH_PORT,
    allowedOrigins: values.DIALGRAPH_ALLOWED_ORIGINS,
    carrier,
    simulated: simulator.settingsOf(values),
    concurrentCallsMax: values.DIALGRAPH_CONCURRENT_CALLS_MAX ?? usual.concurrentCallsMax,
    callsPerSecond: values.DIALGRAPH_CALLS_PER_SECOND ?? usual.callsPerSecond,
    callDurationMaxMs: values.DIALGRAPH_CALL_DURATION_MAX_MS,
    speech: {
      command: values.DIALGRAPH_TTS ?? null,
      url: values.DIALGRAPH_SPEECH_URL?.replace(/\/$/, '') ?? null,
      switchUrl: switchUrlOf(carrier),
    },
    mail: values.DIALGRAPH_SMTP_URL ?? null,
    messages: values.DIALGRAPH_SMPP_URL ?? null,
    webhookSecret: values.DIALGRAPH_WEBHOOK_SECRET ?? null,
    transitionsKeptDays: values.DIALGRAPH_TRANSITIONS_KEPT_DAYS,
    defaultCountry: values.DIALGRAPH_DEFAULT_COUNTRY ?? null,
    logLevel: values.DIALGRAPH_LOG_LEVEL,
  }
}

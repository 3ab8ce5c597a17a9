import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isCountry } from './domain/address.ts'
import { StartError } from './kernel/errors.ts'
import { limits } from './limits.ts'

/** What an operator decides, by environment variables; see docs/configuration.md. */
export interface Config {
  /** `mayCreate` is true for the default path only: a mistyped name is an error, not an empty database. */
  readonly database: { readonly file: string; readonly mayCreate: boolean }
  readonly host: string
  readonly port: number
  /** What places the calls. */
  readonly driver: (typeof drivers)[number]
  /** Set where the driver is freeswitch. */
  readonly freeswitch: {
    readonly url: string
    readonly password: string
    readonly gateway: string
    readonly agentEndpoint: string
  } | null
  readonly simulator: {
    readonly speed: number
    readonly seed: number
    readonly answerRate: number
    /** Of a carrier that is a process of its own and has these settings itself; null for one in this process. */
    readonly url: string | null
  }
  /** 0 for no limit. */
  readonly concurrentCallsMax: number
  /** 0 for no limit. */
  readonly callsPerSecond: number
  readonly callDurationMaxMs: number
  /** How long transitions are kept. */
  readonly transitionsKeptDays: number
  readonly defaultCountry: string | null
  readonly logLevel: (typeof logLevels)[number]
}

const drivers = ['simulator', 'freeswitch'] as const
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const loopbackHosts = ['127.0.0.1', 'localhost', '::1']

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
const share = z
  .string()
  .regex(/^(0|1|0?\.\d+|1\.0+)$/, 'must be a number from 0 to 1')
  .transform(Number)

/** ws://host:port and nothing else: the simulator knows neither paths nor passwords. */
function isSocketAddress(text: string): boolean {
  if (!/^ws:\/\/[^\s/?#@]+\/?$/.test(text)) return false
  return URL.canParse(text)
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
      'must be 127.0.0.1, ::1 or localhost: there is no authentication yet, and whoever reaches the API can place calls',
    )
    .default('127.0.0.1'),
  DIALGRAPH_PORT: wholeNumber(0, 65_535).default(4000),
  DIALGRAPH_DRIVER: z.enum(drivers, `must be one of ${drivers.join(', ')}`).default('simulator'),
  DIALGRAPH_ESL_URL: z.string().optional(),
  DIALGRAPH_ESL_PASSWORD: z.string().optional(),
  DIALGRAPH_ESL_GATEWAY: z.string().optional(),
  DIALGRAPH_ESL_AGENT_ENDPOINT: z.string().default('user/{extension}'),
  DIALGRAPH_SIMULATOR_SPEED: wholeNumber(1, 1000).default(1),
  DIALGRAPH_SIMULATOR_SEED: wholeNumber(0, 2 ** 32 - 1).default(1),
  DIALGRAPH_SIMULATOR_ANSWER_RATE: share.default(0.3),
  DIALGRAPH_SIMULATOR_URL: z
    .string()
    .refine(isSocketAddress, 'must be the address of a simulator, for example ws://127.0.0.1:4500')
    .optional(),
  DIALGRAPH_CONCURRENT_CALLS_MAX: wholeNumber(0, 100_000).default(1000),
  DIALGRAPH_CALLS_PER_SECOND: wholeNumber(0, 100_000).default(50),
  DIALGRAPH_CALL_DURATION_MAX_MS: wholeNumber(1000, 24 * 3600 * 1000).default(3_600_000),
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
const fileSuffix = '_FILE'

/**
 * Reads the configuration out of an environment. Throws a StartError (78) that lists every variable that is wrong, and
 * every DIALGRAPH_ variable that is not known: a mistyped name would otherwise be a setting that silently does nothing.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = []
  const values = readValues(environment, problems)
  const result = variables.safeParse(values)
  if (!result.success) {
    problems.push(...result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`))
  }
  if (result.data?.DIALGRAPH_DRIVER === 'freeswitch') problems.push(...missingForFreeswitch(result.data))
  if (problems.length > 0 || result.data === undefined) {
    throw new StartError(`The configuration is not valid:\n${problems.map((of) => `  ${of}`).join('\n')}`, 78)
  }
  return Object.freeze(toConfig(result.data, values.DIALGRAPH_DATABASE === undefined))
}

function missingForFreeswitch(data: z.output<typeof variables>): string[] {
  const needed = ['DIALGRAPH_ESL_URL', 'DIALGRAPH_ESL_PASSWORD', 'DIALGRAPH_ESL_GATEWAY'] as const
  return needed.filter((name) => data[name] === undefined).map((name) => `${name} is needed by the driver freeswitch.`)
}

function toConfig(data: z.output<typeof variables>, mayCreate: boolean): Config {
  return {
    database: { file: data.DIALGRAPH_DATABASE, mayCreate },
    host: data.DIALGRAPH_HOST,
    port: data.DIALGRAPH_PORT,
    driver: data.DIALGRAPH_DRIVER,
    freeswitch:
      data.DIALGRAPH_DRIVER === 'freeswitch'
        ? {
            url: data.DIALGRAPH_ESL_URL ?? '',
            password: data.DIALGRAPH_ESL_PASSWORD ?? '',
            gateway: data.DIALGRAPH_ESL_GATEWAY ?? '',
            agentEndpoint: data.DIALGRAPH_ESL_AGENT_ENDPOINT,
          }
        : null,
    simulator: {
      speed: data.DIALGRAPH_SIMULATOR_SPEED,
      seed: data.DIALGRAPH_SIMULATOR_SEED,
      answerRate: data.DIALGRAPH_SIMULATOR_ANSWER_RATE,
      url: data.DIALGRAPH_SIMULATOR_URL ?? null,
    },
    concurrentCallsMax: data.DIALGRAPH_CONCURRENT_CALLS_MAX,
    callsPerSecond: data.DIALGRAPH_CALLS_PER_SECOND,
    callDurationMaxMs: data.DIALGRAPH_CALL_DURATION_MAX_MS,
    transitionsKeptDays: data.DIALGRAPH_TRANSITIONS_KEPT_DAYS,
    defaultCountry: data.DIALGRAPH_DEFAULT_COUNTRY ?? null,
    logLevel: data.DIALGRAPH_LOG_LEVEL,
  }
}

/** The values of the variables, those of NAME_FILE read out of their files. An empty variable is one that is not set. */
function readValues(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || value === undefined || value === '') continue
    const plain = name.endsWith(fileSuffix) ? name.slice(0, -fileSuffix.length) : name
    if (!(plain in variables.shape)) {
      problems.push(`${name} is not a variable of this program.`)
    } else if (plain === name) {
      values[name] = value
    } else if (environment[plain]) {
      problems.push(`${plain} and ${name} are both set; one of them has to go.`)
    } else {
      const content = readSecret(value)
      if (content) values[plain] = content
      else problems.push(`${name} names a file that ${content === null ? 'cannot be read' : 'is empty'}.`)
    }
  }
  return values
}

function readSecret(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

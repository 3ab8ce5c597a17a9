import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { variableDocs } from '../scripts/variables.ts'
import { type Config, readConfig } from '../src/config.ts'
import { StartError } from '../src/kernel/errors.ts'
import { givenPath, runCommand } from './cli/support.ts'

const defaults: Config = {
  database: { file: 'data/dialgraph.sqlite', mayCreate: true },
  host: '127.0.0.1',
  port: 4000,
  allowedOrigins: [],
  carrier: { driver: 'simulator', settings: { speed: 1, seed: 1, answerRate: 0.3, url: null } },
  simulated: { speed: 1, seed: 1, answerRate: 0.3, url: null },
  concurrentCallsMax: 1000,
  callsPerSecond: 50,
  callDurationMaxMs: 3_600_000,
  speech: { command: null, url: null, switchUrl: null },
  mail: null,
  messages: null,
  webhookSecret: null,
  transitionsKeptDays: 90,
  defaultCountry: null,
  logLevel: 'info',
}

/** The lines of the error that an environment leads to, its head left out. */
function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    expect(error.exitCode).toBe(78)
    const [head, ...problems] = error.message.split('\n')
    expect(head).toBe('The configuration is not valid:')
    return problems.map((line) => line.trim())
  }
  return []
}

describe('an environment', () => {
  test('that says nothing means the defaults', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root' })).toEqual(defaults)
  })

  test('sets every variable', () => {
    const config = readConfig({
      DIALGRAPH_DATABASE: '/data/a.sqlite',
      DIALGRAPH_HOST: '::1',
      DIALGRAPH_PORT: '0',
      DIALGRAPH_ALLOWED_ORIGINS: 'http://localhost:5173, https://board.example',
      DIALGRAPH_DRIVER: 'simulator',
      DIALGRAPH_SIMULATOR_SPEED: '1000',
      DIALGRAPH_SIMULATOR_SEED: '4294967295',
      DIALGRAPH_SIMULATOR_ANSWER_RATE: '.75',
      DIALGRAPH_SIMULATOR_URL: 'ws://[::1]:4500',
      DIALGRAPH_CONCURRENT_CALLS_MAX: '0',
      DIALGRAPH_CALLS_PER_SECOND: '100000',
      DIALGRAPH_CALL_DURATION_MAX_MS: '1000',
      DIALGRAPH_TRANSITIONS_KEPT_DAYS: '3650',
      DIALGRAPH_DEFAULT_COUNTRY: 'DE',
      DIALGRAPH_LOG_LEVEL: 'silent',
    })
    const simulated = { speed: 1000, seed: 4_294_967_295, answerRate: 0.75, url: 'ws://[::1]:4500' }
    expect(config).toEqual({
      database: { file: '/data/a.sqlite', mayCreate: false },
      host: '::1',
      port: 0,
      allowedOrigins: ['http://localhost:5173', 'https://board.example'],
      carrier: { driver: 'simulator', settings: simulated },
      simulated,
      concurrentCallsMax: 0,
      callsPerSecond: 100_000,
      callDurationMaxMs: 1000,
      speech: { command: null, url: null, switchUrl: null },
      mail: null,
      messages: null,
      webhookSecret: null,
      transitionsKeptDays: 3650,
      defaultCountry: 'DE',
      logLevel: 'silent',
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('with empty variables is one without them', () => {
    expect(readConfig({ DIALGRAPH_PORT: '', DIALGRAPH_HOST_FILE: '', DIALGRAPH_NONSENSE: '' })).toEqual(defaults)
  })
})

describe('a variable that is not valid is named, with what it must be', () => {
  const port = 'must be a whole number from 0 to 65535.'
  const limit = 'must be a whole number from 0 to 100000.'
  test.each([
    ['DIALGRAPH_DATABASE', 'file:a.sqlite?mode=memory', 'must be the path of a file.'],
    ['DIALGRAPH_DATABASE', 'postgres://localhost/a', 'must be the path of a file.'],
    ['DIALGRAPH_PORT', '65536', port],
    ['DIALGRAPH_PORT', '-1', port],
    ['DIALGRAPH_PORT', '1e3', port],
    ['DIALGRAPH_PORT', ' 80', port],
    ['DIALGRAPH_DRIVER', 'modem', 'must be one of simulator, asterisk, freeswitch.'],
    ['DIALGRAPH_SIMULATOR_SPEED', '0', 'must be a whole number from 1 to 1000.'],
    ['DIALGRAPH_SIMULATOR_SPEED', '1001', 'must be a whole number from 1 to 1000.'],
    ['DIALGRAPH_SIMULATOR_SEED', '4294967296', 'must be a whole number from 0 to 4294967295.'],
    ['DIALGRAPH_SIMULATOR_ANSWER_RATE', '1.1', 'must be a number from 0 to 1.'],
    ['DIALGRAPH_SIMULATOR_ANSWER_RATE', '30%', 'must be a number from 0 to 1.'],
    ['DIALGRAPH_CONCURRENT_CALLS_MAX', '100001', limit],
    ['DIALGRAPH_CALLS_PER_SECOND', '0.5', limit],
    ['DIALGRAPH_CALL_DURATION_MAX_MS', '999', 'must be a whole number from 1000 to 86400000.'],
    ['DIALGRAPH_DEFAULT_COUNTRY', 'Germany', 'must be an ISO 3166 code of a country, for example US.'],
    ['DIALGRAPH_ARI_URL', 'ws://127.0.0.1:8088', 'must be an address such as http://127.0.0.1:8088/ari.'],
    ['DIALGRAPH_ARI_URL', 'http://us:pw@127.0.0.1:8088', 'must be an address such as http://127.0.0.1:8088/ari.'],
    ['DIALGRAPH_ARI_TRUNK', 'trunk/1&2', 'must be the name of a PJSIP endpoint.'],
    ['DIALGRAPH_ARI_MODE', 'create', 'must be one of context, app.'],
    [
      ...['DIALGRAPH_ARI_AGENT_ENDPOINT', 'PJSIP/agent'],
      'must be a dial string with {extension} in it, such as PJSIP/{extension}.',
    ],
    ['DIALGRAPH_ARI_APP', 'a b', 'must be the name of an application.'],
    ['DIALGRAPH_ARI_CONTEXT', 'a,b', 'must be the name of a context of the dialplan.'],
    ['DIALGRAPH_ESL_URL', 'http://127.0.0.1:8021', 'must be an address such as esl://127.0.0.1:8021.'],
    ['DIALGRAPH_ESL_GATEWAY', 'a/b', 'must be the name of a gateway.'],
    [
      ...['DIALGRAPH_ESL_AGENT_ENDPOINT', 'user/1'],
      'must be a dial string with {extension} in it, such as user/{extension}.',
    ],
    ['DIALGRAPH_TTS', '  ', 'must be a command.'],
    [
      ...['DIALGRAPH_SPEECH_URL', 'http://10.0.0.5:4001/speech'],
      'must be an address of this machine with a port, such as http://10.0.0.5:4001.',
    ],
    [
      ...['DIALGRAPH_SMTP_URL', 'smtp://mail.example.com'],
      'must be an address such as smtp://user:password@mail.example.com:587?from=calls@example.com.',
    ],
    [
      ...['DIALGRAPH_SMPP_URL', 'smpp://smsc.example.com'],
      'must be an address such as smpp://system_id:password@smsc.example.com:2775, or that of a gateway by http or https.',
    ],
    ['DIALGRAPH_WEBHOOK_SECRET', 'short', 'must be whsec_ and a key in base64, or a text of at least 16 characters.'],
    ['DIALGRAPH_LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent.'],
  ] as const)('%s=%s', (name, value, sentence) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} ${sentence}`])
  })

  test.each([
    ...['127.0.0.1:4500', 'http://127.0.0.1:4500', 'wss://127.0.0.1:4500', 'ws://', 'ws://a b', 'ws://a:65536'],
    ...['ws://127.0.0.1:4500/path', 'ws://127.0.0.1:4500?a=b', 'ws://127.0.0.1:4500#a', 'ws://user:word@127.0.0.1'],
  ])('DIALGRAPH_SIMULATOR_URL=%s', (url) => {
    expect(problemsOf({ DIALGRAPH_SIMULATOR_URL: url })).toEqual([
      'DIALGRAPH_SIMULATOR_URL must be the address of a simulator, for example ws://127.0.0.1:4500.',
    ])
  })

  test.each([
    ...['*', 'null', 'localhost:5173', 'http://localhost:5173/', 'http://localhost:80', 'HTTP://localhost:5173'],
    ...['http://board.example/app', 'ws://localhost:5173', 'http://*.example', 'http://user@board.example'],
  ])('DIALGRAPH_ALLOWED_ORIGINS=%s', (origin) => {
    const problem = `DIALGRAPH_ALLOWED_ORIGINS must be origins such as http://localhost:5173, separated by commas; "${origin}" is not an origin.`
    expect(problemsOf({ DIALGRAPH_ALLOWED_ORIGINS: origin })).toEqual([problem])
    expect(problemsOf({ DIALGRAPH_ALLOWED_ORIGINS: `http://localhost:5173,${origin}` })).toEqual([problem])
  })

  test.each(['0.0.0.0', '::', '192.168.1.1', 'dialer.example', ' '])('DIALGRAPH_HOST=%s', (host) => {
    expect(problemsOf({ DIALGRAPH_HOST: host })).toEqual([
      'DIALGRAPH_HOST must be 127.0.0.1, ::1 or localhost: there is no authentication yet, and anybody who reaches the API can place calls.',
    ])
  })
})

test('a name that the program does not know is an error', () => {
  expect(problemsOf({ DIALGRAPH_PROT: '4000', DIALGRAPH_ARY_URL_FILE: '/run/secrets/ari' })).toEqual([
    'DIALGRAPH_PROT is not a variable of this program.',
    'DIALGRAPH_ARY_URL_FILE is not a variable of this program.',
  ])
})

test('all that is wrong is listed at once', () => {
  const problems = problemsOf({
    DIALGRAPH_PROT: '4000',
    DIALGRAPH_PORT: 'x',
    DIALGRAPH_HOST: '0.0.0.0',
    DIALGRAPH_LOG_LEVEL_FILE: '/dev/shm/there/is/none',
    DIALGRAPH_CALLS_PER_SECOND: '-1',
  })
  expect(problems.map((line) => line.split(' ')[0])).toEqual([
    'DIALGRAPH_PROT',
    'DIALGRAPH_LOG_LEVEL_FILE',
    'DIALGRAPH_HOST',
    'DIALGRAPH_PORT',
    'DIALGRAPH_CALLS_PER_SECOND',
  ])
})

describe('a variable in _FILE', () => {
  function givenFile(content: string): string {
    const path = givenPath('value')
    writeFileSync(path, content)
    return path
  }

  test('names a file that holds the value', () => {
    expect(readConfig({ DIALGRAPH_PORT_FILE: givenFile('5000\n') }).port).toBe(5000)
  })

  test('works for the database too, which is then not made by itself', () => {
    const { database } = readConfig({ DIALGRAPH_DATABASE_FILE: givenFile('/data/a.sqlite\n') })
    expect(database).toEqual({ file: '/data/a.sqlite', mayCreate: false })
  })

  test('is judged like the variable itself', () => {
    expect(problemsOf({ DIALGRAPH_PORT_FILE: givenFile('http') })).toEqual([
      'DIALGRAPH_PORT must be a whole number from 0 to 65535.',
    ])
  })

  test.each([
    ['a control character', 'secret\u0007'],
    ['bytes that are not UTF-8', Buffer.from('s\u00e9cret', 'latin1')],
  ])('with %s is an error, as it is in the variable itself', (_, content) => {
    const path = givenPath('value')
    writeFileSync(path, content)
    const sentence = 'contains control characters, or bytes that are not UTF-8.'
    expect(problemsOf({ DIALGRAPH_ARI_PASSWORD_FILE: path })).toEqual([
      `The file of DIALGRAPH_ARI_PASSWORD_FILE ${sentence}`,
    ])
    expect(problemsOf({ DIALGRAPH_ARI_PASSWORD: String(content) })).toEqual([`DIALGRAPH_ARI_PASSWORD ${sentence}`])
  })

  test('is an error beside the variable', () => {
    expect(problemsOf({ DIALGRAPH_PORT: '1', DIALGRAPH_PORT_FILE: givenFile('2') })).toEqual([
      'DIALGRAPH_PORT and DIALGRAPH_PORT_FILE are both set; remove one of them.',
    ])
  })

  test('that is not there, or a folder, is an error', () => {
    expect(problemsOf({ DIALGRAPH_PORT_FILE: '/dev/shm', DIALGRAPH_SIMULATOR_SEED_FILE: '/dev/shm/no' })).toEqual([
      'DIALGRAPH_PORT_FILE names a file that cannot be read.',
      'DIALGRAPH_SIMULATOR_SEED_FILE names a file that cannot be read.',
    ])
  })

  test('that is empty is an error', () => {
    expect(problemsOf({ DIALGRAPH_DATABASE_FILE: givenFile('\n') })).toEqual([
      'DIALGRAPH_DATABASE_FILE names a file that is empty.',
    ])
  })
})

test.each(['ws://127.0.0.1:4500', 'ws://localhost:4500/', 'ws://carrier.example', 'ws://[::1]:4500'])(
  '%s is the address of a simulator',
  (url) => {
    expect(readConfig({ DIALGRAPH_SIMULATOR_URL: url }).carrier.settings).toMatchObject({ url })
  },
)

test.each([['serve'], ['simulator'], ['migrate'], ['import', 'a', 'b'], ['demo', '--exit']])(
  '%s ends with exit code 78 and the list',
  async (...args) => {
    const { exitCode, stdout, stderr } = await runCommand(args, { DIALGRAPH_PORT: 'x', DIALGRAPH_HOST: '0.0.0.0' })
    expect(exitCode).toBe(78)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^The configuration is not valid:\n {2}DIALGRAPH_HOST .*\n {2}DIALGRAPH_PORT .*\n$/)
  },
)

describe('the driver freeswitch', () => {
  const complete = {
    DIALGRAPH_DRIVER: 'freeswitch',
    DIALGRAPH_ESL_URL: 'esl://10.0.0.5:8021',
    DIALGRAPH_ESL_PASSWORD: 'secret',
    DIALGRAPH_ESL_GATEWAY: 'trunk',
  }

  test('is told where its switch is, and how agents are called', () => {
    expect(readConfig(complete).carrier.settings).toEqual({
      ...{ url: 'esl://10.0.0.5:8021', password: 'secret', gateway: 'trunk' },
      ...{ agentEndpoint: 'user/{extension}', fetchScheme: 'http_cache', recordingsFolder: null },
    })
  })

  test('may be told how what is played is fetched, and where recordings lie', () => {
    const told = { DIALGRAPH_ESL_FETCH_SCHEME: 'http', DIALGRAPH_ESL_RECORDINGS_FOLDER: '/srv/calls' }
    expect(readConfig({ ...complete, ...told }).carrier.settings).toMatchObject({
      ...{ fetchScheme: 'http', recordingsFolder: '/srv/calls' },
    })
    expect(() => readConfig({ ...complete, DIALGRAPH_ESL_FETCH_SCHEME: 'ftp' })).toThrow(
      /DIALGRAPH_ESL_FETCH_SCHEME must be one of http_cache, http/,
    )
  })

  test('needs its address, its password and its gateway, and says which is missing', () => {
    expect(() => readConfig({ DIALGRAPH_DRIVER: 'freeswitch', DIALGRAPH_ESL_GATEWAY: 'trunk' })).toThrow(
      /DIALGRAPH_ESL_URL is needed by the driver freeswitch\.\n {2}DIALGRAPH_ESL_PASSWORD is needed/,
    )
  })

  test('is not there where the simulator places the calls', () => {
    expect(readConfig({ ...complete, DIALGRAPH_DRIVER: 'simulator' }).carrier.driver).toBe('simulator')
  })
})

describe('the driver asterisk', () => {
  const complete = {
    DIALGRAPH_DRIVER: 'asterisk',
    DIALGRAPH_ARI_URL: 'http://10.0.0.5:8088/ari',
    DIALGRAPH_ARI_USERNAME: 'dialgraph',
    DIALGRAPH_ARI_PASSWORD: 'secret',
    DIALGRAPH_ARI_TRUNK: 'trunk',
  }

  test('is told where its switch is, and how it is used', () => {
    expect(readConfig(complete).carrier.settings).toEqual({
      ...{ url: 'http://10.0.0.5:8088/ari', username: 'dialgraph', password: 'secret', trunk: 'trunk' },
      ...{ mode: 'app', agentEndpoint: 'PJSIP/{extension}', app: 'dialgraph', context: 'dialgraph-answer' },
    })
  })

  test('needs its address, its user and its trunk, and says which is missing', () => {
    expect(problemsOf({ DIALGRAPH_DRIVER: 'asterisk', DIALGRAPH_ARI_PASSWORD: 'secret' })).toEqual([
      'DIALGRAPH_ARI_URL is needed by the driver asterisk.',
      'DIALGRAPH_ARI_USERNAME is needed by the driver asterisk.',
      'DIALGRAPH_ARI_TRUNK is needed by the driver asterisk.',
    ])
  })

  test('spares its switch unless it is told what that takes', () => {
    expect(readConfig(complete)).toMatchObject({ callsPerSecond: 10, concurrentCallsMax: 100 })
    expect(readConfig({ ...complete, DIALGRAPH_CALLS_PER_SECOND: '200' })).toMatchObject({ callsPerSecond: 200 })
  })
})

test('where things are sent is read into its parts', () => {
  const { mail, messages, speech, webhookSecret } = readConfig({
    DIALGRAPH_SMTP_URL: 'smtps://us:p%40ss@mail.example.com?from=Calls <calls@example.com>',
    DIALGRAPH_SMPP_URL: 'smpp://id:secret@smsc.example.com',
    DIALGRAPH_TTS: ' say {language} ',
    DIALGRAPH_SPEECH_URL: 'http://10.0.0.5:4001/',
    DIALGRAPH_WEBHOOK_SECRET: 'sixteen characters',
  })
  expect(mail).toMatchObject({ host: 'mail.example.com', port: 465, login: { user: 'us', password: 'p@ss' } })
  expect(messages).toMatchObject({ type: 'SMPP', host: 'smsc.example.com', port: 2775, systemId: 'id' })
  expect(speech).toMatchObject({ command: 'say {language}', url: 'http://10.0.0.5:4001' })
  expect(webhookSecret).toBe('sixteen characters')
})

describe('the documented range of a variable', () => {
  const ranges = Object.entries(variableDocs).flatMap(([name, { values }]) => {
    const [, least, most] = /^(\d+) to (\d+)$/.exec(values) ?? []
    return least === undefined || most === undefined ? [] : [{ name, least: Number(least), most: Number(most) }]
  })

  test('is found in the table of variables', () => {
    expect(ranges.map(({ name }) => name)).toContain('DIALGRAPH_PORT')
  })

  test.each(ranges)('of $name is the one that is accepted: $least to $most', ({ name, least, most }) => {
    const accepts = (value: number) => problemsOf({ [name]: String(value) }).length === 0
    expect([least - 1, least, most, most + 1].map(accepts)).toEqual([false, true, true, false])
  })
})

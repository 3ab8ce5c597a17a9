import { describe, expect, test } from 'vitest'
import { createTestCall } from '../../src/cli/test-call.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Driver, DriverListener } from '../../src/telephony/driver.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import { givenAsterisk, givenFreeswitch, numberOf } from '../program/switched.ts'
import { tel } from '../support/given.ts'
import { createStallingEffects } from '../support/stalling-effects.ts'
import { givenPath, runCommand } from './support.ts'

const switches = [
  ['Asterisk', givenAsterisk],
  ['FreeSWITCH', givenFreeswitch],
] as const

describe('doctor --telephony', () => {
  const look = (environment: Readonly<Record<string, string>>) =>
    runCommand(['doctor', '--telephony'], {
      DIALGRAPH_DATABASE: givenPath(),
      DIALGRAPH_TTS: process.execPath,
      ...environment,
    })

  test.each([
    [
      'Asterisk',
      givenAsterisk,
      [
        ...['asterisk', 'permission', 'trunk', 'application', 'res_http_media_cache.so'],
        ...['res_stasis_snoop.so', 'res_stasis_recording.so', 'recordings', 'beep', 'speech'],
      ],
    ],
    [
      'FreeSWITCH',
      givenFreeswitch,
      [
        ...['freeswitch', 'jobs', 'gateway', 'limits', 'mod_dptools', 'mod_sndfile', 'mod_http_cache'],
        ...['mod_tone_stream', 'recordings', 'speech'],
      ],
    ],
  ] as const)('reads the version and the trunk of %s, and places no call', async (_, givenSwitch, names) => {
    const carrier = await givenSwitch()
    const { exitCode, stdout, stderr } = await look(carrier.environment)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual(names.map((name) => [name, 'ok']))
    expect(lines[0]).toMatch(/Asterisk 22\.10\.1|FreeSWITCH Version 1\.11\.1/)
    expect(carrier.placed()).toBe(0)
  })

  test.each([
    ['Asterisk', givenAsterisk, 'DIALGRAPH_ARI_TRUNK', /trunk +problem +There is no PJSIP endpoint other/],
    ['FreeSWITCH', givenFreeswitch, 'DIALGRAPH_ESL_GATEWAY', /gateway +problem +There is no gateway other/],
  ] as const)('finds that %s has no such trunk', async (_, givenSwitch, name, line) => {
    const { environment } = await givenSwitch()
    const { exitCode, stdout } = await look({ ...environment, [name]: 'other' })
    expect(exitCode).toBe(78)
    expect(stdout).toMatch(line)
  })

  test.each([
    ['Asterisk', givenAsterisk, 'DIALGRAPH_ARI_PASSWORD', /does not accept the user or the password/],
    ['FreeSWITCH', givenFreeswitch, 'DIALGRAPH_ESL_PASSWORD', /does not accept the password/],
    ['Asterisk', givenAsterisk, 'DIALGRAPH_ARI_URL', /Nothing answers at/],
    ['FreeSWITCH', givenFreeswitch, 'DIALGRAPH_ESL_URL', /ECONNREFUSED/],
  ] as const)('says why %s cannot be used', async (_, givenSwitch, name, line) => {
    const { environment } = await givenSwitch()
    const wrong = name.endsWith('URL') ? (environment[name] ?? '').replace(/:\d+/, ':1') : 'wrong'
    const { exitCode, stdout } = await look({ ...environment, [name]: wrong })
    expect(exitCode).toBe(78)
    expect(stdout).toMatch(line)
  })

  test('warns where nothing can be spoken', async () => {
    const { environment } = await givenAsterisk()
    const { exitCode, stdout } = await look({ ...environment, DIALGRAPH_TTS: '/there/is/none' })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/speech +warning +No text can be spoken here/)
  })

  test('says of the simulated carrier that nobody is really called', async () => {
    const { exitCode, stdout } = await look({})
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/nobody is really called/)
  })
})

/** Lines without their times. */
const story = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, '').replace(/ {2,}/, ' '))

const requestTo = (number: string) => ({ callId: 'a', to: tel(number), from: tel(number), tryCount: 1, variables: {} })

describe('call', () => {
  test.each(switches)('places one call through %s, tells how it goes, and hangs up', async (_, givenSwitch) => {
    const carrier = await givenSwitch()
    const number = numberOf('1001')
    const { exitCode, stdout, stderr } = await runCommand(['call', number, '--talk', '1'], carrier.environment)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(story(stdout)).toEqual([
      expect.stringMatching(/^DIALING \+12025551001 through (asterisk|freeswitch)$/),
      'DIALING ringing',
      'PROGRESSING answered',
      'PROGRESSING hanging up',
      expect.stringMatching(/^DONE SUCCESS, NORMAL/),
    ])
    expect(carrier.placed()).toBe(1)
  })

  test.each(switches)('of one who is busy through %s tells the reason', async (_, givenSwitch) => {
    const { environment } = await givenSwitch()
    const { exitCode, stdout } = await runCommand(['call', numberOf('1486')], environment)
    expect(exitCode).toBe(0)
    expect(story(stdout).at(-1)).toMatch(/^DONE FAIL, BUSY .*486/)
  })

  test('of a switch that is not there says so, and places nothing', async () => {
    const { environment } = await givenFreeswitch()
    const effects = { ...environment, DIALGRAPH_ESL_PASSWORD: 'wrong', DIALGRAPH_LOG_LEVEL: 'silent' }
    const { exitCode, stdout, stderr } = await runCommand(['call', numberOf('1001')], effects)
    expect([exitCode, stdout]).toEqual([78, ''])
    expect(stderr).toMatch(/^No call was placed: freeswitch is out of reach: .*password/)
  })

  test.each([
    ['Asterisk', givenAsterisk, 'DIALGRAPH_ARI_TRUNK'],
    ['FreeSWITCH', givenFreeswitch, 'DIALGRAPH_ESL_GATEWAY'],
  ] as const)('that %s refuses ends with 78', async (_, givenSwitch, name) => {
    const { environment } = await givenSwitch()
    const wrong = { ...environment, [name]: 'other', DIALGRAPH_LOG_LEVEL: 'silent' }
    const { exitCode, stderr } = await runCommand(['call', numberOf('1001')], wrong)
    expect(exitCode).toBe(78)
    expect(stderr).toMatch(/^No call was placed: (asterisk|freeswitch) refuses it, FAILED\.$/m)
  })

  test.each(['112', '911', 'anybody', '+1202555100;x=y', '+1 202@example.com'])(
    'of "%s" is refused',
    async (number) => {
      const { exitCode, stderr } = await runCommand(['call', number])
      expect(exitCode).toBe(65)
      expect(stderr).toBe(`"${number}" cannot be called: This is not a telephone number that can be dialed.\n`)
    },
  )

  test('is not hung up where its answer has arrived before a ring timeout that a stall has made late', async () => {
    const { effects, arrive } = createStallingEffects()
    const listeners: DriverListener[] = []
    const told: string[] = []
    const call = createTestCall({
      effects,
      talkMs: 60_000,
      request: { ...requestTo('+12025550100'), callId: 'a', ringTimeoutMs: 30_000, maxDurationMs: 60_000 },
      step: (status, what) => told.push(`${status} ${what}`),
      driver: {
        name: 'scripted',
        async start(of: DriverListener) {
          listeners.push(of)
          of.connected()
        },
        stop: async () => {},
        originate: async () => ({ type: 'ACCEPTED' }),
        hangup: async (_, reason) => void told.push(`asked to hang up, ${reason}`),
      } as Partial<Driver> as Driver,
    })
    const over = call.run()
    await effects.settle()
    arrive(() => listeners[0]?.news({ type: 'ANSWERED', callId: 'a', at: 0 }))
    await effects.advance(30_000)
    expect(told).toEqual(['DIALING +12025550100 through scripted', 'PROGRESSING answered'])
    listeners[0]?.news({ type: 'HANGUP', callId: 'a', at: 0, reason: 'NORMAL', by: 'THEM', detail: '' })
    expect(await over).toMatchObject({ type: 'ENDED', answered: true })
  })

  test('is looked up after a connection that was lost, and ends UNKNOWN where the carrier does not know it', async () => {
    const effects = createSimulatedEffects()
    const listeners: DriverListener[] = []
    const told: string[] = []
    const call = createTestCall({
      effects,
      talkMs: 5000,
      request: { ...requestTo('+12025550100'), ringTimeoutMs: 30_000, maxDurationMs: 60_000 },
      step: (status, what) => told.push(`${status} ${what}`),
      driver: {
        name: 'scripted',
        async start(of: DriverListener) {
          listeners.push(of)
          of.connected()
        },
        stop: async () => {},
        originate: async () => ({ type: 'ACCEPTED' }),
        lookup: async () => ({ type: 'CANNOT_TELL' }),
        hangup: async (_, reason) => void told.push(`asked to hang up, ${reason}`),
      } as Partial<Driver> as Driver,
    })
    const over = call.run()
    await effects.settle()
    listeners[0]?.disconnected('it was cut')
    listeners[0]?.connected()
    await effects.settle()
    expect(await over).toEqual({ type: 'ENDED', reason: 'UNKNOWN', answered: false })
    expect(told).toEqual([
      'DIALING +12025550100 through scripted',
      'DIALING connection lost: it was cut',
      'DONE FAIL, UNKNOWN (the carrier does not know it)',
      'asked to hang up, CANCEL',
    ])
  })

  test.each([
    ['before the carrier is there', 0, { type: 'NOT_PLACED', why: 'asked to end first' }],
    ['while it rings', 1000, { type: 'ENDED', reason: 'CANCEL', answered: false }],
    ['after the answer', 3000, { type: 'ENDED', reason: 'NORMAL', answered: true }],
  ] as const)('that is asked to end %s ends', async (_, afterMs, result) => {
    const effects = createSimulatedEffects()
    const simulator = createSimulator({ effects, seed: 1, speed: 1, answerRate: 0.3 })
    const connects = afterMs > 0
    const call = createTestCall({
      ...{ effects, talkMs: 60_000, step() {} },
      // It is answered after 2 s, and hangs up by itself 5 s later.
      request: { ...requestTo('+12025550100'), ringTimeoutMs: 30_000, maxDurationMs: 60_000 },
      driver: connects ? simulator : { ...simulator, start: async () => {} },
    })
    const over = call.run()
    await effects.advance(afterMs)
    call.hangUp()
    call.hangUp()
    await effects.advance(100)
    expect(await over).toEqual(result)
  })
})

import { describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { examineFreeswitch } from '../../../src/telephony/freeswitch/examine.ts'
import { createFakeEsl, type FakeEsl } from './fake-esl.ts'

/** What is found at a switch that the test has put in order, or out of it. */
async function examine(
  prepare: (fake: FakeEsl) => void = () => {},
  options: Partial<Parameters<typeof examineFreeswitch>[0]> = {},
) {
  const effects = createSimulatedEffects()
  const fake = createFakeEsl({ effects })
  prepare(fake)
  const looking = examineFreeswitch({
    ...{ url: 'esl://127.0.0.1', password: 'ClueCon', gateway: 'trunk', effects, log: silentLog },
    ...{ openWire: fake.openWire, callsPerSecond: 50, callsMax: 1000 },
    ...options,
  })
  await effects.advance(10_000)
  const findings = await looking
  return {
    fake,
    all: findings.map(({ name, state }) => `${name} ${state}`),
    of: (name: string) => findings.filter((finding) => finding.name === name).map(({ state }) => state),
    message: (name: string) => findings.find((finding) => finding.name === name)?.message ?? '',
  }
}

const says = (begin: string, said: string) => (fake: FakeEsl) => void fake.faults.answers.set(begin, said)
const gateway = (fields: string) =>
  says('sofia status gateway', `Name    \ttrunk\n${fields.replaceAll(', ', '\n').replaceAll('=', '\t')}\n`)

describe('a look at a FreeSWITCH', () => {
  it('finds one that is set up as documented fit for calls, and places none', async () => {
    const { fake, all } = await examine()
    expect(all).toEqual([
      ...['freeswitch OK', 'jobs OK', 'gateway OK', 'limits OK'],
      ...['mod_dptools OK', 'mod_sndfile OK', 'mod_http_cache OK', 'mod_tone_stream OK', 'recordings OK'],
    ])
    expect(fake.commands.filter((command) => command.includes('originate'))).toEqual([])
    expect(fake.connections).toBe(0)
  })

  it.each([
    ['registered', 'PingFreq=0, PingTime=0.00, State=REGED, Status=UP', 'OK', 'accepted the registration'],
    ['pinged and answered', 'PingFreq=30, PingTime=1.07, State=NOREG, Status=UP', 'OK', 'answered OPTIONS'],
    ['neither', 'PingFreq=0, PingTime=0.00, State=NOREG, Status=UP', 'WARNING', 'parameter ping'],
    ['pinged for the first time soon', 'PingFreq=30, PingTime=0.00, State=NOREG, Status=UP', 'WARNING', 'not asked'],
    ['pinged in vain', 'PingFreq=30, PingTime=0.00, State=NOREG, Status=DOWN', 'PROBLEM', 'does not answer'],
    ['being registered', 'PingFreq=0, PingTime=0.00, State=TRYING, Status=UP', 'PROBLEM', 'has not registered'],
  ])('calls a gateway that is %s what it was shown to be', async (_, fields, state, words) => {
    const { of, message } = await examine(gateway(fields))
    expect(of('gateway')).toEqual([state])
    expect(message('gateway')).toContain(words)
  })

  it('finds a gateway that is not there', async () => {
    const { of } = await examine(() => {}, { gateway: 'other' })
    expect(of('gateway')).toEqual(['PROBLEM'])
  })

  it.each([
    ['forbidden', (fake: FakeEsl) => void Object.assign(fake.faults, { forbidden: true })],
    ['not told of when they are done', (fake: FakeEsl) => void fake.faults.withheld.add('BACKGROUND_JOB')],
  ])('finds that commands in the background are %s', async (_, prepare) => {
    const { of } = await examine(prepare)
    expect(of('jobs')).toEqual(['PROBLEM'])
  })

  it('finds limits of the switch that lie below what the dialer may ask for', async () => {
    const status = '0 session(s) per Sec out of max 30, peak 0, last 5min 0\n1000 session(s) max\n'
    const { of, message } = await examine(says('status', status))
    expect(of('limits')).toEqual(['WARNING'])
    expect(message('limits')).toContain('sessions-per-second is 30, and should be 100')
    expect(message('limits')).toContain('max-sessions is 1000, and should be 2000')
    expect((await examine(says('status', status), { callsPerSecond: 15, callsMax: 0 })).of('limits')).toEqual(['OK'])
  })

  it.each([
    ['is not there', 'file_exists', 'false', 'is not there'],
    ['cannot be written to', 'system', 'no\n', 'may not write'],
    ['cannot be tried', 'system', '-ERR not allowed\n', 'could not be tried'],
  ])('finds a folder for recordings that %s', async (_, begin, said, words) => {
    const { of, message } = await examine(says(begin, said))
    expect(of('recordings')).toEqual(['WARNING'])
    expect(message('recordings')).toContain(words)
  })

  it('asks about the folder that is configured, and no shell about anything but a path', async () => {
    const { fake } = await examine(() => {}, { recordingsFolder: '/srv/calls' })
    expect(fake.commands).toContain('api system test -w /srv/calls && echo yes || echo no')
    const odd = await examine(says('global_getvar recordings_dir', '/tmp; rm -r /'))
    expect(odd.of('recordings')).toEqual(['WARNING'])
    expect(odd.fake.commands.filter((command) => command.startsWith('api system'))).toEqual([])
  })

  it.each([
    ['mod_dptools', 'PROBLEM'],
    ['mod_sndfile', 'WARNING'],
    ['mod_http_cache', 'WARNING'],
    ['mod_tone_stream', 'WARNING'],
  ])('finds that %s is not loaded', async (module, state) => {
    const { of } = await examine(says(`module_exists ${module}`, 'false'))
    expect(of(module)).toEqual([state])
  })
})

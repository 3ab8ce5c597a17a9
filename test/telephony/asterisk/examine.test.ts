import { describe, expect, it } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { examineAsterisk } from '../../../src/telephony/asterisk/examine.ts'
import { password, username } from './fake-desk.ts'
import { createFakeLine } from './fake-line.ts'
import type { RestRequest } from './fake-rest.ts'

interface Changes {
  readonly username?: string
  readonly mode?: 'context' | 'app'
}

function given() {
  const effects = createSimulatedEffects()
  const { desk, url, openHttp } = createFakeLine({ effects })
  const settings = { url, username, password, trunk: 'trunk', app: 'dialgraph', mode: 'context' as const }
  return {
    desk,
    /** The finding of that name, in words. */
    async find(name: string, changes: Changes = {}): Promise<string> {
      const findings = await examineAsterisk({ ...settings, ...changes, effects, openHttp })
      const found = findings.find((finding) => finding.name === name)
      return found === undefined ? 'none' : `${found.state} ${found.message}`
    },
    /** What Asterisk answers to a request for that path. */
    answer(path: string, status: number, body: unknown) {
      desk.trouble((request: RestRequest) => request.path.join('/') === path, { type: 'ANSWER', status, body })
    },
  }
}

const qualifyOff = [{ attribute: 'qualify_frequency', value: '0' }]
const endpoint = (state: string) => ({ technology: 'PJSIP', resource: 'trunk', state, channel_ids: [] })

describe('the look at an Asterisk', () => {
  it('changes nothing, and places no call', async () => {
    const { desk, find } = given()
    expect(await find('permission')).toBe(`OK The user ${username} may place calls.`)
    const changes = desk.requests.entries.filter(({ method }) => method !== 'GET')
    expect(changes.map(({ path }) => [path[0], path[2]])).toEqual([['playbacks', 'control']])
    expect(desk.greetings()).toBe(0)
  })

  it('finds a user who may only read', async () => {
    expect(await given().find('permission', { username: 'readonly' })).toMatch(/^PROBLEM .*read_only = no/)
  })

  it('calls a trunk reachable only where its other side has answered', async () => {
    const { find, answer } = given()
    expect(await find('trunk')).toMatch(/^OK .*its other side answers/)
    answer('asterisk/config/dynamic/res_pjsip/aor/trunk', 200, qualifyOff)
    expect(await find('trunk')).toMatch(/^WARNING .*not known: qualify_frequency is off/)
    answer('asterisk/config/dynamic/res_pjsip/endpoint/trunk', 404, { message: 'no such object' })
    expect(await find('trunk')).toMatch(/^WARNING .*not known\.$/)
  })

  it('says why nobody can be called by a trunk that is offline', async () => {
    const { find, answer } = given()
    answer('endpoints/PJSIP/trunk', 200, endpoint('offline'))
    expect(await find('trunk')).toMatch(/^PROBLEM .*does not answer OPTIONS/)
    answer('endpoints/PJSIP/trunk', 200, endpoint('offline'))
    answer('asterisk/config/dynamic/res_pjsip/aor/trunk', 200, qualifyOff)
    expect(await find('trunk')).toMatch(/^PROBLEM .*no address to call/)
  })

  it('finds that amd.conf, the folder of recordings or the sounds are missing', async () => {
    const { find, answer } = given()
    answer('asterisk/modules/app_amd.so', 200, { name: 'app_amd.so', status: 'Not Running' })
    expect(await find('app_amd.so')).toMatch(/^WARNING It is not loaded: .*amd\.conf/)
    expect(await find('app_amd.so', { mode: 'app' })).toBe('none')
    expect(await find('recordings')).toMatch(/^OK/)
    answer('recordings/stored', 500, { error: 'Allocation failed' })
    expect(await find('recordings')).toMatch(/^WARNING Asterisk cannot read their folder/)
    answer('sounds/beep', 404, { message: 'Sound not found' })
    expect(await find('beep')).toMatch(/^WARNING The core sounds are not installed/)
  })
})

import { expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { givenAsterisk, givenFreeswitch, givenProgram, numberOf } from './switched.ts'

const switches = [
  ['Asterisk', givenAsterisk],
  ['FreeSWITCH', givenFreeswitch],
] as const

test.each(switches)(
  'a campaign calls a list through %s, speaks to who answers, and tells why it reached nobody else',
  async (_, givenSwitch) => {
    const carrier = await givenSwitch()
    const program = await givenProgram(carrier.environment)
    const ended = program.ended()
    const people = { Ann: numberOf('1001'), Bob: numberOf('1486'), Eve: numberOf('1404'), Ian: numberOf('1603') }
    expect((await program.call(people)).errors).toEqual([])
    expect(await ended).toEqual({
      [people.Ann]: 'NORMAL',
      [people.Bob]: 'BUSY',
      [people.Eve]: 'INVALID_NUMBER',
      [people.Ian]: 'REJECTED',
    })
    const [played = ''] = carrier.played()
    const [address = ''] = /http:\/\/\S+?\.wav/.exec(played) ?? []
    expect(address).toMatch(new RegExp(`^${program.url}/speech/[0-9a-f]{64}\\.wav$`))
    const sound = await fetch(address, { headers: { connection: 'close' } })
    expect([sound.status, sound.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  },
)

test('a campaign that speaks is not run where nothing can be spoken, and says what to install', async () => {
  const { environment } = await givenAsterisk()
  const program = await givenProgram({ ...environment, DIALGRAPH_TTS: '/there/is/none' })
  expect((await program.call({ Ann: numberOf('1001') })).errors).toEqual([
    expect.objectContaining({
      code: 'STATE_CONFLICT',
      field: ['actions'],
      message: expect.stringMatching(/DIALGRAPH_TTS/),
    }),
  ])
})

test('a campaign that speaks is not run where the switch cannot fetch what is spoken', async () => {
  const program = await givenProgram({
    ...{ DIALGRAPH_DRIVER: 'freeswitch', DIALGRAPH_ESL_URL: 'esl://192.0.2.1:8021', DIALGRAPH_ESL_PASSWORD: 'secret' },
    DIALGRAPH_ESL_GATEWAY: 'trunk',
  })
  const [error] = (await program.call({ Ann: numberOf('1001') })).errors
  expect(error?.message).toMatch(/the switch at 192\.0\.2\.1 .* set DIALGRAPH_SPEECH_URL/)
  const [campaign] = await program.app.campaigns.byIds(localViewer, [program.campaignId])
  expect(campaign?.status).toBe('STOP')
})

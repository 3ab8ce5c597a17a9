import { expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { tel } from '../support/given.ts'
import { givenProgram } from './program.ts'
import { givenAsterisk, givenFreeswitch, numberOf } from './switched.ts'

const speaking = { actions: [{ type: 'TALK', option: { text: 'Hello {{target.name}}' } }] } as const
const people = { Ann: numberOf('1001'), Bob: numberOf('1486'), Eve: numberOf('1404'), Ian: numberOf('1603') }
const list = Object.entries(people).map(([name, number]) => ({ name, destination: tel(number) }))

const switches = [
  ['Asterisk', givenAsterisk],
  ['FreeSWITCH', givenFreeswitch],
] as const

test.each(switches)(
  'a campaign calls a list through %s, speaks to who answers, and tells why it reached nobody else',
  async (_, givenSwitch) => {
    const carrier = await givenSwitch()
    const program = await givenProgram(carrier.environment, speaking)
    await program.add(list)
    await program.runToEnd()
    expect(await program.reasons()).toEqual({
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

test.each(switches)(
  'speech that fails leaves its call to the next action on %s, and the campaign goes on',
  async (_, givenSwitch) => {
    const { environment } = await givenSwitch()
    const actions = [{ type: 'TALK', option: { text: '{{target.name}}' } }] as const
    const program = await givenProgram(environment, { actions })
    // A text that begins so makes the command fail.
    const names = ['fail', 'Ann']
    await program.add(
      names.map((name, i) => ({ name, destination: tel(numberOf(`1001`).replace('202', `20${2 + i}`)) })),
    )
    await program.runToEnd()
    expect(Object.values(await program.reasons())).toEqual(['NORMAL', 'NORMAL'])
    expect(await program.outcomes()).toEqual([['not played to its end'], ['played']])
  },
)

test('a campaign that speaks is not run where nothing can be spoken, and says what to install', async () => {
  const { environment } = await givenAsterisk()
  const program = await givenProgram({ ...environment, DIALGRAPH_TTS: '/there/is/none' }, speaking)
  await program.add(list)
  expect((await program.run()).errors).toEqual([
    expect.objectContaining({
      code: 'STATE_CONFLICT',
      field: ['actions'],
      message: expect.stringMatching(/DIALGRAPH_TTS/),
    }),
  ])
})

test('a campaign that speaks is not run where the switch cannot fetch what is spoken', async () => {
  const { environment } = await givenFreeswitch()
  const elsewhere = { ...environment, DIALGRAPH_ESL_URL: 'esl://192.0.2.1:8021' }
  const program = await givenProgram(elsewhere, speaking)
  await program.add(list)
  const [error] = (await program.run()).errors
  expect(error?.message).toMatch(/the switch at 192\.0\.2\.1 .* set DIALGRAPH_SPEECH_URL/)
  const [campaign] = await program.app.campaigns.byIds(localViewer, [program.campaignId])
  expect(campaign?.status).toBe('STOP')
})

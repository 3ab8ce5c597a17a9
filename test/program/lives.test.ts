import { expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { tel } from '../support/given.ts'
import { givenProgram } from './program.ts'
import { agentPhones, givenAsterisk, givenFreeswitch, numberOf } from './switched.ts'

const switches = [
  ['Asterisk', givenAsterisk],
  ['FreeSWITCH', givenFreeswitch],
] as const
const person = (script: string) => ({ name: script, destination: tel(numberOf(script)) })

test.each(switches)(
  'who answers through %s is passed over by an agent who rejects, and talks to the next one',
  async (_, givenSwitch) => {
    const { environment } = await givenSwitch()
    const program = await givenProgram(environment, { actions: [] })
    const agents = await program.addAgents([agentPhones.rejects, agentPhones.leaves])
    await program.add([person('1001')])
    await program.runToEnd()
    expect(await program.reasons()).toEqual({ [numberOf('1001')]: 'NORMAL' })
    expect(await agents()).toEqual(['AWAY', 'AVAILABLE'])
  },
)

test.each(switches)(
  'a call through %s that waits for digits goes on after a restart of the dialer',
  async (_, givenSwitch) => {
    const carrier = await givenSwitch()
    const program = await givenProgram(carrier.environment, {
      actions: [
        { type: 'DIGITS_RECEIVE', option: { length: 2, timeoutMs: 60_000 } },
        { type: 'HANGUP', option: { reason: 'AMD' } },
      ],
    })
    await program.add([person('1001')])
    await program.start()
    await program.until(async () => (await program.statuses())[0] === 'PROGRESSING')
    await program.restart()
    await program.until(async () => (await program.app.engines.get(localViewer)).state === 'RUNNING')
    expect(await program.statuses()).toEqual(['PROGRESSING'])
    const end = program.ended()
    carrier.press('7')
    carrier.press('8')
    await end
    expect(await program.reasons()).toEqual({ [numberOf('1001')]: 'AMD' })
    expect(await program.outcomes()).toEqual([['received digits 78', 'hung up']])
    expect(carrier.placed()).toBe(1)
  },
)

test.each(switches)(
  'who answers through %s talks to the first who can be reached, and hears what comes next',
  async (_, givenSwitch) => {
    const { environment } = await givenSwitch()
    const actions = [
      { type: 'CONNECT', option: { destinations: [numberOf('1486'), numberOf('1000')] } },
      { type: 'BEEP', option: {} },
      { type: 'DIGITS_SEND', option: { digits: '1#' } },
    ] as const
    const program = await givenProgram(environment, { actions })
    await program.add([person('1001')])
    await program.runToEnd()
    expect(await program.reasons()).toEqual({ [numberOf('1001')]: 'NORMAL' })
    expect(await program.outcomes()).toEqual([[`connected to ${numberOf('1000')}`, 'played', 'sent digits 1#']])
  },
)

test.each(switches)('a campaign that records through %s tells where', async (_, givenSwitch) => {
  const { environment } = await givenSwitch()
  const actions = [
    { type: 'RECORDING_START', option: {} },
    { type: 'TALK', option: { text: 'Hello' } },
    { type: 'RECORDING_STOP', option: {} },
    { type: 'SLEEP', option: { durationMs: 100 } },
  ] as const
  const program = await givenProgram(environment, { actions })
  await program.add([person('1001'), person('1486')])
  await program.runToEnd()
  expect(await program.outcomes()).toEqual([['recording', 'played', 'stopped recording', 'slept']])
  const [answered = [], busy] = await program.recordings()
  expect(answered).toMatchObject([{ endedAt: expect.any(Number) }])
  expect(answered[0]?.location).toContain(answered[0]?.id)
  expect(busy).toEqual([])
})

test.each(switches)(
  'calls that %s took with it are UNKNOWN, each once, their agent is free, and who is left is called when it is back',
  async (_, givenSwitch) => {
    const carrier = await givenSwitch()
    const program = await givenProgram(carrier.environment, { actions: [], endHandle: 'CONTINUE' })
    const agents = await program.addAgents([agentPhones.stays, agentPhones.leaves])
    await program.add([person('1001'), person('1180')])
    await program.start()
    await program.until(async () => (await agents()).includes('BUSY') && (await program.statuses()).length === 2)
    await carrier.die()
    await carrier.comeBack()
    await program.until(async () => (await program.statuses()).every((status) => status === 'DONE'))
    expect(await agents()).toEqual(['AVAILABLE', 'AVAILABLE'])
    await program.add([person('1486')])
    await program.until(
      async () => (await program.statuses()).length === 3 && !(await program.statuses()).includes('DIALING'),
    )
    expect(await program.reasons()).toEqual({
      [numberOf('1001')]: 'UNKNOWN',
      [numberOf('1180')]: 'UNKNOWN',
      [numberOf('1486')]: 'BUSY',
    })
    // The agent's phone was called once, too.
    expect(carrier.placed()).toBe(4)
  },
  20_000,
)

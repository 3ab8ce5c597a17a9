import { describe, expect, it } from 'vitest'
import { createWorld } from './support.ts'

const indeterminate = { type: 'INDETERMINATE' }
const originatesOf = (commands: readonly string[]) =>
  commands.filter((command) => command.startsWith('bgapi originate'))

describe('a request for a call', () => {
  it('is one command, with the id that we chose and the id of the installation', async () => {
    const { fake, place, installationId } = await createWorld()
    const callId = await place('+12025551001')
    const [command, ...others] = originatesOf(fake.commands)
    expect(others).toEqual([])
    expect(command).toBe(
      `bgapi originate {origination_uuid=${callId},ignore_early_media=true,originate_timeout=33,` +
        'origination_caller_id_number=+12025550100,origination_caller_id_name=+12025550100,' +
        "execute_on_answer='sched_hangup +3610 ALLOTTED_TIMEOUT',playback_terminators=none," +
        `dialgraph_installation=${installationId}}sofia/gateway/trunk/+12025551001 &park()`,
    )
  })

  it('is not accepted because its job began', async () => {
    const { fake, effects, raw, request } = await createWorld()
    fake.faults.withheld.add('CHANNEL_CREATE').add('CHANNEL_PROGRESS')
    const answers: unknown[] = []
    void raw.originate(request('1486')).then((answer) => answers.push(answer))
    await effects.advance(300)
    expect(answers).toEqual([])
    await effects.advance(100)
    expect(answers).toEqual([{ type: 'ACCEPTED' }])
  })

  it('is accepted by the first event of the call', async () => {
    const { fake, driver, request, effects, startsAt } = await createWorld()
    fake.faults.withheld.add('CHANNEL_CREATE')
    expect(await driver.originate(request('1001'))).toEqual({ type: 'ACCEPTED' })
    expect(effects.now() - startsAt).toBeLessThan(200)
  })

  it('that nothing is heard of within 2 s is indeterminate', async () => {
    const { fake, effects, driver, request, startsAt } = await createWorld()
    fake.faults.silent = true
    expect(await driver.originate(request('1001'))).toEqual(indeterminate)
    expect(effects.now() - startsAt).toBe(2000)
  })

  it('that the connection breaks under is indeterminate', async () => {
    const { fake, effects, raw, request } = await createWorld()
    const asked = raw.originate(request('1001'))
    fake.cut()
    expect(await asked).toEqual(indeterminate)
    await effects.advance(1000)
    expect(originatesOf(fake.commands).length).toBe(1)
  })

  it('that the connection breaks under after it was begun is indeterminate', async () => {
    const { fake, effects, raw, request } = await createWorld()
    fake.faults.withheld.add('CHANNEL_CREATE')
    const asked = raw.originate(request('1001'))
    await effects.settle()
    fake.cut()
    expect(await asked).toEqual(indeterminate)
  })

  it('without a connection is rejected, and nothing is sent later', async () => {
    const { fake, effects, driver, request, told } = await createWorld()
    fake.cut()
    await effects.settle()
    expect(await driver.originate(request('1001'))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    await effects.advance(5000)
    expect(told.at(-1)).toBe('connected')
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it('is rejected while it is not settled what lives', async () => {
    const { fake, effects, driver, request, told } = await createWorld()
    fake.faults.deaf = true
    fake.cut()
    await effects.advance(1000)
    expect(fake.commands.at(-1)).toBe('api show channels as json')
    expect(await driver.originate(request('1001'))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    expect(told.at(-1)).not.toBe('connected')
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it.each([
    ...['alice', '1000,user/1', '', '1000 &echo()', '+1\n2', '1000@evil.example', '1000;x=y', '1000&1001', '1000\r\n'],
    ...['+49116117', '+19005550123', '+19999999999'],
    ...['1000|1001', '[x=y]1000', '{x=y}1000', '<x=y>1000', '1000:_:1001', '$1000', ' 1000', '1'.repeat(33), '+'],
  ])('to %j is rejected unsent', async (number) => {
    const { fake, driver, request } = await createWorld()
    expect(await driver.originate(request(number))).toEqual({ type: 'REJECTED', reason: 'INVALID_NUMBER' })
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it('with a variable that cannot be carried is rejected unsent', async () => {
    const { fake, driver, request } = await createWorld()
    const answer = await driver.originate(request('1001', { variables: { note: 'a}b' } }))
    expect(answer).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it('from what is no number is refused, and nothing is sent', async () => {
    const { fake, driver, request } = await createWorld()
    const from = { type: 'SIP', target: 'sip:alice@example.com', targetName: '', name: "A, 'B'", detail: '' } as const
    expect(await driver.originate(request('1001', { from }))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    expect(originatesOf(fake.commands)).toEqual([])
  })

  it('from nobody leaves the caller id to the gateway', async () => {
    const { fake, driver, request } = await createWorld()
    const from = { type: 'TEL', target: '', targetName: '', name: "A, 'B'", detail: '' } as const
    expect(await driver.originate(request('1001', { from }))).toEqual({ type: 'ACCEPTED' })
    expect(originatesOf(fake.commands)[0]).not.toMatch(/caller_id|A,/)
  })

  it('says no word of what a person wrote', async () => {
    const { fake, driver, request } = await createWorld()
    const words = { targetName: 'Zoe', name: 'Yann', detail: 'Xavier' }
    const of = request('1001')
    await driver.originate({ ...of, to: { ...of.to, ...words }, from: { ...of.from, ...words } })
    expect(fake.commands.join('\n')).not.toMatch(/Zoe|Yann|Xavier/)
  })

  it('with an id that lives is not sent', async () => {
    const { fake, driver, request, hears, storyOf } = await createWorld()
    const once = request('1180')
    expect(await driver.originate(once)).toEqual({ type: 'ACCEPTED' })
    expect(await driver.originate(once)).toEqual(indeterminate)
    await hears(once.callId, 'RINGING')
    expect(originatesOf(fake.commands).length).toBe(1)
    expect(storyOf(once.callId)).toEqual(['RINGING'])
  })

  it('that the switch does not allow is rejected', async () => {
    const { raw, request, fake } = await createWorld()
    const asked = raw.originate(request('1001'))
    fake.faults.forbidden = true
    expect(await asked).toEqual({ type: 'REJECTED', reason: 'FAILED' })
  })
})

describe('a job that fails', () => {
  const failJob = (fake: Awaited<ReturnType<typeof createWorld>>['fake'], cause: string, at = 0) => {
    const jobId = fake.jobIds[at] ?? ''
    const body = JSON.stringify({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': jobId, _body: `-ERR ${cause}\n` })
    fake.send(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`)
  }
  const destroyUnbegun = (fake: Awaited<ReturnType<typeof createWorld>>['fake'], callId: string) => {
    const body = JSON.stringify({ 'Event-Name': 'CHANNEL_DESTROY', 'Unique-ID': callId, 'Channel-State': 'CS_NONE' })
    fake.send(`Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`)
  }

  it('for a channel that was destroyed before it was begun is rejected', async () => {
    const { fake, effects, raw, request, heard } = await createWorld()
    fake.faults.lazy = true
    const of = request('1001')
    const asked = raw.originate(of)
    await effects.settle()
    destroyUnbegun(fake, of.callId)
    failJob(fake, 'GATEWAY_DOWN')
    expect(await asked).toEqual({ type: 'REJECTED', reason: 'CONGESTION' })
    await effects.advance(60_000)
    expect(heard).toEqual([])
  })

  it('for want of a gateway is rejected, whether or not a channel was destroyed for it', async () => {
    const { fake, driver, request } = await createWorld({ gateway: 'nope' })
    fake.faults.withheld.add('CHANNEL_DESTROY')
    expect(await driver.originate(request('1001'))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
  })

  it.each([
    ['INVALID_GATEWAY', 'HANGUP FAILED US'],
    ['DESTINATION_OUT_OF_ORDER', 'HANGUP CONGESTION US'],
  ])('as %s when nobody waits for an answer any more is told as an end', async (cause, told) => {
    const { fake, effects, raw, request, storyOf } = await createWorld()
    fake.faults.lazy = true
    const of = request('1001')
    const asked = raw.originate(of)
    await effects.advance(2000)
    expect(await asked).toEqual(indeterminate)
    failJob(fake, cause)
    await effects.advance(10)
    expect(storyOf(of.callId)).toEqual([told])
  })

  it('of which no channel was seen is indeterminate, and its cause is told', async () => {
    const { fake, effects, raw, request, storyOf } = await createWorld()
    fake.faults.lazy = true
    const of = request('1001')
    const asked = raw.originate(of)
    await effects.settle()
    failJob(fake, 'USER_BUSY')
    expect(await asked).toEqual(indeterminate)
    await effects.advance(2000)
    expect(storyOf(of.callId)).toEqual(['HANGUP BUSY THEM'])
  })

  it('and whose id cannot be asked for is indeterminate', async () => {
    const { fake, effects, raw, request, heard } = await createWorld()
    fake.faults.lazy = true
    const asked = raw.originate(request('1001'))
    await effects.settle()
    fake.faults.deaf = true
    failJob(fake, 'DESTINATION_OUT_OF_ORDER')
    await effects.advance(2000)
    expect(await asked).toEqual(indeterminate)
    expect(heard).toEqual([])
  })

  it('as out of order, when its call was seen all the same, is the end of that call', async () => {
    const { fake, effects, driver, request, storyOf } = await createWorld()
    fake.faults.withheld.add('CHANNEL_HANGUP_COMPLETE').add('CHANNEL_DESTROY')
    const of = request('1180')
    expect(await driver.originate(of)).toEqual({ type: 'ACCEPTED' })
    failJob(fake, 'DESTINATION_OUT_OF_ORDER')
    await effects.advance(1500)
    expect(storyOf(of.callId)).toEqual(['RINGING', 'HANGUP CONGESTION THEM'])
  })
})

describe('the limits of the driver', () => {
  it('are ten calls in a second', async () => {
    const { driver, request, effects } = await createWorld({ callsPerSecond: undefined })
    const place = async () => (await driver.originate(request('1001'))).type
    const burst = await Promise.all(Array.from({ length: 10 }, place))
    expect(burst).toEqual(burst.map(() => 'ACCEPTED'))
    expect(await place()).toBe('NOT_SENT')
    const { calls, againInMs } = driver.room?.() ?? { calls: 1, againInMs: 0 }
    expect(calls).toBe(0)
    await effects.advance(againInMs - 1)
    expect(await place()).toBe('NOT_SENT')
    await effects.advance(1)
    expect(await place()).toBe('ACCEPTED')
  })

  it('let at most N calls through in any one second', async () => {
    const { driver, request, effects } = await createWorld({ callsPerSecond: 7, callsMax: 0 })
    const startedAt = effects.now()
    const accepted: number[] = []
    for (let i = 0; i < 1000; i++) {
      if ((await driver.originate(request('1001'))).type === 'ACCEPTED') accepted.push(effects.now() - startedAt)
      await effects.advance(10)
    }
    expect(accepted.length).toBeGreaterThanOrEqual(70)
    for (const [i, at] of accepted.entries())
      if (i >= 7) expect(at - (accepted[i - 7] ?? 0)).toBeGreaterThanOrEqual(1000)
  })

  it('are a hundred calls at once', async () => {
    const { driver, request, place, ends } = await createWorld({ callsMax: undefined })
    const callIds = await Promise.all(Array.from({ length: 100 }, () => place('1001')))
    expect(driver.room?.()).toEqual({ calls: 0, againInMs: 1000 })
    expect((await driver.originate(request('1001'))).type).toBe('NOT_SENT')
    await driver.hangup(callIds[0] ?? '', 'NORMAL')
    await ends(callIds[0] ?? '')
    expect((await driver.originate(request('1001'))).type).toBe('ACCEPTED')
  })

  it('do not count what was rejected, and send none of it', async () => {
    const { driver, request, fake } = await createWorld({ callsMax: 1 })
    await driver.originate(request('1001'))
    await driver.originate(request('1001'))
    await driver.originate(request('alice'))
    expect(originatesOf(fake.commands).length).toBe(1)
  })
})

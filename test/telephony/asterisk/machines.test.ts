import { describe, expect, it, onTestFinished } from 'vitest'
import { startFakeAri } from './fake-ari.ts'
import { request, speedOfTests, startAnswered, startDialer, startWorld, until } from './support.ts'

const isLost = (line: string) => line.startsWith('disconnected')
const isGoingOn = ({ path }: { path: readonly string[] }) => path[2] === 'continue'

describe('the listening to who has answered', () => {
  it('takes the call into the dialplan, once that is known to lead back', async () => {
    const { asterisk, detectMachine, hears } = await startAnswered({ context: 'mine' }, {}, '1011')
    await detectMachine('a')
    await hears('a', 'MACHINE MACHINE')
    const asked = asterisk.requests.entries.filter(({ path }) => path[1] === 'a')
    expect(asked.map(({ method, path, query }) => [method, path[2], query])).toEqual([
      ['GET', 'variable', { variable: 'DIALPLAN_EXISTS(mine,amd,1)' }],
      ['POST', 'continue', { context: 'mine', extension: 'amd', priority: '1' }],
    ])
  })

  it('is no end of the call, which can be played to and hung up afterwards', async () => {
    const { driver, detectMachine, hears, ends, storySinceAnswer } = await startAnswered({}, {}, '1010')
    await detectMachine('a')
    await hears('a', 'MACHINE HUMAN')
    await driver.play('a', 'p', ['http://localhost/hello.wav'])
    await hears('a', 'PLAYBACK_ENDED p')
    await driver.hangup('a', 'AMD')
    await ends('a')
    expect(storySinceAnswer()).toEqual(['MACHINE HUMAN', 'PLAYBACK_ENDED p', 'HANGUP AMD US'])
  })

  it('is refused where the dialplan leads nowhere, and the call stays', async () => {
    const { asterisk, driver, detectMachine } = await startAnswered({}, { dialplan: { machine: null } })
    await expect(detectMachine('a')).rejects.toThrow('an extension amd in the context dialgraph-answer')
    expect(asterisk.requests.entries.filter(isGoingOn)).toEqual([])
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
  })

  it('is refused for a call that rings, or is not known, and where Asterisk refuses it', async () => {
    const { asterisk, driver, detectMachine, hears } = await startAnswered()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await expect(detectMachine('rings')).rejects.toThrow('in the application')
    await expect(detectMachine('nobody')).rejects.toThrow('in the application')
    asterisk.trouble(isGoingOn, { type: 'ANSWER', status: 409, body: { message: 'Channel not in Stasis application' } })
    await expect(detectMachine('a')).rejects.toThrow('409')
  })

  it('is nothing that mode app can do', async () => {
    const { driver } = await startWorld({ mode: 'app' })
    expect(driver.capabilities.has('DETECT_MACHINE')).toBe(false)
  })

  it('is told of once, however often the call is said to come back, and again when asked again', async () => {
    const { asterisk, detectMachine, hears, heard, said } = await startAnswered({}, {}, '1010')
    await detectMachine('a')
    await hears('a', 'MACHINE HUMAN')
    const channel = asterisk.of.snapshot(asterisk.of.channels.get('a') as never)
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: ['amd', 'HUMAN'], channel }))
    asterisk.sendText('no JSON: once it is complained of, what came before it was heard')
    await said.find(({ message }) => message.includes('a bad event'))
    const machines = () => heard.entries.filter(({ type }) => type === 'MACHINE')
    expect(machines().length).toBe(1)
    await detectMachine('a')
    await until(() => machines().length === 2)
  })

  it('tells nothing of a call that ended meanwhile', async () => {
    const { asterisk, detectMachine, driver, ends, storySinceAnswer } = await startAnswered()
    await detectMachine('a')
    await until(() => asterisk.of.channels.get('a')?.running.app_name === 'AMD')
    const channel = asterisk.of.snapshot(asterisk.of.channels.get('a') as never)
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: ['amd', 'HANGUP'], channel }))
    await driver.hangup('a', 'NORMAL')
    await ends('a')
    expect(storySinceAnswer()).toEqual(['HANGUP NORMAL US'])
  })
})

describe('a call that is listened to while the connection is lost', () => {
  it('waits in the dialplan, and its result is told afterwards', async () => {
    const { asterisk, detectMachine, effects, hears, told, storySinceAnswer } = await startAnswered({}, {}, '1010')
    await detectMachine('a')
    await until(() => asterisk.of.channels.get('a')?.running.app_name === 'AMD')
    asterisk.breakConnections()
    await told.find(isLost)
    await until(() => asterisk.of.channels.get('a')?.running.app_name === 'Wait')
    await effects.advance(250)
    await hears('a', 'MACHINE HUMAN')
    expect(storySinceAnswer()).toEqual(['MACHINE HUMAN'])
  })

  it('and whose coming back was lost is seen to have come back', async () => {
    const { asterisk, detectMachine, effects, heard } = await startAnswered({}, {}, '1010')
    asterisk.lose('StasisStart')
    await detectMachine('a')
    await until(() => asterisk.of.channels.get('a')?.running.app_data === 'dialgraph,amd,HUMAN')
    const machines = () => heard.entries.filter(({ type }) => type === 'MACHINE')
    await until(
      () => machines().length > 0,
      () => effects.advance(1000),
    )
    await effects.advance(60_000)
    expect(machines()).toMatchObject([{ result: 'HUMAN' }])
  })

  it('by a process that ended is told of by the next', async () => {
    const asterisk = await startFakeAri({ speed: speedOfTests })
    onTestFinished(asterisk.stop)
    const first = startDialer(asterisk.url)
    await first.told.find((line) => line === 'connected')
    await first.driver.originate(request('a', '1010'))
    await first.hears('a', 'ANSWERED')
    await first.driver.detectMachine('a')
    await first.driver.stop()
    await until(() => asterisk.of.channels.get('a')?.running.app_name === 'Wait')
    const next = startDialer(asterisk.url)
    await next.hears('a', 'MACHINE HUMAN')
  })

  it('by a process that ended, and that told of it, is not told of again', async () => {
    const { asterisk, driver, detectMachine, hears } = await startAnswered({}, {}, '1010')
    await detectMachine('a')
    await hears('a', 'MACHINE HUMAN')
    await driver.stop()
    const next = startDialer(asterisk.url)
    await next.told.find((line) => line === 'connected')
    expect(await next.driver.list()).toEqual(['a'])
    expect(next.heard.entries).toEqual([])
  })
})

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
import { connectDialer } from '../telephony/simulator/remote-support.ts'
import { request, scripted, unscripted } from '../telephony/simulator/support.ts'
import { runCampaign, startServer } from './server.ts'
import { type Environment, givenPath, runCommand, startProgram } from './support.ts'

/** The carrier in a process of its own, on a free port unless it is told another. */
async function startSimulator(args: readonly string[] = [], environment: Environment = {}) {
  const program = startProgram(['simulator', '--port', '0', ...args], environment)
  return { ...program, url: await program.address() }
}

/** A dialer that lives by the real clock. */
const connect = (url: string, heartbeatMs = 2000) => connectDialer(url, { effects: createEffects(), heartbeatMs })

const logged = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

// Each starts one process or two, which takes its time on a busy machine.
describe('simulator', { timeout: 60_000 }, () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'says where it listens and has calls, until %s ends it with 0',
    async (signal) => {
      const { url, child, ended, stdout, stderr } = await startSimulator()
      expect(stdout.lines).toEqual([`listening on ${url}`])
      expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
      const { driver, told, until } = await connect(url)
      expect(await driver.originate(request('a', scripted(95)))).toEqual({ type: 'ACCEPTED' })
      await until('a RINGING')
      child.kill(signal)
      expect(await ended).toBe(0)
      await until('disconnected')
      expect(told.entries.slice(0, 4)).toEqual([
        ...['connected', 'a RINGING', 'a HANGUP', 'disconnected: closed with 1001 Going away'],
      ])
      expect(stderr.lines.map((line) => JSON.parse(line).level)).toEqual(stderr.lines.map(() => 30))
      expect(stderr.lines.map((line) => JSON.parse(line).msg)).toEqual([
        ...['a client has connected', 'asked to end', 'a client is asked to go', 'a client has gone', 'ended'],
      ])
    },
  )

  test('has the speed and the answer rate of its environment', async () => {
    const { url } = await startSimulator([], {
      DIALGRAPH_SIMULATOR_SPEED: '1000',
      DIALGRAPH_SIMULATOR_ANSWER_RATE: '1',
      DIALGRAPH_LOG_LEVEL: 'silent',
    })
    const { driver, heard, until } = await connect(url)
    for (let i = 0; i < 5; i++) await driver.originate(request(`call ${i}`, unscripted(i)))
    for (let i = 0; i < 5; i++) await until(`call ${i} HANGUP`)
    expect(heard.filter((news) => news.type === 'ANSWERED')).toHaveLength(5)
  })

  test('has logged a request before it is killed, and goes on in the file when it is started again', async () => {
    const file = givenPath('requests.jsonl')
    const before = await startSimulator(['--log', file])
    const { driver, until } = await connect(before.url)
    const epoch = await driver.epoch()
    await driver.originate(request('a', scripted(95)))
    expect(await driver.requests()).toEqual(logged(file))
    before.child.kill('SIGKILL')
    await until('disconnected')
    await before.ended

    const after = await startSimulator(['--log', file, '--port', new URL(before.url).port])
    expect(after.url).toBe(before.url)
    const another = await connect(after.url)
    expect(await another.driver.epoch()).not.toBe(epoch)
    expect(await another.driver.list()).toEqual([])
    expect(logged(file)).toMatchObject([
      { position: 1, what: 'ORIGINATE', callId: 'a', installationId: 'one', tryCount: 1 },
      { position: 1, what: 'LIST', installationId: 'one' },
    ])
  })

  test('that is stopped in its tracks is out of reach, and found again when it goes on', async () => {
    const { url, child } = await startSimulator()
    const { driver, told, until } = await connect(url, 500)
    await driver.originate(request('a', scripted(95)))
    await until('a RINGING')
    child.kill('SIGSTOP')
    const placed = driver.originate(request('b', scripted(95)))
    expect(await until('disconnected')).toBe('disconnected: no heartbeat for 1000 ms')
    expect(await placed).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.originate(request('c', scripted(95)))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    told.entries.length = 0
    child.kill('SIGCONT')
    await until('connected')
    // It read the request when it went on: the call was placed, and its answer was lost.
    expect(await driver.list()).toEqual(['a', 'b'])
    const asked = await driver.requests()
    expect(asked.flatMap(({ what, callId }) => (what === 'ORIGINATE' ? [callId] : []))).toEqual(['a', 'b'])
  })

  test('has the calls of a dialer that is pointed at it, and keeps them when the dialer ends', async () => {
    const { url } = await startSimulator()
    const dialer = await startServer({ DIALGRAPH_SIMULATOR_URL: url })
    const { driver } = await connect(url)
    await runCampaign(dialer.url, [scripted(60)])
    const placed = async () => (await driver.requests()).filter(({ what }) => what === 'ORIGINATE')
    while ((await placed()).length === 0);
    dialer.child.kill('SIGTERM')
    expect(await dialer.ended).toBe(0)
    const [call, ...others] = await placed()
    expect(others).toEqual([])
    expect(await driver.lookup(call?.callId ?? '')).toEqual({ type: 'LIVE', state: 'RINGING' })
    expect((await driver.requests()).map(({ what }) => what)).not.toContain('HANGUP')
  })

  test('takes port 4500 unless it is told another', async () => {
    const { stdout: help } = await runCommand(['simulator', '--help'])
    expect(help).toMatch(/--port <port>.*\(default: 4500\)/)
    expect(help).toMatch(/--host <host>[\s\S]*\(default: "127\.0\.0\.1"\)/)
  })

  test('refuses a port that is taken, a port that is none, and a log that cannot be written', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      holder.close()
    })
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    expect(await runCommand(['simulator', '--port', String(port)])).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: `Cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    })
    for (const text of ['65536', '-1', 'http', '']) {
      const { exitCode, stderr } = await runCommand(['simulator', `--port=${text}`])
      expect([exitCode, stderr]).toEqual([64, expect.stringContaining('It must be a whole number from 0 to 65535.')])
    }
    expect(await runCommand(['simulator', '--log', '/dev/shm/there/is/none'])).toMatchObject({
      exitCode: 78,
      stdout: '',
      stderr: expect.stringMatching(/^Cannot write the log of requests: ENOENT/),
    })
  })
})

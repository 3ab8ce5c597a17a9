import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { type Client, createClient } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { scripted } from '../support/given.ts'
import { runCampaign, startServer } from './server.ts'
import { ask, givenPath, openApp, runCommand, startProgram } from './support.ts'

function connectClient(url: string): Client {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  onTestFinished(() => client.dispose())
  return client
}

interface Step {
  readonly event: string
  readonly to: string
}

/** Every transition of every call from now on, also what happens before the first is asked for. */
async function followCalls(url: string) {
  const client = connectClient(url)
  const { data } = await ask(url, '{ latestCursor }')
  const results = client.iterate<{ campaigncallTransitioned: Step }>({
    query: 'subscription ($after: String) { campaigncallTransitioned(after: $after) { event to } }',
    variables: { after: data.latestCursor },
  })
  return {
    client,
    async next(): Promise<Step> {
      const { value } = await results.next()
      return value.data.campaigncallTransitioned
    },
    /** Settles when so many calls have come to that event. */
    async until(event: string, count: number): Promise<void> {
      for (let seen = 0; seen < count; ) if ((await this.next()).event === event) seen++
    },
  }
}

describe('serve', () => {
  test('says where it listens, answers, and ends with 0 when it is asked to', async () => {
    const { url, stdout, stderr, child, ended } = await startServer()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(stdout.lines.filter((line) => line.startsWith('listening on '))).toHaveLength(1)
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
    const ready = await fetch(`${url}/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', engine: { state: 'RUNNING', reason: null } },
    ])
    expect(await ask(url, '{ campaigns { totalCount } }')).toEqual({ data: { campaigns: { totalCount: 0 } } })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(stderr.lines.map((line) => JSON.parse(line).msg)).toEqual(['asked to end', 'ended'])
  })

  test('ends soon with calls in flight and a subscriber, and leaves no call open', async () => {
    const { url, child, ended, file, stderr } = await startServer({ DIALGRAPH_SIMULATOR_SPEED: '5' })
    const calls = await followCalls(url)
    const closed = new Promise<[number, string]>((resolve) => {
      calls.client.on('closed', (event) => {
        const { code, reason } = event as { code: number; reason: string }
        resolve([code, reason])
      })
    })
    // Half of them are answered and never hang up, half of them ring until they are given up.
    const numbers = [95, 96, 97, 98, 99, 60, 61, 62, 63, 64].map((dd) => scripted(dd))
    const { campaignId } = await runCampaign(url, numbers)
    await calls.until('ANSWERED', 5)
    const { data } = await ask(
      url,
      'query ($id: ID!) { campaign(id: $id) { stats { callsDialing callsProgressing } } }',
      { id: campaignId },
    )
    expect(data.campaign.stats).toEqual({ callsDialing: 5, callsProgressing: 5 })
    const askedAt = performance.now()
    child.kill('SIGTERM')
    expect(await closed).toEqual([1001, 'Going away'])
    expect(await ended).toBe(0)
    expect(performance.now() - askedAt).toBeLessThan(5000)
    expect(stderr.lines.map((line) => JSON.parse(line).level).filter((level) => level > 30)).toEqual([])

    const { app, viewer, close } = await openApp(file)
    const page = await app.campaigncalls.page(viewer, { orderBy: 'CREATED_AT_ASC', within: { campaignId } })
    await close()
    expect(page.rows.map((call) => call.status)).toEqual(numbers.map(() => 'DONE'))
    expect(page.rows.map((call) => call.status === 'DONE' && call.answeredAt !== null)).toEqual(
      numbers.map((_, i) => i < 5),
    )
  })

  test('dials what another process imports meanwhile, until Ctrl-C ends it with 0', async () => {
    const { url, file, child, ended } = await startServer()
    const calls = await followCalls(url)
    const { outdialId } = await runCampaign(url, [], 'CONTINUE')
    const csv = givenPath('targets.csv')
    writeFileSync(csv, `phone\n${scripted(0)}\n${scripted(50)}\n`)
    const imported = await runCommand(['import', outdialId, csv], { DIALGRAPH_DATABASE: file })
    expect(imported).toMatchObject({ exitCode: 0, stdout: '2 targets added, 0 rows not.\n' })
    await calls.until('ENDED', 2)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })

  test('refuses a port that is taken, and a database that is not there', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      holder.close()
    })
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const file = givenPath()
    const [taken, missing] = [
      startProgram(['serve', '--create'], { DIALGRAPH_DATABASE: givenPath(), DIALGRAPH_PORT: String(port) }),
      startProgram(['serve'], { DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0' }),
    ]
    expect(await taken.ended).toBe(78)
    expect(taken.stderr.lines).toEqual([expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`)])
    expect(await missing.ended).toBe(78)
    expect(missing.stderr.lines).toEqual([expect.stringContaining(`There is no database at ${file}.`)])
    expect(existsSync(file)).toBe(false)
  })
})

import { cpSync, linkSync, rmSync, truncateSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, engineAt, readyAt } from './api.ts'
import { look, requestsOf } from './evidence.ts'
import { createStage } from './stage.ts'
import { type Carrier, createStory, startCarrier } from './story.ts'

const timeout = 240_000

const stage = createStage()
let carrier: Carrier

beforeAll(async () => {
  carrier = await startCarrier(stage, 20)
}, 60_000)
afterAll(() => stage.end())

const callsOf = (file: string) =>
  requestsOf(carrier.log, look(file).installationId).filter(({ what }) => what === 'ORIGINATE')

/** A life of the program on a file. Returns what its engine says once it has looked at everything. */
async function startOn(file: string, environment: Readonly<Record<string, string>>) {
  const child = stage.program(['serve'], { ...environment, DIALGRAPH_DATABASE: file })
  const url = await child.told('listening on ')
  return { child, url, engine: await engineAt(url), ready: (await readyAt(url)).status }
}

const halted = (reason: RegExp) => ({ engine: { state: 'HALTED', reason: expect.stringMatching(reason) }, ready: 503 })

test('a backup and a copy that are started beside their original place no call, and one that is resumed does', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 40, scripts: [0, 50], maxTryCount: 1 })
  const original = await story.live()
  await story.untilTold('ENDED')
  const backup = stage.path()
  const backing = stage.program(['backup', backup], story.environment)
  expect(await backing.ended).toBe(0)
  const first = await startOn(backup, story.environment)
  expect(first).toMatchObject(halted(/This database is a backup that contains nothing after/))
  expect(await story.end(original)).toMatchObject({ findings: [], unknown: [], exitCode: 0 })
  expect(callsOf(story.file)).toHaveLength(40)

  const copy = `${dirname(stage.path())}/copy/${basename(story.file)}`
  cpSync(dirname(story.file), dirname(copy), { recursive: true })
  const second = await startOn(copy, story.environment)
  expect(second).toMatchObject(halted(/it is a copy, or was moved to another disk/))
  second.child.signal('SIGKILL')
  await second.child.ended
  expect(await startOn(copy, story.environment)).toMatchObject(halted(/it is a copy/))
  expect(callsOf(story.file)).toHaveLength(40)

  // What was dialed after the backup is dialed again, now that a person has said so.
  const { engineResume } = await ask(first.url, 'mutation { engineResume { engine { state } userErrors { code } } }')
  expect(engineResume.userErrors).toEqual([])
  first.child.signal('SIGKILL')
  await first.child.ended
  expect(await startOn(backup, story.environment)).toMatchObject({ ready: 200 })
})

test('a database whose -wal was removed after a kill is older than its mark', { timeout }, async () => {
  const story = await createStory(stage, carrier, { targets: 60 })
  await story.liveUntil('SENT:10')
  rmSync(`${story.file}-wal`)
  const placed = callsOf(story.file).length
  const doctor = stage.program(['doctor'], story.environment)
  expect(await doctor.told('engine       warning  Not running')).toContain('serve will start it HALTED')
  const again = await startOn(story.file, story.environment)
  expect(again).toMatchObject(halted(/an earlier state: its log ends at \d+ in term \d, but had reached/))
  expect(callsOf(story.file)).toHaveLength(placed)
})

test('a program whose -wal is cut ends at once, with 70 and a sentence, and the next one waits for a person', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 400, scripts: [50], maxTryCount: 1 })
  const { child } = await story.live()
  await story.untilTold('ENDED')
  truncateSync(`${story.file}-wal`)
  const placed = callsOf(story.file).length
  await child.complained('-wal was cut to')
  expect(await child.ended).toBe(70)
  // One tick may have been committed already as it was cut.
  expect(callsOf(story.file).length - placed).toBeLessThan(20)
  expect(await startOn(story.file, story.environment)).toMatchObject(halted(/an earlier state/))
})

test('a database is refused under a second name, also while an engine runs on it under the first', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 5 })
  const first = await story.live()
  const link = stage.path()
  linkSync(story.file, link)
  const second = stage.program(['serve'], { ...story.environment, DIALGRAPH_DATABASE: link })
  await second.complained('has a second name, a hard link')
  expect(await second.ended).toBe(78)
  expect(await story.end(first)).toMatchObject({ findings: [], unknown: [], exitCode: 0 })
})

test('a database that is locked for longer than 5 s is TRY_AGAIN, which is no defect', { timeout }, async () => {
  const story = await createStory(stage, carrier, { targets: 5 })
  const { child, url } = await story.live()
  const other = new Database(story.file)
  other.exec('begin immediate')
  const body = JSON.stringify({ query: 'mutation { outdialCreate(input: { name: "A list" }) { outdial { id } } }' })
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'TRY_AGAIN', retryAfterMs: 1000 } }] })
  other.close()
  expect(child.complaints('a request failed because of a defect')).toBe(0)
  expect(await story.end({ child, url })).toMatchObject({ findings: [], exitCode: 0 })
})

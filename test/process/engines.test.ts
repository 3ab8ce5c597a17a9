import { appendFileSync, existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, engineAt, readyAt } from './api.ts'
import { createStage } from './stage.ts'
import { type Carrier, createStory, startCarrier } from './story.ts'

const timeout = 240_000

const stage = createStage()
let carrier: Carrier

beforeAll(async () => {
  carrier = await startCarrier(stage, 20)
}, 60_000)
afterAll(() => stage.end())

const crashesOf = (file: string) => `${file}-engine.crashes`

/** The program has ended so often for defects of its own, just now. */
function givenCrashes(file: string, count: number): void {
  appendFileSync(crashesOf(file), `${new Date().toISOString()}\n`.repeat(count))
}

/** Asks the engine to go on. Returns what it says to that. */
async function resume(url: string) {
  const { engineResume } = await ask(url, 'mutation { engineResume { engine { state here } userErrors { code } } }')
  return engineResume
}

test('a second engine is refused and told who the first is, which goes on', { timeout }, async () => {
  const story = await createStory(stage, carrier, { targets: 5 })
  const first = await story.live()
  const second = stage.program(['serve'], story.environment)
  await second.complained(`process ${first.child.pid}`)
  expect(await second.ended).toBe(75)
  expect(await story.end(first)).toMatchObject({ findings: [], unknown: [], exitCode: 0 })
})

test('a second engine is refused while the first is stopped, which gives back what it can no longer send', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 30 })
  const first = await story.live((environment) =>
    stage.entry('crashing', [], { ...environment, DIALGRAPH_CRASH_AT: 'COMMITTED:1:SIGSTOP' }),
  )
  await first.child.told('crash ')
  const stoppedAt = performance.now()
  do {
    const second = stage.program(['serve'], story.environment)
    expect(await second.ended).toBe(75)
  } while (performance.now() - stoppedAt < 2500)
  first.child.signal('SIGCONT')
  const { findings, unknown, exitCode, snapshot, requests } = await story.end(first)
  expect([findings, unknown, exitCode]).toEqual([[], [], 0])
  const asked = new Set(requests.filter(({ what }) => what === 'ORIGINATE').map(({ callId }) => callId))
  const unsent = snapshot.calls.filter((call) => !asked.has(call.reference_id))
  expect(unsent.length).toBeGreaterThan(0)
  expect(new Set(unsent.map((call) => call.hangup_reason))).toEqual(new Set(['CANCEL']))
  // Each of them is called after all.
  for (const { outdial_target_id: id } of unsent)
    expect(snapshot.calls.filter((call) => call.outdial_target_id === id && asked.has(call.reference_id))).not.toEqual(
      [],
    )
})

test('a process without the engine serves its API beside the one that dials, and says when that is gone', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 30 })
  givenCrashes(story.file, 6)
  const engine = stage.program(['serve'], story.environment)
  const engineUrl = await engine.told('listening on ')
  const beside = await story.live((environment) => stage.program(['serve', '--no-engine'], environment))
  const halted = { state: 'HALTED', reason: expect.stringMatching(/crashed 6 times/) }
  expect(await engineAt(beside.url)).toMatchObject({ ...halted, here: false, term: 1 })
  expect([(await readyAt(engineUrl)).status, (await readyAt(beside.url)).status]).toEqual([503, 200])
  expect(story.told()).toEqual([])

  expect(await resume(beside.url)).toEqual({ engine: { state: 'RUNNING', here: false }, userErrors: [] })
  expect(existsSync(crashesOf(story.file))).toBe(false)
  expect(await engineAt(engineUrl)).toMatchObject({ state: 'RUNNING', here: true })
  const { findings, unknown, exitCode, requests } = await story.end(beside)
  expect([findings, unknown, exitCode]).toEqual([[], [], 0])
  expect(requests.filter(({ what }) => what === 'ORIGINATE').length).toBeGreaterThan(30)

  const again = stage.program(['serve', '--no-engine'], story.environment)
  const url = await again.told('listening on ')
  engine.signal('SIGKILL')
  await engine.ended
  // A process that was killed said nothing: only its silence tells, which is not long enough yet.
  expect(await engineAt(url)).toMatchObject({ state: 'RUNNING', here: false })
  expect((await readyAt(url)).status).toBe(200)
})

test('an error that nobody expected ends the program with 70, and the sixth within ten minutes stops the next engine', {
  timeout,
}, async () => {
  const story = await createStory(stage, carrier, { targets: 5 })
  givenCrashes(story.file, 5)
  const first = await story.live()
  expect(await engineAt(first.url)).toMatchObject({ state: 'RUNNING' })
  first.child.signal('SIGUSR2')
  await first.child.complained('an error that a test asked for')
  expect(await first.child.ended).toBe(70)
  const second = await story.live()
  expect(await engineAt(second.url)).toMatchObject({
    state: 'HALTED',
    reason: expect.stringMatching(/crashed 6 times/),
  })
  expect((await readyAt(second.url)).status).toBe(503)
  expect(await resume(second.url)).toEqual({ engine: { state: 'RUNNING', here: true }, userErrors: [] })
  expect(existsSync(crashesOf(story.file))).toBe(false)
  expect(await story.end(second)).toMatchObject({ findings: [], exitCode: 0 })
})

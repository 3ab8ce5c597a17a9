import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, runCampaign, untilCampaign } from './api.ts'
import type { Environment } from './children.ts'
import { judge, look, requestsOf } from './evidence.ts'
import { prepareCampaign } from './list.ts'
import { createStage } from './stage.ts'
import { type Carrier, createStory, environmentOf, type Killed, startCarrier } from './story.ts'

const stage = createStage()
let carrier: Carrier

beforeAll(async () => {
  carrier = await startCarrier(stage, 10)
}, 60_000)
afterAll(() => stage.end())

const statusAt = ({ crash, snapshot }: Killed) =>
  snapshot.calls.find((call) => call.reference_id === crash.callId)?.status

/** Whether the kill was where it is said to be. */
function expectKilledAt(killed: Killed): void {
  const { crash, snapshot, unanswered } = killed
  const { point } = crash
  switch (point) {
    case 'COMMITTED':
      // Some of what is DIALING was not even asked for.
      expect(unanswered, point).toBeGreaterThan(crash.unansweredIds.length)
      break
    case 'SENT':
      expect(crash.unansweredIds, point).toContain(crash.callId)
      expect(statusAt(killed), point).toBe('DIALING')
      break
    case 'ACCEPTED':
      expect(crash.unansweredIds, point).not.toContain(crash.callId)
      expect(statusAt(killed), point).toBe('DIALING')
      break
    case 'ANSWERED':
      expect(statusAt(killed), point).toBe('DIALING')
      break
    case 'ENDED':
      expect(statusAt(killed), point).toMatch(/DIALING|PROGRESSING/)
      break
    case 'RECOVERING':
      expect(statusAt(killed), point).toMatch(/DIALING|PROGRESSING/)
      break
    case 'REPORTING':
      expect(snapshot.calls.length, point).toBeGreaterThan(0)
      break
    default:
      throw new Error(`no kill at ${point}`)
  }
}

/** Each life of the program ends at its point; then comes one that ends as it should. */
const stories = [
  ['SENT:1', 'RECOVERING:1', 'COMMITTED:1', 'ANSWERED:1', 'REPORTING:1', 'ENDED:3', 'ACCEPTED:5'],
  ['COMMITTED:3', 'RECOVERING:2', 'ANSWERED:3', 'ENDED:1', 'ACCEPTED:12', 'REPORTING:2', 'SENT:10'],
  ['ACCEPTED:20', 'RECOVERING:4', 'REPORTING:3', 'SENT:18', 'ENDED:2', 'COMMITTED:2', 'ANSWERED:2'],
]

const targets = 300
/** However slow the machine, no life uses up the list. */
const slowly = { DIALGRAPH_CALLS_PER_SECOND: '20' }
const quickly = (environment: Environment) =>
  stage.program(['serve'], { ...environment, DIALGRAPH_CALLS_PER_SECOND: '200' })

test.concurrent.for(stories)(
  'killed at %s, …, and asked to end, it doubles and loses nothing',
  {
    timeout: 240_000,
  },
  async (points) => {
    const story = await createStory(stage, carrier, { targets }, slowly)
    let unanswered = 0
    for (const point of points) {
      const killed = await story.liveUntil(point)
      unanswered += killed.unanswered
      expectKilledAt(killed)
    }
    const inFlight = await story.liveUntilAskedToEnd()
    expect(inFlight.length).toBeGreaterThan(0)
    const { snapshot, requests, findings, unknown, exitCode } = await story.end(await story.live(quickly))
    expect([findings, exitCode]).toEqual([[], 0])
    expect(unknown.length).toBeLessThanOrEqual(unanswered)
    // Who is asked to end leaves nothing behind that nobody knows of (docs/rules.md#honest-unknown).
    expect(unknown.filter((call) => inFlight.some(({ id }) => id === call.id))).toEqual([])
    expect(new Set(snapshot.calls.map((call) => call.outdial_target_id)).size).toBe(targets)
    expect(requests.filter(({ what }) => what === 'LOOKUP')).not.toEqual([])
  },
)

test.concurrent('killed while it migrates a new database, it begins anew and goes on', {
  timeout: 240_000,
}, async () => {
  const file = stage.path()
  const environment = environmentOf(file, carrier)
  for (const point of ['MIGRATING:1', 'MIGRATING:12', 'MIGRATING:30']) {
    const child = stage.entry('crashing', [], { ...environment, DIALGRAPH_CRASH_AT: point })
    await child.told('crash ')
    expect(await child.ended).toBe('SIGKILL')
    expect(look(file).tables.filter((name) => name !== '__drizzle_migrations')).toEqual([])
  }
  const child = stage.program(['serve', '--create'], environment)
  const url = await child.told('listening on ')
  const { latestCursor: after } = await ask(url, '{ latestCursor }')
  const id = await prepareCampaign(file, { targets: 20 })
  await runCampaign(url, id)
  await untilCampaign(url, { id, status: 'STOP', after })
  child.signal('SIGTERM')
  expect(await child.ended).toBe(0)
  const snapshot = look(file, { deep: true })
  const requests = requestsOf(carrier.log, snapshot.installationId)
  expect(judge({ snapshot, requests, received: [], toldAtLeast: 0 })).toEqual([])
})

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../../src/kernel/random.ts'
import { builtFile } from '../support/built.ts'
import { temporaryFile } from '../support/world.ts'
import type { DiskEvent } from './power-loss/disk.ts'
import { drawCuts, judgeTrace } from './power-loss/judge.ts'
import { databaseName, recordWorkload, whyNotTraced } from './power-loss/record.ts'

const seed = 20_261_120
const copies = dirname(temporaryFile())
/** On a disk where there is one: how long a sync takes decides what happens between two of them. */
const recorded = mkdtempSync(join(tmpdir(), 'dialgraph-power-loss-'))
const why = whyNotTraced()
if (why !== null) process.stderr.write(`The tests of power loss are skipped: ${why}\n`)

const workload = [builtFile('test/process/power-loss/workload.ts')]
const log = `${databaseName}-wal`
const isNote = (event: DiskEvent, word: string) => event.type === 'NOTED' && event.text.startsWith(word)

afterAll(() => {
  for (const folder of [copies, recorded]) rmSync(folder, { recursive: true, force: true })
})

function givenFolder(name: string): string {
  const folder = join(recorded, name)
  mkdirSync(folder)
  return folder
}

function judge(events: readonly DiskEvent[], count: number) {
  const random = createRandom(seed)
  const cuts = drawCuts(events, count, random)
  return judgeTrace(events, { database: databaseName, folder: copies, cuts, random })
}

/** Syncs of the log that nothing but the asking for a call follows, each with the place after it. */
function syncsBeforeCalls(events: readonly DiskEvent[]): { sync: number; asked: number }[] {
  const found: { sync: number; asked: number }[] = []
  let sync: number | null = null
  for (const [i, event] of events.entries()) {
    if (event.type === 'SYNCED') sync = event.name === log ? i : null
    if (sync === null || !isNote(event, 'asked')) continue
    found.push({ sync, asked: i + 1 })
    sync = null
  }
  return found
}

describe.skipIf(why !== null)('a campaign whose machine may lose its power at any moment', { timeout: 60_000 }, () => {
  let events: DiskEvent[] = []
  beforeAll(async () => {
    events = await recordWorkload(givenFolder('full'), 100, { workload })
  }, 60_000)

  test('calls people while the log of SQLite is written back into the file, and begun anew', () => {
    const isAsked = (event: DiskEvent) => isNote(event, 'asked')
    const whileCalling = events.slice(events.findIndex(isAsked), events.findLastIndex(isAsked))
    const begun = whileCalling.filter((event) => event.type === 'WRITTEN' && event.name === log && event.at === 0)
    const writtenBack = whileCalling.filter((event) => event.type === 'SYNCED' && event.name === databaseName)
    expect(whileCalling.filter(isAsked).length).toBeGreaterThan(200)
    expect(begun.length).toBeGreaterThan(3)
    expect(writtenBack.length).toBeGreaterThan(3)
  })

  test('has a record of every call that was placed, and every transition that was shown', () => {
    expect(judge(events, 400)).toEqual([])
  })

  test('would lack calls if any one sync of the log before a call were left out', () => {
    const syncs = syncsBeforeCalls(events)
    expect(syncs.length).toBeGreaterThan(30)
    const harmless = syncs.filter(({ sync, asked }) => {
      const without = events.filter((_, i) => i !== sync)
      // Chance that always says 0 leaves nothing that was not synced.
      const options = { database: databaseName, folder: copies, cuts: [asked - 1], random: () => 0 }
      return !judgeTrace(without, options).some(({ what }) => what.includes('have no record'))
    })
    expect(harmless).toEqual([])
  })

  test('lacks calls where SQLite is told not to sync', async () => {
    const findings = judge(await recordWorkload(givenFolder('off'), 10, { synchronous: 'OFF', workload }), 50)
    expect(findings.map(({ what }) => what).join()).toContain('have no record')
  })
})

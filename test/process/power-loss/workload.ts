/**
 * Campaigns over the real engine, use cases and store on a real clock, in a process to be traced:
 * `workload.ts <database> <notes> <targets> <FULL|OFF>`. Every call is noted with one write at the moment that the carrier is
 * asked for it, and so is, after each commit, how far the log is shown to its readers.
 */
import { openSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import { createApp } from '../../../src/app/app.ts'
import { localViewer } from '../../../src/app/viewer.ts'
import { createEngine } from '../../../src/engine/engine.ts'
import { createEffects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import { createStore } from '../../../src/store/sqlite/store.ts'
import { givenRunning, scripted } from '../../support/given.ts'
import { createScriptedDriver } from '../../support/scripted-driver.ts'
import type { World } from '../../support/world.ts'

const [file = '', notesFile = '', targets = '', synchronous = ''] = process.argv.slice(2)
const notes = openSync(notesFile, 'a')
const effects = createEffects()

/** A carrier that lets every third call be busy, and ends the others a few milliseconds after it answered them. */
function createCarrier() {
  const carrier = createScriptedDriver(effects)
  let requests = 0
  carrier.answerWith(({ callId }) => {
    writeSync(notes, `asked ${callId}\n`)
    const tell = carrier.tell.bind(null, callId)
    if (++requests % 3 === 0) {
      effects.timer(2, () => tell({ type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' }))
    } else {
      effects.timer(1, () => tell({ type: 'ANSWERED' }))
      effects.timer(4, () => tell({ type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' }))
    }
    return { type: 'ACCEPTED' }
  })
  return carrier.driver
}

/** Writes the log of SQLite back into the file much more often than the program does: that is when most can go wrong. */
function createCheckpoint() {
  const db = new Database(file)
  db.pragma('synchronous = FULL')
  let rings = 0
  return {
    afterSome() {
      if (++rings % 20 === 0) db.pragma('wal_checkpoint(PASSIVE)')
    },
    close: () => db.close(),
  }
}

/** From the opening of the database to its closing: a campaign, to its natural end. */
async function live(life: number): Promise<void> {
  // What the program does by itself has to be FULL: it is not told so.
  const options = { file, create: true, ...(synchronous === 'OFF' && { synchronous: 'OFF' as const }) }
  const store = createStore(options, effects)
  const app = await createApp(store, effects, silentLog, {
    defaultCountry: null,
    callDurationMaxMs: 3_600_000,
    concurrentCallsMax: 0,
  })
  const checkpoint = createCheckpoint()
  app.reader.wakeup.onRing(() => {
    writeSync(notes, `shown ${app.reader.latestPosition()}\n`)
    checkpoint.afterSome()
  })
  const engine = createEngine({ app, driver: createCarrier(), effects, log: silentLog, callsPerSecond: 0 })
  await engine.start()
  const steps = await app.transitions.campaigns(localViewer, {})
  await givenRunning({ app, viewer: localViewer } as World, {
    people: Array.from({ length: Number(targets) }, (_, i) => [scripted(i % 100, 200 + life)]),
    plan: { maxTryCounts: [2], tryIntervalMs: 0 },
    campaign: { concurrentCallsMax: 5 },
  })
  for await (const step of steps) if (step.to === 'STOP') break
  await engine.stop()
  checkpoint.close()
  await store.close()
}

// Twice: what is left of the first log of SQLite must do no harm to the second.
for (const life of [1, 2]) await live(life)

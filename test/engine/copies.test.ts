import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/app/app.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { backUpDatabase } from '../../src/store/sqlite/backup.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import { engineOf, originates, resume } from '../support/engine.ts'
import { givenOutdial, givenRunning, must, scripted } from '../support/given.ts'
import { createScriptedDriver } from '../support/scripted-driver.ts'
import { createWorld, temporaryFile } from '../support/world.ts'

const plan = { maxTryCounts: [1] }
/** One call at a time, of people who are never called back. */
const campaign = { concurrentCallsMax: 1 }
const appOptions = { defaultCountry: null, callDurationMaxMs: 1000, concurrentCallsMax: 0 }

function givenFile(): string {
  const file = temporaryFile()
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
  return file
}

/** A life of the program on a file, with a carrier that says of every call of before that it has ended. */
async function live(file: string) {
  const effects = createSimulatedEffects()
  const carrier = createScriptedDriver(effects)
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt: effects.now() }))
  const world = await createWorld({ file, effects, driver: carrier.driver })
  let isOver = false
  const end = async () => {
    if (!isOver) await world.close()
    isOver = true
  }
  onTestFinished(end)
  const { asked } = carrier
  const dialed = () => originates(carrier)
  return { world, asked, dialed, end }
}

/** A database whose engine was stopped while it called the first of some people. Each life is to call the next one. */
async function givenUsed() {
  const file = givenFile()
  const { world, dialed, end } = await live(file)
  const people = Array.from({ length: 6 }, (_, i) => [scripted(95, 202 + i)])
  await givenRunning(world, { people, plan, campaign })
  await world.settle()
  expect(dialed()).toBe(1)
  await end()
  return file
}

/** What an engine says that was started on a file. */
async function startOn(file: string) {
  const life = await live(file)
  await life.world.advance(5000)
  const { state, reason } = await engineOf(life.world)
  const epoch = (await life.world.store.read.installations.get()).epoch
  return { ...life, state, reason, epoch }
}

const goesOn = { state: 'RUNNING', reason: null }
const halted = (reason: RegExp) => ({ state: 'HALTED', reason: expect.stringMatching(reason) })

describe('an engine goes on', () => {
  test('after a restart', async () => {
    const file = await givenUsed()
    for (let i = 0; i < 3; i++) {
      const life = await startOn(file)
      expect(life).toMatchObject(goesOn)
      await life.end()
    }
  })

  test.each<readonly [string, (file: string) => string]>([
    [
      'vacuumed',
      (file) => {
        const client = new Database(file)
        client.exec('vacuum')
        client.close()
        return file
      },
    ],
    [
      'moved with all that lies beside it',
      (file) => {
        const folder = `${dirname(givenFile())}/moved`
        renameSync(dirname(file), folder)
        return `${folder}/${basename(file)}`
      },
    ],
    [
      'cut out of its log by another program that had it open last',
      (file) => {
        const client = new Database(file)
        client.prepare('select count(*) from campaigncall').get()
        client.close()
        return file
      },
    ],
  ])('in a database that was %s', async (_how, change) => {
    const file = change(await givenUsed())
    expect(await startOn(file)).toMatchObject(goesOn)
  })

  test('in a database of which no engine has run yet, wherever it was copied to', async () => {
    const file = givenFile()
    const store = createStore({ file, create: true }, createSimulatedEffects())
    await createApp(store, createSimulatedEffects(), silentLog, appOptions)
    await store.close()
    const copy = givenFile()
    copyFileSync(file, copy)
    expect(await startOn(copy)).toMatchObject(goesOn)
  })
})

describe('an engine is halted', () => {
  /** A life that calls the next person. Returns what stood in the file before it. */
  async function givenEarlierState(file: string): Promise<Buffer> {
    const bytes = readFileSync(file)
    const { dialed, end } = await startOn(file)
    expect(dialed()).toBe(1)
    await end()
    return bytes
  }

  const cases: readonly (readonly [string, RegExp, (file: string) => string | Promise<string>])[] = [
    [
      'in a copy of the folder',
      /is not the one .* it is a copy/,
      (file) => {
        const copy = `${dirname(givenFile())}/copy`
        cpSync(dirname(file), copy, { recursive: true })
        return `${copy}/${basename(file)}`
      },
    ],
    [
      'in a copy of the database alone',
      /is not the one .* it is a copy/,
      (file) => {
        const copy = givenFile()
        copyFileSync(file, copy)
        return copy
      },
    ],
    [
      'in an earlier state of the same file',
      /is an earlier state: its log ends at \d+ in term 1, but had reached \d+ in term 2/,
      async (file) => {
        writeFileSync(file, await givenEarlierState(file))
        return file
      },
    ],
    [
      'in a file that was moved away from its mark',
      /high-water mark .* is missing/,
      (file) => {
        const moved = givenFile()
        renameSync(file, moved)
        return moved
      },
    ],
    [
      'in a file whose mark was spoiled',
      /high-water mark .* cannot be read/,
      (file) => {
        writeFileSync(`${file}-engine.mark`, 'nothing')
        return file
      },
    ],
    [
      'in a backup',
      /is a backup that contains nothing after/,
      async (file) => {
        const target = givenFile()
        await backUpDatabase({ file, target })
        return target
      },
    ],
  ]

  test.each(cases)('%s, over restarts, until a person lets it go on', async (_where, reason, spoil) => {
    const used = await givenUsed()
    const file = await spoil(used)
    const before = readMarkFiles(file)
    for (let i = 0; i < 2; i++) {
      const life = await startOn(file)
      expect(life).toMatchObject(halted(reason))
      expect(life.dialed()).toBe(0)
      await life.end()
    }
    // What proves it is left as it was found.
    expect(readMarkFiles(file)).toEqual(before)
    const { world, dialed, end } = await startOn(file)
    await resume(world)
    expect(await engineOf(world)).toMatchObject(goesOn)
    expect(dialed()).toBe(1)
    await end()
    expect(await startOn(file)).toMatchObject(goesOn)
  })

  test.each(cases)('%s, with cursors of its own', async (_where, _reason, spoil) => {
    const used = await givenUsed()
    const first = await startOn(used)
    await first.end()
    const file = await spoil(used)
    const found = await startOn(file)
    expect(found.epoch).not.toBe(first.epoch)
    await found.end()
    // Once: the cursors that it hands out meanwhile stay good.
    expect((await startOn(file)).epoch).toBe(found.epoch)
  })

  test('although a program without an engine has written more than what was lost', async () => {
    const file = await givenUsed()
    writeFileSync(file, await givenEarlierState(file))
    const { world, end } = await live(givenFile())
    const effects = createSimulatedEffects({ seed: 2 })
    const store = createStore({ file, create: false }, effects)
    const app = await createApp(store, effects, silentLog, appOptions)
    for (let i = 0; i < 100; i++) await givenOutdial({ ...world, app })
    await store.close()
    await end()
    expect(await startOn(file)).toMatchObject(halted(/an earlier state/))
  })

  test('in a database of before a restore that is put back', async () => {
    const file = await givenUsed()
    const { world, end } = await startOn(file)
    // A restored database has another epoch, and may be at any place of its log.
    await world.store.transact('ALL', (tx) => tx.installations.beginEpoch('another'))
    await end()
    const client = new Database(file)
    client.exec("update engine set state = 'HALTED', halt_cause = 'RESTORED', reason = 'It was restored.'")
    client.close()
    const restored = await startOn(file)
    await resume(restored.world)
    await restored.end()
    const back = new Database(file)
    back.exec("update installation set epoch = 'the one of before'")
    back.close()
    expect(await startOn(file)).toMatchObject(halted(/Another state of this database was in use here/))
  })

  test('and asks nothing of the carrier until a person lets it go on', async () => {
    const file = await givenUsed()
    const copy = givenFile()
    copyFileSync(file, copy)
    const { world, asked } = await startOn(copy)
    const [call] = await world.store.read.campaigncalls.inFlight('ALL')
    // Its own limits pass meanwhile, and somebody asks for its end.
    await world.advance(60_000)
    must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
    await world.advance(60_000)
    expect(asked).toEqual([])
    await resume(world)
    expect(asked.map(({ what }) => what)).toContain('LOOKUP')
  })

  test('for this besides what halted it before', async () => {
    const file = await givenUsed()
    const client = new Database(file)
    client.exec("update engine set state = 'HALTED', halt_cause = 'INVARIANT', reason = 'Two calls for one target.'")
    client.close()
    const copy = givenFile()
    copyFileSync(file, copy)
    expect(await startOn(copy)).toMatchObject(halted(/it is a copy.* Two calls for one target\./))
  })
})

/** The bytes of the marks beside a file. */
function readMarkFiles(file: string): unknown {
  const names = readdirSync(dirname(file)).filter((name) => name.endsWith('.mark'))
  return names.map((name) => [name, readFileSync(`${dirname(file)}/${name}`, 'latin1')])
}

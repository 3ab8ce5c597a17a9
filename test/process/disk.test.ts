import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ask, engineAt, readyAt } from './api.ts'
import { createStage } from './stage.ts'
import { type Carrier, createStory, startCarrier } from './story.ts'

const stage = createStage()
let carrier: Carrier

beforeAll(async () => {
  carrier = await startCarrier(stage, 20)
}, 60_000)
afterAll(() => stage.end())

/** A place for a database whose room can be taken away, and given back. */
interface Disk {
  readonly file: string
  fill(pid: number): void
  makeRoom(pid: number): void
}

/** A disk in memory of its own, which another file fills. Null where nothing may be mounted. */
function givenSmallDisk(): Disk | null {
  const file = stage.path()
  const folder = dirname(file)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return null
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
  })
  const filler = `${folder}/filler`
  return {
    file,
    fill() {
      const descriptor = openSync(filler, 'w')
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(4096))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      } finally {
        closeSync(descriptor)
      }
    },
    makeRoom: () => rmSync(filler),
  }
}

/** No file of the process may be written beyond its beginning. Null where its limits cannot be set. */
function givenLimit(): Disk | null {
  const file = stage.path()
  const limit = (pid: number, bytes: number | string) =>
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { stdio: 'ignore' })
  try {
    limit(process.pid, 'unlimited')
  } catch {
    return null
  }
  return {
    file,
    // Not at the size of the files: the log of SQLite is begun anew, and has room then.
    fill: (pid) => limit(pid, 4096),
    makeRoom: (pid) => limit(pid, 'unlimited'),
  }
}

const create = 'mutation { outdialCreate(input: { name: "Another" }) { outdial { id } userErrors { message } } }'

async function createUntilRefused(url: string): Promise<never> {
  for (;;) await ask(url, create)
}

test.for([
  ['disk that is full', givenSmallDisk],
  ['limit on the size of files', givenLimit],
] as const)(
  'a %s stops all dialing until there is room again, and nothing is half done',
  {
    timeout: 240_000,
  },
  async ([, givenDisk], { skip }) => {
    const disk = givenDisk()
    if (disk === null) return skip('this machine does not let a test do so')
    const settings = { DIALGRAPH_CALLS_PER_SECOND: '20' }
    const story = await createStory(stage, carrier, { targets: 100 }, settings, disk.file)
    const { child, url } = await story.live()
    await story.untilTold('ENDED')
    disk.fill(child.pid)
    // There may be some room left inside of the files.
    await expect(createUntilRefused(url)).rejects.toMatchObject({ errors: [{ extensions: { code: 'STORAGE_FULL' } }] })
    await child.complained('the engine places no calls')
    // What a tick writes may be less than the mutation, and still have found room.
    await child.complained('a tick of the engine failed')
    expect(await engineAt(url)).toMatchObject({ state: 'HALTED', reason: expect.stringMatching(/no room left/) })
    expect(await readyAt(url)).toMatchObject({ status: 503, body: { status: 'halted' } })
    const passed = 'a cause of the halt has passed'
    const haltedAt = Date.now()
    // It tries again and again whether there is room.
    await child.complained('a tick of the engine failed', 4)
    const passedBefore = child.complaints(passed)
    const roomAt = Date.now()
    disk.makeRoom(child.pid)
    await child.complained(passed, passedBefore + 1)
    expect(await engineAt(url)).toMatchObject({ state: 'RUNNING' })
    expect((await readyAt(url)).status).toBe(200)
    expect((await ask(url, create)).outdialCreate.userErrors).toEqual([])
    const { findings, unknown, exitCode, requests } = await story.end({ child, url })
    expect([findings, unknown, exitCode]).toEqual([[], [], 0])
    const asked = requests.filter(({ what }) => what === 'ORIGINATE').map(({ at }) => at)
    // A tick that is written has found some room inside of the files, and is right to place its calls: none before that.
    const [foundRoomAt = roomAt] = child.complaintTimes(passed).filter((at) => at > haltedAt)
    expect(asked.filter((at) => at > haltedAt && at < foundRoomAt)).toEqual([])
    expect(asked.filter((at) => at > roomAt)).not.toEqual([])
  },
)

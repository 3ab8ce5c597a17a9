import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { must } from '../support/given.ts'
import { ctrlC, startOnTerminal } from './pseudo-terminal.ts'
import { givenPath, openApp, runCommand } from './support.ts'

/** A bar that shows no more than who was reached. */
const clearedAfter = new RegExp(`reached \\d+${String.fromCharCode(27)}`)

/** A folder of its own for what a command leaves in the one for temporary files. */
function givenTemporaryFolder() {
  const TMPDIR = givenPath('tmp')
  mkdirSync(TMPDIR)
  return { TMPDIR, left: () => readdirSync(TMPDIR) }
}

function startDemo(args: readonly string[], columns?: number) {
  const { TMPDIR, left } = givenTemporaryFolder()
  const environment = { TMPDIR, DIALGRAPH_PORT: '0' }
  return { ...startOnTerminal(['demo', ...args], { environment, ...(columns && { columns }) }), left }
}

/** A database with one empty outdial. */
async function givenDatabase() {
  const file = givenPath()
  const { app, viewer, close } = await openApp(file, true)
  const outdial = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
  await close()
  return { file, outdialId: outdial.id, environment: { DIALGRAPH_DATABASE: file } }
}

describe('demo on a terminal', () => {
  test('ends by Ctrl-C while its campaign runs, and leaves nothing behind', async () => {
    const demo = startDemo([])
    await demo.shows(/reached [1-9]/)
    demo.press(ctrlC)
    expect(await demo.ended).toBe(0)
    expect(demo.left()).toEqual([])
  })

  test('says by its exit code that Ctrl-C came before the end it was to wait for', async () => {
    const demo = startDemo(['--exit'])
    await demo.shows(/0%/)
    demo.press(ctrlC)
    expect(await demo.ended).toBe(130)
  })

  test('ends when the terminal is closed, and leaves nothing behind', async () => {
    const demo = startDemo([])
    await demo.shows(/0%/)
    const folders = demo.left()
    demo.close()
    await demo.ended
    expect(folders).toHaveLength(1)
    await expect.poll(demo.left, { timeout: 60_000 }).toEqual([])
  })

  test('draws a bar that fits into 60 columns, and into those it is given later', async () => {
    const demo = startDemo([], 60)
    await demo.shows(/reached [1-9]/)
    const wide = demo.lines().filter((line) => line.includes('%'))
    expect(wide.filter((line) => line.length >= 60)).toEqual([])
    expect(wide.at(-1)).toMatch(/^[█░]{10} +\d+% \| reached \d+ \| left \d+ \| busy \d+\/12$/)
    demo.resize(32)
    await demo.shows(clearedAfter)
    demo.press(ctrlC)
    await demo.ended
    const narrow = demo.lines().filter((line) => /^[█░].* reached \d+$/.test(line))
    expect(narrow.filter((line) => line.length >= 32)).toEqual([])
  })
})

describe('import on a terminal', () => {
  test('shows how far it is under what it has to say of rows', async () => {
    const { outdialId, environment } = await givenDatabase()
    const csv = givenPath('targets.csv')
    writeFileSync(csv, 'name,phone\nRosa,+12025550101\nPedro,12345\n')
    const program = startOnTerminal(['import', outdialId, csv], { environment })
    expect(await program.ended).toBe(65)
    expect(program.lines()).toEqual([
      '',
      expect.stringMatching(/^░+ {3}0% \| 0 added$/),
      'line 3, phone: This is not a telephone number that can be dialed.',
      expect.stringMatching(/^░+ {3}0% \| 0 added$/),
      expect.stringMatching(/^█+ 100% \| 1 added \| 1 not$/),
      '1 target added, 1 row not.',
      '',
    ])
  })

  test('ends by Ctrl-C between two rows, says how many it added, and how to add the rest', async () => {
    const { file, outdialId, environment } = await givenDatabase()
    const csv = givenPath('targets.csv')
    // Far more than can be read before the keys are pressed.
    writeFileSync(csv, `phone\n${'+12025550101\n'.repeat(1_000_000)}`)
    const program = startOnTerminal(['import', outdialId, csv], { environment })
    await program.shows(/ [1-9]\d* added/)
    program.press(ctrlC)
    expect(await program.ended).toBe(130)
    const { app, viewer, close } = await openApp(file)
    const [outdial] = await app.outdials.byIds(viewer, [outdialId])
    await close()
    const added = outdial?.targetsIdle ?? 0
    expect(added).toBeGreaterThan(0)
    expect(program.lines().slice(-5)).toEqual([
      `${added} targets added, 0 rows not.`,
      `Stopped by SIGINT before line ${added + 2}: nothing from that line on was added. To add the rest:`,
      `  dialgraph import ${outdialId} ${csv} --from-line ${added + 2}`,
      `Without --from-line the ${added} targets added so far would be added twice.`,
      '',
    ])
  })
})

describe('on a terminal', () => {
  test('serve ends with 0 by Ctrl-C', async () => {
    const environment = { DIALGRAPH_DATABASE: givenPath(), DIALGRAPH_PORT: '0' }
    const program = startOnTerminal(['serve', '--create'], { environment })
    await program.shows(/listening on/)
    program.press(ctrlC)
    expect(await program.ended).toBe(0)
  })

  test('serve ends in order when the terminal is closed: it gives its lock back', async () => {
    const environment = { DIALGRAPH_DATABASE: givenPath(), DIALGRAPH_PORT: '0' }
    const program = startOnTerminal(['serve', '--create'], { environment })
    await program.shows(/listening on/)
    program.close()
    const lock = async () => {
      const { stdout } = await runCommand(['doctor', '--json'], environment)
      return JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === 'lock').message
    }
    await expect.poll(lock, { timeout: 60_000 }).toBe('Free: no process places the calls of this database.')
  })

  test('the simulator ends with 0 by Ctrl-C', async () => {
    const program = startOnTerminal(['simulator', '--port', '0'])
    await program.shows(/listening on/)
    program.press(ctrlC)
    expect(await program.ended).toBe(0)
  })

  test('a test call is hung up by Ctrl-C', async () => {
    const program = startOnTerminal(['call', '+12025550160'])
    await program.shows(/ringing/)
    program.press(ctrlC)
    expect(await program.ended).toBe(0)
    expect(program.text()).toMatch(/hanging up[\s\S]*FAIL, CANCEL/)
  })

  test('a backup is shown as it is copied', async () => {
    const { environment } = await givenDatabase()
    const target = givenPath('backup.sqlite')
    const program = startOnTerminal(['backup', target], { environment, columns: 60 })
    expect(await program.ended).toBe(0)
    expect(program.lines().at(-3)).toMatch(/^█+ 100% \| copied and checked$/)
    expect(readdirSync(dirname(target))).toEqual(['backup.sqlite'])
  })
})

import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { must } from '../support/given.ts'
import { givenPath, openApp, runCommand } from './support.ts'

const unknownIds = {
  'that does not exist': '01890000-0000-7000-8000-00000000dead',
  'that is malformed': 'my list',
}

/** A database with one empty outdial, and nobody who has it open. */
async function givenDatabase() {
  const file = givenPath()
  const { app, viewer, close } = await openApp(file, true)
  const outdial = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
  await close()
  return { file, outdialId: outdial.id }
}

function givenCsv(content: string): string {
  const path = givenPath('targets.csv')
  writeFileSync(path, content)
  return path
}

/** The targets of a list as they are stored, in the order they were added. */
async function targetsOf(file: string, outdialId: string) {
  const { app, viewer, close } = await openApp(file)
  const { rows } = await app.outdialTargets.page(viewer, { first: 500, outdialId })
  await close()
  return rows.map(({ name, detail, data, destinations }) => ({
    name,
    detail,
    data,
    destinations: destinations.map(({ index, address }) => `${index} ${address.type} ${address.target}`),
  }))
}

async function importCsv(content: string, environment: Record<string, string> = {}) {
  const { file, outdialId } = await givenDatabase()
  const result = await runCommand(['import', outdialId, givenCsv(content)], {
    DIALGRAPH_DATABASE: file,
    ...environment,
  })
  return { ...result, targets: await targetsOf(file, outdialId) }
}

describe('import', () => {
  test('adds every row of a sound file, and says how many', async () => {
    const { exitCode, stdout, stderr, targets } = await importCsv(
      'name,detail,data,destination\nRosa Quist,a detail,opaque,+1 202-555-0101\nPedro Weber,,,+44 7700 900028\n',
    )
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '2 targets added, 0 rows not.\n', stderr: '' })
    expect(targets).toEqual([
      { name: 'Rosa Quist', detail: 'a detail', data: 'opaque', destinations: ['0 TEL +12025550101'] },
      { name: 'Pedro Weber', detail: '', data: '', destinations: ['0 TEL +447700900028'] },
    ])
  })

  test('adds the good rows and tells of each bad one, by its line and in their order', async () => {
    const { exitCode, stdout, stderr, targets } = await importCsv(
      [
        'name,destination,city',
        'Rosa,+12025550101,Denver',
        'Pedro,not a number,Leeds',
        '"Zoe',
        'Weber",+12025550103,London',
        'Ana,,Bristol',
        'Nils,+12025550104',
        `${'x'.repeat(256)},+12025550105,Leeds`,
        'Tara,911,Denver',
        'Olga,+12025550106,Cardiff',
      ].join('\r\n'),
    )
    expect(exitCode).toBe(65)
    expect(stdout).toBe('3 targets added, 5 rows not.\n')
    expect(stderr.split('\n')).toEqual([
      'line 3, destination: This is not a telephone number that can be dialed.',
      'line 6: The row has no destination.',
      'line 7: The row has 2 columns, the header has 3.',
      'line 8, name: This is longer than 255 characters.',
      'line 9, destination: This is not a telephone number that can be dialed.',
      '',
    ])
    expect(targets.map((of) => of.name)).toEqual(['Rosa', 'Zoe\nWeber', 'Olga'])
  })

  test('takes up to five destinations a target, and more columns as data', async () => {
    const { exitCode, targets } = await importCsv(
      'destination_4,name,city,destination_1,plan,destination_0\n+12025550104,Rosa,Denver,rosa@example.org,gold,sip:rosa@example.org\n',
    )
    expect(exitCode).toBe(0)
    expect(targets).toEqual([
      {
        name: 'Rosa',
        detail: '',
        data: '{"city":"Denver","plan":"gold"}',
        destinations: ['0 SIP sip:rosa@example.org', '1 EMAIL rosa@example.org', '4 TEL +12025550104'],
      },
    ])
  })

  test.each(['phone', 'phone_number', 'destination', 'destination_0'])('knows the column %s', async (column) => {
    const { targets } = await importCsv(`${column}\n+12025550101\n`)
    expect(targets.map((of) => of.destinations)).toEqual([['0 TEL +12025550101']])
  })

  test('reads national numbers where there is a default country, and refuses them where there is none', async () => {
    const content = 'phone\n(202) 555-0101\n'
    const { targets } = await importCsv(content, { DIALGRAPH_DEFAULT_COUNTRY: 'US' })
    expect(targets.map((of) => of.destinations)).toEqual([['0 TEL +12025550101']])
    const refused = await importCsv(content)
    expect(refused).toMatchObject({ exitCode: 65, stdout: '0 targets added, 1 row not.\n', targets: [] })
  })

  test('adds what it has read when a later part is no good', async () => {
    const good = Array.from({ length: 300 }, (_, i) => `Rosa,+1202555${String(i).padStart(4, '0')}`)
    const { exitCode, stdout, stderr, targets } = await importCsv(['name,phone', ...good, '"Pedro,1'].join('\n'))
    expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '300 targets added, 1 row not.\n' })
    expect(stderr).toBe('line 302: A quote is opened and never closed.\n')
    expect(targets).toHaveLength(300)
  })

  test('adds the rows of a long file in its order', async () => {
    const numbers = Array.from({ length: 450 }, (_, i) => `+1202555${String(i).padStart(4, '0')}`)
    const { stdout, targets } = await importCsv(['phone', ...numbers].join('\n'))
    expect(stdout).toBe('450 targets added, 0 rows not.\n')
    expect(targets.map((of) => of.destinations[0])).toEqual(numbers.map((number) => `0 TEL ${number}`))
  })

  test('counts what it adds as targets that are still to be dialed', async () => {
    const { file, outdialId } = await givenDatabase()
    const imported = await runCommand(['import', outdialId, givenCsv('phone\n+12025550101\n')], {
      DIALGRAPH_DATABASE: file,
    })
    expect(imported.exitCode).toBe(0)
    const { app, viewer, close } = await openApp(file)
    const [outdial] = await app.outdials.byIds(viewer, [outdialId])
    await close()
    expect(outdial).toMatchObject({ targetsIdle: 1, targetsProgressing: 0, targetsDone: 0 })
  })

  test.each(Object.entries(unknownIds))('into an outdial %s ends with 65 and reads nothing', async (_name, id) => {
    const { file } = await givenDatabase()
    const result = await runCommand(['import', id, givenCsv('no header of ours\n')], { DIALGRAPH_DATABASE: file })
    expect(result).toEqual({ exitCode: 65, stdout: '', stderr: 'There is no such outdial.\n' })
  })

  test('into an outdial that was deleted ends with 65', async () => {
    const { file, outdialId } = await givenDatabase()
    const { app, viewer, close } = await openApp(file)
    must(await app.outdials.delete(viewer, outdialId))
    await close()
    const result = await runCommand(['import', outdialId, givenCsv('phone\n1\n')], { DIALGRAPH_DATABASE: file })
    expect(result).toEqual({ exitCode: 65, stdout: '', stderr: 'There is no such outdial.\n' })
  })

  test('of a file that is none ends with 65', async () => {
    const { file, outdialId } = await givenDatabase()
    const importPath = (path: string) => runCommand(['import', outdialId, path], { DIALGRAPH_DATABASE: file })
    const folder = givenPath('folder')
    mkdirSync(folder)
    const missing = givenPath('missing.csv')
    const empty = givenCsv('')
    expect(await importPath(missing)).toMatchObject({ exitCode: 65, stderr: `There is no file ${missing}.\n` })
    expect(await importPath(folder)).toMatchObject({ exitCode: 65, stderr: `There is no file ${folder}.\n` })
    expect(await importPath(empty)).toMatchObject({ exitCode: 65, stderr: `${empty} is empty.\n` })
    expect(await importPath(givenCsv('name,city\n'))).toMatchObject({
      exitCode: 65,
      stdout: '',
      stderr: 'The header has no column destination, destination_0 … destination_4, phone or phone_number.\n',
    })
  })

  test('into a database that is not there ends with 78 and makes none', async () => {
    const file = givenPath()
    const args = ['import', unknownIds['that does not exist'], givenCsv('phone\n1\n')]
    const result = await runCommand(args, { DIALGRAPH_DATABASE: file })
    expect(result).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: `There is no database at ${file}. Name an existing one, or create one with --create.\n`,
    })
  })
})

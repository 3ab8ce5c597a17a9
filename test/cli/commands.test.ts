import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { reportFailure } from '../../src/cli/terminal.ts'
import { StartError } from '../../src/kernel/errors.ts'
import { captureOutput, givenPath, openApp, runCommand } from './support.ts'

const packageFile = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

describe('migrate', () => {
  test('makes a database where it is told to, and then has nothing to do', async () => {
    const DIALGRAPH_DATABASE = givenPath()
    expect(await runCommand(['migrate', '--create'], { DIALGRAPH_DATABASE })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Applied \d+ migrations?\.\n$/),
      stderr: '',
    })
    expect(await runCommand(['migrate'], { DIALGRAPH_DATABASE })).toEqual({
      exitCode: 0,
      stdout: 'The database is up to date.\n',
      stderr: '',
    })
    const { app, viewer, close } = await openApp(DIALGRAPH_DATABASE)
    expect((await app.campaigns.page(viewer, { orderBy: 'NAME_ASC' })).rows).toEqual([])
    await close()
  })

  test('takes a name that nothing has for a mistyped one', async () => {
    const DIALGRAPH_DATABASE = givenPath()
    const { exitCode, stderr } = await runCommand(['migrate'], { DIALGRAPH_DATABASE })
    expect(exitCode).toBe(78)
    expect(stderr).toContain(`There is no database at ${DIALGRAPH_DATABASE}.`)
    expect(existsSync(DIALGRAPH_DATABASE)).toBe(false)
  })

  test('refuses a folder, and a file that is no database, and leaves that as it is', async () => {
    expect(await runCommand(['migrate'], { DIALGRAPH_DATABASE: '/dev/shm' })).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: 'The database /dev/shm is not a file.\n',
    })
    const file = givenPath('notes.txt')
    writeFileSync(file, 'These are notes, and no database. '.repeat(100))
    expect(await runCommand(['migrate'], { DIALGRAPH_DATABASE: file })).toEqual({
      exitCode: 65,
      stdout: '',
      stderr: `${file} is not a database.\n`,
    })
    expect(statSync(file).size).toBe(3400)
  })
})

test('schema print prints the schema that stands in the repository', async () => {
  const { exitCode, stdout, stderr } = await runCommand(['schema', 'print'])
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
})

describe('the command line', () => {
  test('says what it can do', async () => {
    const { exitCode, stdout } = await runCommand(['--help'])
    expect(exitCode).toBe(0)
    for (const name of ['serve', 'demo', 'simulator', 'import', 'migrate', 'doctor', 'backup', 'restore', 'schema'])
      expect(stdout).toMatch(` ${name} `)
    expect(stdout).toContain(packageFile.description.split(' ').slice(0, 4).join(' '))
  })

  test('says which version it is', async () => {
    expect(await runCommand(['--version'])).toEqual({ exitCode: 0, stdout: `${packageFile.version}\n`, stderr: '' })
  })

  test.each([
    ['nothing', []],
    ['a command there is not', ['dial']],
    ['an option there is not', ['serve', '--port', '4000']],
    ['an argument too few', ['import', 'an-outdial']],
    ['an argument too many', ['migrate', 'now']],
    ['half a command', ['schema']],
  ])('given %s ends with exit code 64 and shows its help', async (_what, args) => {
    const { exitCode, stdout, stderr } = await runCommand(args)
    expect(exitCode).toBe(64)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: dialgraph')
  })
})

test('a failure ends with the exit code of its kind', async () => {
  const { stderr } = await captureOutput(() => {
    expect(reportFailure(new StartError('Somebody else is at it.', 75))).toBe(75)
    expect(reportFailure(new Error('never thought of'))).toBe(70)
    expect(reportFailure('thrown by somebody odd')).toBe(70)
  })
  expect(stderr).toMatch(/^Somebody else is at it\.\nThis is a defect of Dialgraph:\nError: never thought of/)
})

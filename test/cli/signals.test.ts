import { readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { must } from '../support/given.ts'
import { givenPath, openApp, runCommand, startProgram } from './support.ts'

/** Sends a signal to the command that is run next, as soon as it would take one. */
function signalSoon(signal: 'SIGINT' | 'SIGTERM'): void {
  const send = (name: string | symbol) => {
    if (name !== signal) return
    process.off('newListener', send)
    queueMicrotask(() => process.emit(signal, signal))
  }
  process.on('newListener', send)
  onTestFinished(() => {
    process.off('newListener', send)
  })
}

async function givenDatabase() {
  const DIALGRAPH_DATABASE = givenPath()
  const { app, viewer, close } = await openApp(DIALGRAPH_DATABASE, true)
  const { id } = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
  await close()
  return { environment: { DIALGRAPH_DATABASE }, outdialId: id }
}

function givenCsv(content: string): string {
  const path = givenPath("Anna's list.csv")
  writeFileSync(path, content)
  return path
}

async function numbersOf(file: string, outdialId: string) {
  const { app, viewer, close } = await openApp(file)
  const { rows } = await app.outdialTargets.page(viewer, { first: 500, outdialId })
  await close()
  return rows.map(({ destinations }) => destinations[0]?.address.target)
}

test('an import that is ended by a signal says which line it comes to next, and takes the rest from there', async () => {
  const { environment, outdialId } = await givenDatabase()
  const numbers = Array.from({ length: 450 }, (_, i) => `+1202555${String(i).padStart(4, '0')}`)
  const csv = givenCsv(`phone,name\n${numbers.map((number) => `${number},"of two\nlines"`).join('\n')}\n`)
  const quoted = csv.replace("Anna's", "Anna'\\''s")

  signalSoon('SIGTERM')
  expect(await runCommand(['import', outdialId, csv], environment)).toEqual({
    exitCode: 143,
    stdout: '0 targets added, 0 rows not.\n',
    stderr: [
      'Stopped by SIGTERM before line 2: nothing from that line on was added. To add the rest:',
      `  dialgraph import ${outdialId} '${quoted}' --from-line 2`,
      '',
    ].join('\n'),
  })
  const rest = await runCommand(['import', outdialId, csv, '--from-line', '402'], environment)
  expect(rest).toEqual({ exitCode: 0, stdout: '250 targets added, 0 rows not.\n', stderr: '' })
  expect(await numbersOf(environment.DIALGRAPH_DATABASE, outdialId)).toEqual(numbers.slice(200))
})

test('an import that begins at a later line passes over what is wrong before it', async () => {
  const { environment, outdialId } = await givenDatabase()
  const csv = givenCsv('phone\n12345\n+12025550101,too many\n+12025550102\n12345\n')
  expect(await runCommand(['import', outdialId, csv, '--from-line', '4'], environment)).toEqual({
    exitCode: 65,
    stdout: '1 target added, 1 row not.\n',
    stderr: 'line 5, phone: This is not a telephone number that can be dialed.\n',
  })
})

test.each(['0', '-1', 'two', '1.5', ''])('an import cannot begin at line "%s"', async (line) => {
  const result = await runCommand(['import', 'a list', 'a file', '--from-line', line])
  expect(result).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('It must be a whole number, 1 or more.'),
  })
})

test('a backup that is ended by a signal says so, and leaves no part of itself behind', async () => {
  const { environment } = await givenDatabase()
  const target = givenPath('backup.sqlite')
  signalSoon('SIGINT')
  expect(await runCommand(['backup', target], environment)).toEqual({
    exitCode: 130,
    stdout: '',
    stderr: 'Stopped by SIGINT: no backup was made.\n',
  })
  expect(readdirSync(dirname(target))).toEqual([])
})

test('a test call that is ended by a signal before it was placed says so', async () => {
  signalSoon('SIGINT')
  // A port that nobody listens on.
  const result = await runCommand(['call', '+12025550160'], { DIALGRAPH_SIMULATOR_URL: 'ws://127.0.0.1:9' })
  expect(result).toEqual({ exitCode: 130, stdout: '', stderr: 'No call was placed: asked to end first.\n' })
})

test('no command leaves anybody behind who listens for signals', async () => {
  const { environment, outdialId } = await givenDatabase()
  const counts = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal))
  const before = counts()
  await runCommand(['import', outdialId, givenCsv('phone\n+12025550101\n')], environment)
  await runCommand(['import', 'no list', givenCsv('phone\n+12025550101\n')], environment)
  await runCommand(['backup', givenPath('backup.sqlite')], environment)
  expect(counts()).toEqual(before)
})

test.each([
  ['serve', ['serve', '--create']],
  ['demo', ['demo']],
])('a second signal ends %s at once, with exit code 70', async (_, args) => {
  const TMPDIR = dirname(givenPath())
  const { child, stdout, ended } = startProgram(args, {
    DIALGRAPH_DATABASE: givenPath(),
    DIALGRAPH_PORT: '0',
    TMPDIR,
  })
  await stdout.find((line) => line.startsWith('GraphiQL: '))
  // Both are there when it goes on: it cannot have ended after the first.
  child.kill('SIGSTOP')
  child.kill('SIGINT')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  expect(await ended).toBe(70)
})

import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { builtFile } from '../support/built.ts'
import { must } from '../support/given.ts'
import { bareEnvironment, type Environment, givenPath, openApp, runCommand } from './support.ts'

/** Runs a line of a shell in which `dialgraph` is the program. */
async function runLine(line: string, environment: Environment = {}) {
  const program = `dialgraph() { '${process.execPath}' '${builtFile('test/cli/entry.ts')}' "$@"; }`
  const child = start('sh', ['-c', `${program}\n${line}`], environment)
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  await once(child, 'close')
  return output
}

function start(command: string, args: readonly string[], environment: Environment, stdio?: SpawnOptions['stdio']) {
  const child = spawn(command, args, {
    env: { ...bareEnvironment(), ...environment },
    stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function isServing(DIALGRAPH_DATABASE: string): Promise<boolean> {
  const { stdout } = await runCommand(['doctor', '--json'], { DIALGRAPH_DATABASE })
  return /"RUNNING, last heartbeat/.test(stdout)
}

test('the demo ends when nobody reads it any more, and leaves nothing behind', async () => {
  const TMPDIR = givenPath('tmp')
  mkdirSync(TMPDIR)
  const { stdout, stderr } = await runLine('dialgraph demo | head -n 1', { TMPDIR, DIALGRAPH_PORT: '0' })
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^GraphiQL: http\S+\n$/), ''])
  expect(readdirSync(TMPDIR)).toEqual([])
})

test('a command of which only the beginning is read ends with its own exit code, and complains of nothing', async () => {
  const { stdout, stderr } = await runLine('(dialgraph schema print; echo "ended with $?" >&2) | head -c 10')
  expect([stdout.length, stderr]).toEqual([10, 'ended with 0\n'])
})

test('an import whose output nobody reads adds every row', async () => {
  const file = givenPath()
  const { app, viewer, close } = await openApp(file, true)
  const outdial = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
  const csv = givenPath('targets.csv')
  writeFileSync(csv, `phone\n12345\n${'+12025550101\n'.repeat(450)}12345\n`)
  const line = `{ dialgraph import ${outdial.id} '${csv}' 2>&1; echo "ended with $?" >&3; } 3>&2 | true`
  const { stderr } = await runLine(line, { DIALGRAPH_DATABASE: file })
  expect(stderr).toBe('ended with 65\n')
  expect((await app.outdials.byIds(viewer, [outdial.id]))[0]?.targetsIdle).toBe(450)
  await close()
})

test('serve goes on when nobody reads its output and its log any more, and ends in order', async () => {
  const DIALGRAPH_DATABASE = givenPath()
  const environment = { DIALGRAPH_DATABASE, DIALGRAPH_PORT: '0' }
  const child = start(process.execPath, [builtFile('test/cli/entry.ts'), 'serve', '--create'], environment)
  const ended = once(child, 'exit')
  child.stdout?.destroy()
  child.stderr?.destroy()
  await expect.poll(() => isServing(DIALGRAPH_DATABASE), { timeout: 60_000 }).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('serve goes on when its log goes to a disk that is full, and ends in order', async () => {
  const DIALGRAPH_DATABASE = givenPath()
  const environment = { DIALGRAPH_DATABASE, DIALGRAPH_PORT: '0', DIALGRAPH_LOG_LEVEL: 'trace' }
  const full = openSync('/dev/full', 'w')
  const entry = builtFile('test/cli/entry.ts')
  const child = start(process.execPath, [entry, 'serve', '--create'], environment, ['ignore', 'ignore', full])
  closeSync(full)
  const ended = once(child, 'exit')
  await expect.poll(() => isServing(DIALGRAPH_DATABASE), { timeout: 60_000 }).toBe(true)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

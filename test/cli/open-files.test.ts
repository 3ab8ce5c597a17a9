import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { givenPath } from './support.ts'

const bin = fileURLToPath(new URL('../../bin/dialgraph.js', import.meta.url))

/** Node itself needs some twenty to come as far as the program. */
test.each([24, 64, 255])(
  'with a limit of %d open files the program ends with one sentence and exit code 78',
  (limit) => {
    const limited = `ulimit -n ${limit}; exec "$0" "$@"`
    const { status, stdout, stderr } = spawnSync('bash', ['-c', limited, process.execPath, bin, 'serve', '--create'], {
      encoding: 'utf8',
      env: { ...process.env, DIALGRAPH_DATABASE: givenPath() },
    })
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toMatch(
      /^This process may open \d+ files, and needs 256 at least\. Raise the limit \(ulimit -n.*\)\.\n$/,
    )
  },
)

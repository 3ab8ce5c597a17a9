import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DiskEvent } from './disk.ts'
import { readTrace, straceArguments } from './trace.ts'

/** What node is to be given for the workload, out of its sources. */
const workloadOfSources = ['--import', 'tsx', fileURLToPath(new URL('./workload.ts', import.meta.url))]
export const databaseName = 'dialgraph.sqlite'

/** Why nothing can be traced here: strace is missing, or may not look at other processes. Null where it can. */
export function whyNotTraced(): string | null {
  const tried = spawnSync('strace', [...straceArguments('/dev/null'), 'true'], { encoding: 'utf8' })
  if (tried.error !== undefined) return `strace cannot be run: ${tried.error.message}`
  return tried.status === 0 ? null : `strace may not trace: ${tried.stderr.trim()}`
}

/** Runs the workload under strace, over a new database in a folder that exists. */
export async function recordWorkload(
  folder: string,
  targets: number,
  { synchronous = 'FULL' as 'FULL' | 'OFF', workload = workloadOfSources as readonly string[] } = {},
) {
  const { database, notes, trace } = placesIn(folder)
  mkdirSync(dirname(database))
  const program = [process.execPath, ...workload, database, notes]
  const child = spawn('strace', [...straceArguments(trace), ...program, `${targets}`, synchronous], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // What libuv would hand to a ring of the kernel is in no trace.
    env: { ...process.env, UV_USE_IO_URING: '0' },
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the workload ended with ${code}: ${complaints}`)
  return readRecord(folder)
}

/** What a workload that was recorded in a folder did to the disk, and what it promised meanwhile. */
function readRecord(folder: string): Promise<DiskEvent[]> {
  const { database, notes, trace } = placesIn(folder)
  return readTrace(trace, database, notes)
}

/** By their real paths: that is how a trace names them. */
function placesIn(folder: string) {
  const path = realpathSync(folder)
  return { database: join(path, 'data', databaseName), notes: join(path, 'notes'), trace: join(path, 'trace') }
}

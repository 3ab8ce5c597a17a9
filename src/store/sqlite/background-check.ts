import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { walBytesBeforeReadersRelease } from './checkpoints.ts'
import { damaged, type Guard } from './guard.ts'
import { sizeOf } from './paths.ts'

export interface BackgroundCheck {
  stop(): void
}

/** SOUND: nothing was found. GIVEN_UP: the check could not be finished, and "dialgraph doctor" has to. */
export type CheckOutcome = 'SOUND' | 'DAMAGED' | 'GIVEN_UP'

const lookIntervalMs = 250

/**
 * Runs in a process of its own with the lowest priority, from this text: unlike a thread inside SQLite it can be killed
 * at any moment, and it does not need the loader of our sources. Checks one table after the other, with a pause in
 * which a checkpoint can reset the WAL.
 */
const script = `
const [, module, file] = process.argv
require('node:os').setPriority(10)
const client = new (require(module))(file, { readonly: true, fileMustExist: true, timeout: 5000 })
const tables = client.prepare("select name from sqlite_schema where type = 'table'").pluck().all()
const clock = new Int32Array(new SharedArrayBuffer(4))
for (const table of tables) {
  let finding
  try {
    finding = client.pragma('quick_check("' + table + '")', { simple: true })
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|IOERR)/.test(error.code)) throw error
    finding = error.message
  }
  if (finding !== 'ok') {
    process.stdout.write(finding)
    break
  }
  Atomics.wait(clock, 0, 0, 50)
}
`

const sqliteModule = createRequire(import.meta.url).resolve('better-sqlite3')

/**
 * Checks all tables of a file while it is in use, at some 700 MB a second. Reports damage to the guard. While a table
 * is being read no checkpoint can reset the WAL; if the WAL grows too long meanwhile, the check is given up.
 */
export function checkInBackground(options: {
  readonly file: string
  readonly guard: Guard
  readonly effects: Effects
  readonly onChecked?: (outcome: CheckOutcome) => void
}): BackgroundCheck {
  const { file, guard, effects, onChecked } = options
  let cancel: Cancel = () => {}
  let isStopped = false

  const child = execFile(process.execPath, ['-e', script, sqliteModule, file], (error, finding) => {
    cancel()
    if (isStopped) return
    if (finding !== '') guard.give(damaged(file, finding))
    onChecked?.(finding !== '' ? 'DAMAGED' : error === null ? 'SOUND' : 'GIVEN_UP')
  })
  // It must not keep the program from ending.
  child.unref()
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref()

  function watch(): void {
    cancel = effects.timer(
      lookIntervalMs,
      () => {
        if (sizeOf(`${file}-wal`) > walBytesBeforeReadersRelease) child.kill('SIGKILL')
        else watch()
      },
      { background: true },
    )
  }

  watch()
  return {
    stop() {
      isStopped = true
      cancel()
      child.kill('SIGKILL')
    },
  }
}

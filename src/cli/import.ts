import { createReadStream, statSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { type Command, InvalidArgumentError } from 'commander'
import { createApp } from '../app/app.ts'
import { defaultCustomerId, localViewer } from '../app/viewer.ts'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { StartError, StorageFailure } from '../kernel/errors.ts'
import { createStore } from '../store/sqlite/store.ts'
import { type Batch, readTargets } from './csv.ts'
import { createProgress } from './progress.ts'
import {
  complain,
  createCommandLog,
  exitCodeOfSignal,
  exitCodes,
  heedSignals,
  print,
  type SetExitCode,
} from './terminal.ts'

/** dialgraph import: targets out of a CSV file, streamed. Good rows are added, each bad one is reported with its line. */
export function addImport(program: Command, setExitCode: SetExitCode): void {
  program
    .command('import')
    .description('Add the targets of a CSV file to an outdial.')
    .argument('<outdial>', 'id of the outdial')
    .argument('<csv>', 'file with a header: name, detail, data, destination or phone, destination_0 … destination_4')
    .option('--from-line <line>', 'skip the rows that begin before this line of the file', readLine, 1)
    .action(async (outdialId: string, path: string, { fromLine }: { fromLine: number }) => {
      const { added, bad, stopped } = await importFile(outdialId, path, fromLine)
      print(`${countOf(added, 'target')} added, ${countOf(bad, 'row')} not.`)
      if (stopped === null) return setExitCode(bad > 0 ? exitCodes.badData : exitCodes.done)
      const { signal, line } = stopped
      complain(`Stopped by ${signal} before line ${line}: nothing from that line on was added. To add the rest:`)
      complain(`  dialgraph import ${outdialId} ${quoted(path)} --from-line ${line}`)
      if (added > 0) complain(`Without --from-line the ${countOf(added, 'target')} added so far would be added twice.`)
      setExitCode(exitCodeOfSignal(stopped.signal))
    })
}

interface ImportedFile {
  readonly added: number
  readonly bad: number
  /** Set where a signal ended it: the line of the first row that was not looked at. */
  readonly stopped: { readonly signal: string; readonly line: number } | null
}

const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** As a shell takes it for one word. */
const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** Rows are appended: little of the file is read again, and the memory should not grow with it. */
const cacheKibibytes = 4 * 1024

async function importFile(outdialId: string, path: string, fromLine: number): Promise<ImportedFile> {
  // Garbage of one batch is collected before the next ones add to it: a long file needs no more memory than a short one.
  setFlagsFromString('--optimize-for-size')
  const config = readConfig()
  const effects = createEffects()
  const size = fileSize(path)
  const log = createCommandLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const store = createStore({ file: config.database.file, create: false, cacheKibibytes }, effects)
  const viewer = { ...localViewer, customerId: defaultCustomerId }
  const { signalled, ignore } = heedSignals()
  let signal: string | null = null
  void signalled.then((name) => {
    signal = name
  })
  const progress = createProgress(process.stderr)
  let added = 0
  let bad = 0
  const report = (line: number, column: string | null, message: string) => {
    bad++
    progress.line(`line ${line}${column === null ? '' : `, ${column}`}: ${message}`)
  }
  const show = (bytesRead: number) =>
    progress.show(Math.min(1, bytesRead / size), [`${added} added`, ...(bad > 0 ? [`${bad} not`] : [])])
  try {
    const app = await createApp(store, effects, log, config)
    await app.imports.check(viewer, outdialId)
    show(0)
    for await (const batch of readTargets(createReadStream(path))) {
      // Checked only between batches, each of which is one transaction: the first line that was not added is then known.
      if (signal !== null) return { added, bad, stopped: { signal, line: firstLineOf(batch, fromLine) } }
      const isWanted = ({ line }: { readonly line: number }) => line >= fromLine
      const rows = batch.rows.filter(isWanted)
      const result = await patiently(() => app.imports.add(viewer, outdialId, rows))
      const malformed = batch.malformed.filter(isWanted).map((of) => ({ ...of, column: null }))
      const issues = [...malformed, ...result.issues].sort((a, b) => a.line - b.line)
      for (const { line, column, message } of issues) report(line, column, message)
      added += result.added
      show(batch.bytesRead)
      await effects.yieldToLoop()
    }
    return { added, bad, stopped: null }
  } finally {
    progress.stop()
    ignore()
    await store.close()
  }
}

/** Attempts for a batch while the database is busy. Each takes 5 s. */
const busyAttemptsMax = 12

/** A file of a million rows is not given up because another program holds the lock for a moment. */
async function patiently<Result>(add: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await add()
    } catch (error) {
      const isBusy = error instanceof StorageFailure && error.kind === 'BUSY'
      if (!isBusy || attempt === busyAttemptsMax) throw error
    }
  }
}

/** The line at which an import resumes that has not added this batch. */
function firstLineOf({ rows, malformed }: Batch, fromLine: number): number {
  return Math.max(fromLine, Math.min(...[...rows, ...malformed].map(({ line }) => line)))
}

function readLine(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}

function fileSize(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new StartError(`There is no file ${path}.`, 65)
  if (found.size === 0) throw new StartError(`${path} is empty.`, 65)
  return found.size
}

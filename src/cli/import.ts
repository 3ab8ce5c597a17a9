import { createReadStream, statSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { Presets, SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { createApp } from '../app/app.ts'
import { defaultCustomerId, localViewer } from '../app/viewer.ts'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { StartError, StorageFailure } from '../kernel/errors.ts'
import { createStore } from '../store/store.ts'
import { readTargets } from './csv.ts'
import { complain, createCommandLog, exitCodes, print, type SetExitCode } from './terminal.ts'

/** dialgraph import: targets out of a CSV file, streamed. Good rows are added, each bad one is reported with its line. */
export function addImport(program: Command, setExitCode: SetExitCode): void {
  program
    .command('import')
    .description('Add the targets of a CSV file to an outdial.')
    .argument('<outdial>', 'id of the outdial')
    .argument('<csv>', 'file with a header: name, detail, data, destination or phone, destination_0 … destination_4')
    .action(async (outdialId: string, path: string) => {
      const { added, bad } = await importFile(outdialId, path)
      print(`${added} target${added === 1 ? '' : 's'} added, ${bad} row${bad === 1 ? '' : 's'} not.`)
      setExitCode(bad > 0 ? exitCodes.badData : exitCodes.done)
    })
}

/** Rows are appended: little of the file is read again, and the memory should not grow with it. */
const cacheKibibytes = 4 * 1024

async function importFile(outdialId: string, path: string): Promise<{ added: number; bad: number }> {
  // What one portion leaves behind is collected before the next ones pile up on it: the memory stays that of a short file.
  setFlagsFromString('--optimize-for-size')
  const config = readConfig()
  const effects = createEffects()
  const size = fileSize(path)
  const log = createCommandLog(config.logLevel === 'info' ? 'warn' : config.logLevel)
  const store = createStore({ file: config.database.file, create: false, cacheKibibytes }, effects)
  const viewer = { ...localViewer, customerId: defaultCustomerId }
  const bar = new SingleBar(
    { format: '{bar} {percentage}% | {added} added | {bad} not', noTTYOutput: false },
    Presets.shades_classic,
  )
  const total = { added: 0, bad: 0 }
  const report = (line: number, column: string | null, message: string) => {
    total.bad++
    complain(`line ${line}${column === null ? '' : `, ${column}`}: ${message}`)
  }
  try {
    const app = await createApp(store, effects, log, config)
    await app.imports.check(viewer, outdialId)
    bar.start(size, 0, total)
    for await (const portion of readTargets(createReadStream(path))) {
      const { added, issues } = await patiently(() => app.imports.add(viewer, outdialId, portion.rows))
      const malformed = portion.malformed.map((of) => ({ ...of, column: null }))
      const bad = [...malformed, ...issues].sort((a, b) => a.line - b.line)
      for (const { line, column, message } of bad) report(line, column, message)
      total.added += added
      bar.update(Math.min(size, portion.bytesRead), total)
      await effects.breathe()
    }
    return total
  } finally {
    bar.stop()
    await store.close()
  }
}

/** How often a portion is tried anew that finds the database busy. Each try takes 5 s. */
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

function fileSize(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new StartError(`There is no file ${path}.`, 65)
  if (found.size === 0) throw new StartError(`${path} is empty.`, 65)
  return found.size
}

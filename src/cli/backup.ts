import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { backUpDatabase } from '../store/sqlite/backup.ts'
import { createProgress } from './progress.ts'
import { complain, describeBytes, exitCodeOfSignal, heedSignals, print, type SetExitCode } from './terminal.ts'

/** dialgraph backup: a checked copy of the database, made while serve may run. */
export function addBackup(program: Command, setExitCode: SetExitCode): void {
  program
    .command('backup')
    .description('Copy the database into a file, also while it is in use.')
    .argument('<file>', 'the backup; it must not exist yet')
    .option('--force', 'replace a file that exists')
    .action(async (target: string, { force }: { force?: boolean }) => {
      const { file } = readConfig().database
      const { monotonic } = createEffects()
      const startedAt = monotonic()
      const ended = new AbortController()
      const { signalled, ignore } = heedSignals()
      void signalled.then((signal) => ended.abort(signal))
      const progress = createProgress(process.stderr)
      const onProgress = (share: number) => progress.show(share, ['copied'])
      const options = { file, target, force: force === true, signal: ended.signal, onProgress }
      const copied = await backUpDatabase(options)
        .then((result) => {
          progress.show(1, ['copied and checked'])
          return result
        })
        .catch((error: unknown) => {
          if (!ended.signal.aborted) throw error
          return null
        })
        .finally(() => {
          progress.stop()
          ignore()
        })
      if (copied === null) {
        complain(`Stopped by ${ended.signal.reason}: no backup was made.`)
        return setExitCode(exitCodeOfSignal(ended.signal.reason))
      }
      const seconds = ((monotonic() - startedAt) / 1000).toFixed(1)
      print(`Copied ${file} to ${target}, and checked the copy: ${describeBytes(copied.bytes)} in ${seconds} s.`)
    })
}

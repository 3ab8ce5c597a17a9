import { Presets, SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { backUpDatabase } from '../store/backup.ts'
import { describeBytes, heedSignals, print } from './terminal.ts'

/** dialgraph backup: a checked copy of the database, made while serve may run. */
export function addBackup(program: Command): void {
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
      signalled.then(() => ended.abort())
      const bar = new SingleBar({ format: '{bar} {percentage}% copied', noTTYOutput: false }, Presets.shades_classic)
      bar.start(1, 0)
      const onProgress = (share: number) => bar.update(share)
      const options = { file, target, force: force === true, signal: ended.signal, onProgress }
      const { bytes } = await backUpDatabase(options).finally(() => {
        bar.stop()
        ignore()
      })
      const seconds = ((monotonic() - startedAt) / 1000).toFixed(1)
      print(`Copied ${file} to ${target}, and checked the copy: ${describeBytes(bytes)} in ${seconds} s.`)
    })
}

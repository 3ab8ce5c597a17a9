import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { type Check, examine } from './doctor-checks.ts'
import { exitCodes, print, type SetExitCode } from './terminal.ts'

/** dialgraph doctor: whether the database and what it rests on are well. Changes nothing, and may run beside serve. */
export function addDoctor(program: Command, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('Look whether the database is well, also while it is in use. Changes nothing.')
    .option('--deep', 'compare tables with their indexes and references too; takes longer')
    .option('--json', 'print JSON')
    .action(async ({ deep, json }: { deep?: boolean; json?: boolean }) => {
      const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
      const checks = await examine({
        file: readConfig().database.file,
        deep: deep === true,
        now: createEffects().now(),
        nodeVersion: process.versions.node,
        nodeVersionRange: engines.node,
      })
      print(json ? asJson(checks) : asTable(checks))
      setExitCode(exitCodeOf(checks))
    })
}

/** Damage outweighs what configuration can put right. */
function exitCodeOf(checks: readonly Check[]): number {
  const codes = checks.map(({ exitCode }) => exitCode)
  return codes.includes(exitCodes.badData) ? exitCodes.badData : Math.max(...codes)
}

function asTable(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const line = ({ name, state, message }: Check) =>
    `${name.padEnd(width)}  ${state.toLowerCase().padEnd(7)}  ${message}`
  return checks.map(line).join('\n')
}

function asJson(checks: readonly Check[]): string {
  const problems = checks.filter(({ state }) => state === 'PROBLEM').length
  return JSON.stringify({ well: problems === 0, checks: checks.map(({ exitCode: _, ...check }) => check) }, null, 2)
}

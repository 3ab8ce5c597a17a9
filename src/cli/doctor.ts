import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { createEffects } from '../kernel/effects.ts'
import { createVoice } from '../speech/service.ts'
import { examineCarrier } from '../telephony/drivers.ts'
import { doubtful, fine } from '../telephony/finding.ts'
import { type Check, examine } from './doctor-checks.ts'
import { createCommandLog, exitCodes, print, type SetExitCode } from './terminal.ts'

/** dialgraph doctor: whether the database and what it rests on are well. Changes nothing, and may run beside serve. */
export function addDoctor(program: Command, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('Check the health of the database (safe while in use) or of the telephony. Changes nothing.')
    .option('--telephony', 'check the switch instead: version, trunk, speech; places no call')
    .option('--deep', 'compare tables with their indexes and references too; takes longer')
    .option('--json', 'print JSON')
    .action(async ({ telephony, deep, json }: { telephony?: boolean; deep?: boolean; json?: boolean }) => {
      const checks = telephony ? await examineTelephony() : await examineFile(deep === true)
      print(json ? asJson(checks) : asTable(checks))
      setExitCode(exitCodeOf(checks))
    })
}

function examineFile(deep: boolean): Promise<Check[]> {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return examine({
    file: readConfig().database.file,
    deep,
    now: createEffects().now(),
    nodeVersion: process.versions.node,
    nodeVersionRange: engines.node,
  })
}

async function examineTelephony(): Promise<Check[]> {
  const config = readConfig()
  const effects = createEffects()
  const log = createCommandLog('silent')
  const findings = await examineCarrier(config, { effects, log })
  const voice = await createVoice(config, effects, log)
  const unspoken = voice.missing()
  await voice.stop()
  const spoken = unspoken === null ? fine('speech', 'Texts can be rendered as speech.') : doubtful('speech', unspoken)
  return [...findings, spoken].map((of) => ({
    ...of,
    exitCode: of.state === 'PROBLEM' ? exitCodes.configuration : exitCodes.done,
  }))
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

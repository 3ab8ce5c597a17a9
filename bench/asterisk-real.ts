/**
 * What the scripts against a real Asterisk share: where it is, and whom its trunk leads to. Those for connections and load start the called
 * sides themselves, at SIP_HOST:SIP_PORT (127.0.0.2:15070). With SIP_HOST=elsewhere they start none: the trunk leads to called sides that
 * run already, SIPp for example, where the number 1000 answers and hangs up after 1.5 s. Calls are then not counted at the called side.
 */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AsteriskOptions } from '../src/telephony/asterisk/asterisk.ts'
import { messageOf, pause, startScript } from './program.ts'

export interface Invited {
  readonly number: string
  readonly invitedAtMs: number
}

/** ARI_URL, ARI_USERNAME, ARI_PASSWORD, ARI_TRUNK and ARI_MODE, as in the contract suite. */
export function asteriskOf(environment: NodeJS.ProcessEnv) {
  const { ARI_URL: url, ARI_USERNAME: username = 'dialgraph', ARI_PASSWORD: password = '' } = environment
  const { ARI_TRUNK: trunk = 'trunk', ARI_MODE = 'context' } = environment
  if (url === undefined) throw new Error('ARI_URL has to name an Asterisk whose trunk leads to SIP_HOST:SIP_PORT')
  const mode: AsteriskOptions['mode'] = ARI_MODE === 'app' ? 'app' : 'context'
  return { url, username, password, trunk, mode }
}

/** The called sides at the other end of the trunk, in a process of their own; null where SIP_HOST is "elsewhere". */
export async function startCalled(): Promise<ChildProcess | null> {
  if (process.env.SIP_HOST === 'elsewhere') return null
  const child = startScript('sip-called.ts')
  await messageOf(child)
  // Where the trunk is qualified, Asterisk has to find out first that somebody is there.
  await pause(qualifiedWithinMs)
  return child
}

/** All that the called sides were invited to so far. */
export async function invitedAt(child: ChildProcess): Promise<readonly Invited[]> {
  child.send('how many')
  return messageOf<readonly Invited[]>(child)
}

/** The most of these times within any stretch of that length, wherever it begins. */
export function mostWithin(times: readonly number[], lengthMs: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  let first = 0
  let most = 0
  for (const [last, time] of sorted.entries()) {
    while (time - (sorted[first] ?? 0) >= lengthMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const qualifiedWithinMs = 5000
const ticksPerSecond = 100

/** Seconds of CPU that a process has used so far; null where ASTERISK_PID does not say which one. */
export function cpuSecondsOf(pid: string | undefined): number | null {
  if (pid === undefined) return null
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

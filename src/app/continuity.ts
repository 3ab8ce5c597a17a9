import { needsPerson } from '../domain/engine.ts'
import type { Effects } from '../kernel/effects.ts'
import { backupIdentity, type HighWaterMark } from '../store/contract/mark.ts'
import type { Tables } from '../store/contract/store.ts'

/**
 * Detects a database that is not the latest state of its installation: a copy, a backup or an earlier state does not
 * know the calls placed since, and would place them again.
 */

/**
 * Halts the engine of a database that may lack its latest calls until a person resumes it, and invalidates its cursors.
 * Runs in the first transaction of a process: a later write could bring the log up to its mark. Returns the reason, or
 * null if the database is its latest state.
 */
export async function haltAtGap(
  tx: Pick<Tables, 'installations' | 'engines' | 'transitions'>,
  mark: HighWaterMark,
  effects: Effects,
): Promise<string | null> {
  const installation = await tx.installations.get()
  const gap = mark.findGap(installation, await tx.transitions.latestPosition())
  if (gap === null) return null
  await tx.installations.beginEpoch(effects.id())
  const { haltCause, reason: before } = await tx.engines.get()
  const isHalted = haltCause !== null && needsPerson(haltCause)
  // A backup stores its own time.
  if (isHalted && installation.databaseFile === backupIdentity) return before
  const reason = isHalted && before !== null ? `${gap} ${before}` : gap
  await tx.engines.update({ state: 'HALTED', haltCause: 'RESTORED', reason })
  return reason
}

/** Makes the open file the one that the engine runs on. Its mark exists before the database relies on it. */
export async function bindToFile(
  tx: Pick<Tables, 'installations' | 'transitions'>,
  mark: HighWaterMark,
): Promise<void> {
  const { installationId, epoch, term, databaseFile } = await tx.installations.get()
  if (databaseFile === mark.fileIdentity) return
  mark.create({ installationId, epoch, term, position: await tx.transitions.latestPosition() })
  await tx.installations.setDatabaseFile(mark.fileIdentity)
}

/** To be called after the commit. */
export async function keepMark(tx: Tables['installations'], mark: HighWaterMark, position: number): Promise<void> {
  const { installationId, epoch, term, databaseFile } = await tx.get()
  if (databaseFile === mark.fileIdentity) mark.begin({ installationId, epoch, term, position })
}

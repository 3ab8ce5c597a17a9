import { needsPerson } from '../domain/engine.ts'
import type { Effects } from '../kernel/effects.ts'
import { backupIdentity, type HighWaterMark } from '../store/high-water-mark.ts'
import type { Transaction } from '../store/store.ts'

/*
 * Whether a database goes on where its engine left off: a copy, a backup and an earlier state do not know of the calls that
 * were placed since, and would have them placed again.
 */

/**
 * Halts the engine of a database that may not know of its latest calls, until a person lets it go on, and makes its cursors
 * new. In the first transaction of a process: what is written later could bring the log up to its mark. Returns the reason, or
 * null if the database goes on where it ended.
 */
export async function haltAtGap(tx: Transaction, mark: HighWaterMark, effects: Effects): Promise<string | null> {
  const installation = await tx.installations.get()
  const gap = mark.findGap(installation, await tx.transitions.latestPosition())
  if (gap === null) return null
  await tx.installations.beginEpoch(effects.id())
  const { haltCause, reason: before } = await tx.engines.get()
  const isHalted = haltCause !== null && needsPerson(haltCause)
  // A backup says itself until when it reaches.
  if (isHalted && installation.databaseFile === backupIdentity) return before
  const reason = isHalted && before !== null ? `${gap} ${before}` : gap
  await tx.engines.update({ state: 'HALTED', haltCause: 'RESTORED', reason })
  return reason
}

/**
 * From now on the file that this process has open is the one that the engine runs on. Its mark is there before the database
 * relies on it.
 */
export async function bindToFile(tx: Transaction, mark: HighWaterMark): Promise<void> {
  const { installationId, epoch, term, databaseFile } = await tx.installations.get()
  if (databaseFile === mark.fileIdentity) return
  mark.create({ installationId, epoch, term, position: await tx.transitions.latestPosition() })
  await tx.installations.setDatabaseFile(mark.fileIdentity)
}

/** To be called once that is committed. */
export async function keepMark(tx: Transaction['installations'], mark: HighWaterMark, position: number): Promise<void> {
  const { installationId, epoch, term, databaseFile } = await tx.get()
  if (databaseFile === mark.fileIdentity) mark.begin({ installationId, epoch, term, position })
}

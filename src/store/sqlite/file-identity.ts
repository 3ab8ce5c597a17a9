import { type BigIntStats, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * File systems of Linux that keep the inode number of a file for as long as the file exists, across mounts and
 * restarts. Others, such as FUSE and network shares, may renumber their files at every mount.
 */
const lastingInodes: ReadonlySet<number> = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e],
  // tmpfs, and overlay, whose upper layer passes its numbers through.
  ...[0x01021994, 0x794c7630],
])

const unknown = '?'

/**
 * Identifies a file among its copies: inode number and time of birth, "2203953:1796058806069870129". It survives
 * renaming, writing, VACUUM and another device number of the disk; "?" stands for a part that the file system does not
 * report or keep.
 */
export function fileIdentityOf(file: string): string {
  const hasLastingInodes = process.platform === 'linux' && lastingInodes.has(statfsSync(dirname(file)).type)
  if (!hasLastingInodes) return `${unknown}:${unknown}`
  const stats = statSync(file, { bigint: true })
  return `${stats.ino}:${birthOf(stats)}`
}

/** A system without birth times reports 0, or the time of the last change, which does not last. */
function birthOf({ birthtimeNs, ctimeNs }: BigIntStats): string {
  return birthtimeNs > 0n && birthtimeNs !== ctimeNs ? String(birthtimeNs) : unknown
}

/** False if two identities are known to be of two files. */
export function mayBeSameFile(one: string, other: string): boolean {
  const others = other.split(':')
  return one.split(':').every((part, i) => part === unknown || others[i] === unknown || part === others[i])
}

import { type BigIntStats, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * File systems of Linux that keep the inode number of a file for as long as the file exists, over mounts and restarts. Others,
 * such as FUSE and network shares, may number their files anew at every mount.
 */
const lastingInodes: ReadonlySet<number> = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e],
  // tmpfs, and overlay, whose upper layer hands its numbers through.
  ...[0x01021994, 0x794c7630],
])

const unknown = '?'

/**
 * What tells a file from its copies: inode number and time of birth, "2203953:1796058806069870129". It stays the same when the
 * file is renamed, written, vacuumed, or its disk gets another device number; "?" stands for what this file system does not
 * say, or does not keep.
 */
export function fileIdentityOf(file: string): string {
  const hasLastingInodes = process.platform === 'linux' && lastingInodes.has(statfsSync(dirname(file)).type)
  if (!hasLastingInodes) return `${unknown}:${unknown}`
  const stats = statSync(file, { bigint: true })
  return `${stats.ino}:${birthOf(stats)}`
}

/** A system that does not know it says 0, or the time of the last change, which does not last. */
function birthOf({ birthtimeNs, ctimeNs }: BigIntStats): string {
  return birthtimeNs > 0n && birthtimeNs !== ctimeNs ? String(birthtimeNs) : unknown
}

/** False where two identities are known to be those of two files. */
export function mayBeSameFile(one: string, other: string): boolean {
  const others = other.split(':')
  return one.split(':').every((part, i) => part === unknown || others[i] === unknown || part === others[i])
}

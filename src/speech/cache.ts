import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Effects } from '../kernel/effects.ts'

export interface SpeechCacheOptions {
  readonly folder: string
  readonly bytesMax: number
  readonly effects: Pick<Effects, 'now' | 'id'>
}

/** Files by key, the ones used last kept when there are too many. */
export interface SpeechCache {
  path(key: string): string
  /** True where there is one; it is then the one used last. */
  use(key: string): Promise<boolean>
  /** Settles when the file is there as a whole. */
  add(key: string, bytes: Buffer): Promise<void>
}

const extension = '.wav'
const unfinishedExtension = '.part'

/** What the folder holds already is kept. One process at a time owns it: what others have left unfinished is removed. */
export async function openSpeechCache({ folder, bytesMax, effects }: SpeechCacheOptions): Promise<SpeechCache> {
  /** Sizes, the one used longest ago first. */
  const sizes = new Map<string, number>()
  let bytesUsed = 0
  const path = (key: string) => join(folder, key + extension)

  await mkdir(folder, { recursive: true })
  for (const { key, size } of await takeStock(folder)) remember(key, size)
  await evict()

  function remember(key: string, size: number): void {
    forget(key)
    sizes.set(key, size)
    bytesUsed += size
  }

  function forget(key: string): void {
    bytesUsed -= sizes.get(key) ?? 0
    sizes.delete(key)
  }

  /** The order of use has to outlive the process. */
  function mark(file: string): Promise<void> {
    const seconds = effects.now() / 1000
    return utimes(file, seconds, seconds)
  }

  /** The newest stays whatever its size: somebody is about to fetch it. */
  async function evict(): Promise<void> {
    while (bytesUsed > bytesMax && sizes.size > 1) {
      const [oldest = ''] = sizes.keys()
      forget(oldest)
      await rm(path(oldest), { force: true })
    }
  }

  return {
    path,
    async use(key) {
      const size = sizes.get(key)
      if (size === undefined) return false
      try {
        await mark(path(key))
      } catch {
        forget(key)
        return false
      }
      remember(key, size)
      return true
    },
    async add(key, bytes) {
      const unfinished = join(folder, `${key}.${effects.id()}${unfinishedExtension}`)
      const file = await open(unfinished, 'wx')
      try {
        await file.writeFile(bytes)
        // A name that outlives a power loss must not stand for a file that does not.
        await file.sync()
      } finally {
        await file.close()
      }
      await mark(unfinished)
      await rename(unfinished, path(key))
      remember(key, bytes.length)
      await evict()
    },
  }
}

/** The files of the folder, the one used longest ago first. */
async function takeStock(folder: string) {
  const names = await readdir(folder)
  for (const name of names.filter((of) => of.endsWith(unfinishedExtension)))
    await rm(join(folder, name), { force: true })
  const files = []
  for (const name of names.filter((of) => of.endsWith(extension))) {
    const { size, mtimeMs } = await stat(join(folder, name))
    files.push({ key: name.slice(0, -extension.length), size, usedAtMs: mtimeMs })
  }
  return files.sort((a, b) => a.usedAtMs - b.usedAtMs)
}

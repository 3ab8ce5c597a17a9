import { unreachable } from '../../../src/kernel/assert.ts'
import type { Random } from '../../../src/kernel/random.ts'

/** What a program did to one folder of a file system, and what it noted in between; in the order it happened. */
export type DiskEvent =
  | { readonly type: 'CREATED'; readonly name: string }
  | { readonly type: 'REMOVED'; readonly name: string }
  | { readonly type: 'WRITTEN'; readonly name: string; readonly at: number; readonly bytes: Buffer }
  | { readonly type: 'RESIZED'; readonly name: string; readonly size: number }
  | { readonly type: 'SYNCED'; readonly name: string }
  | { readonly type: 'FOLDER_SYNCED' }
  | { readonly type: 'NOTED'; readonly text: string }

/** The files of the folder, by name. */
export type Files = ReadonlyMap<string, Buffer>

type Change =
  | { readonly type: 'WRITE'; readonly at: number; readonly bytes: Buffer }
  | { readonly type: 'RESIZE'; readonly size: number }

/** What the medium holds for certain, and what was asked of it since: any part of that may be there, or not. */
interface File {
  readonly durable: Content
  changes: Change[]
}

/** An entry of the folder that was made (with its file) or removed since the folder was last synced. */
interface Entry {
  readonly name: string
  readonly file: File | null
}

const sectorByteCount = 512
/** How much of what was not synced a power loss leaves behind in one file. */
const survivals = ['NOTHING', 'EVERYTHING', 'SOME_WRITES', 'SOME_SECTORS', 'TORN'] as const

/**
 * A disk that promises no more than POSIX does. What was written to a file is safe after a sync of that file; that the file
 * is there at all, or is gone, after a sync of its folder. Until then each sector is there or is not, by itself and in
 * any order, and a file may have grown without what was written there: that part then reads as zeros. Bytes of a sector
 * that were not written stay as they were: SQLite counts on that (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
 */
export function createDisk() {
  const present = new Map<string, File>()
  const durable = new Map<string, File>()
  let entries: Entry[] = []

  function fileOf(name: string): File {
    const file = present.get(name)
    if (file === undefined) throw new Error(`a file ${name} that was made before it is changed`)
    return file
  }

  function enter(name: string, file: File | null): void {
    put(present, { name, file })
    entries.push({ name, file })
  }

  return {
    apply(event: DiskEvent): void {
      switch (event.type) {
        case 'CREATED':
          enter(event.name, { durable: createContent(), changes: [] })
          break
        case 'REMOVED':
          enter(event.name, null)
          break
        case 'WRITTEN':
          fileOf(event.name).changes.push({ type: 'WRITE', at: event.at, bytes: event.bytes })
          break
        case 'RESIZED':
          fileOf(event.name).changes.push({ type: 'RESIZE', size: event.size })
          break
        case 'SYNCED': {
          const file = fileOf(event.name)
          for (const change of file.changes) applyPart(file.durable, change, () => true)
          file.changes = []
          break
        }
        case 'FOLDER_SYNCED':
          for (const entry of entries) put(durable, entry)
          entries = []
          break
        case 'NOTED':
          break
        default:
          unreachable(event)
      }
    },
    /** What is found when the power is lost now: one of the many things that may be, drawn by chance. */
    losePower(random: Random): Files {
      const found = new Map(durable)
      for (const entry of entries) if (random() < 0.5) put(found, entry)
      return mapFiles(found, (file) => surviving(file, random))
    },
  }
}

function put(folder: Map<string, File>, { name, file }: Entry): void {
  if (file === null) folder.delete(name)
  else folder.set(name, file)
}

function mapFiles(folder: ReadonlyMap<string, File>, contentOf: (file: File) => Content): Files {
  return new Map([...folder].map(([name, file]) => [name, contentOf(file).read()]))
}

function surviving({ durable, changes }: File, random: Random): Content {
  const content = createContent(durable.read())
  const survival = survivals[Math.floor(random() * survivals.length)] ?? 'NOTHING'
  const isGrown = random() < 0.5
  const tornAt = Math.floor(random() * changes.length)
  for (const [i, change] of changes.entries()) {
    if (isGrown && change.type === 'WRITE') content.grow(change.at + change.bytes.length)
    applyPart(content, change, keeper(survival, Math.sign(i - tornAt), random))
  }
  return content
}

/** Says of the sectors of one change, one after the other, whether they survive. `place`: before (-1) the torn change, it, after. */
function keeper(survival: (typeof survivals)[number], place: number, random: Random): () => boolean {
  let isOpen = random() < 0.5
  switch (survival) {
    case 'NOTHING':
      return () => false
    case 'EVERYTHING':
      return () => true
    case 'SOME_WRITES':
      return () => isOpen
    case 'SOME_SECTORS':
      return () => random() < 0.5
    case 'TORN':
      if (place !== 0) return () => place < 0
      isOpen = true
      return () => {
        isOpen &&= random() < 0.8
        return isOpen
      }
    default:
      return unreachable(survival)
  }
}

function applyPart(content: Content, change: Change, isKept: () => boolean): void {
  if (change.type === 'RESIZE') {
    if (isKept()) content.resize(change.size)
    return
  }
  const { at, bytes } = change
  for (let start = at; start < at + bytes.length; ) {
    const end = Math.min(at + bytes.length, (Math.floor(start / sectorByteCount) + 1) * sectorByteCount)
    if (isKept()) content.write(start, bytes.subarray(start - at, end - at))
    start = end
  }
}

type Content = ReturnType<typeof createContent>

/** The bytes of a file. Room is doubled, so that one that grows page by page costs no more than it is long. */
function createContent(initial: Buffer = Buffer.alloc(0)) {
  let room = Buffer.alloc(initial.length)
  let size = initial.copy(room)
  const grow = (to: number) => {
    if (to > room.length) {
      const larger = Buffer.alloc(to * 2)
      room.copy(larger, 0, 0, size)
      room = larger
    }
    size = Math.max(size, to)
  }
  return {
    grow,
    write(at: number, bytes: Buffer) {
      grow(at + bytes.length)
      bytes.copy(room, at)
    },
    resize(to: number) {
      // What is cut off reads as zeros if the file grows again.
      if (to < size) room.fill(0, to, size)
      size = Math.min(size, to)
      grow(to)
    },
    /** Valid until the next change. */
    read: () => room.subarray(0, size),
  }
}

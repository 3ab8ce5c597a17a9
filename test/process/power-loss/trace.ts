import { createReadStream } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { DiskEvent } from './disk.ts'

/** Calls that change a file or a folder, or what of it is safe. Those that `readTrace` cannot follow are errors there. */
const tracedCalls =
  'open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,truncate,ftruncate,fallocate,' +
  'fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat,renameat2,link,linkat'
const longestWriteBytes = 16 * 1024 * 1024

/** What `strace` is asked for: those calls of every thread, the paths of descriptors, and every byte in hexadecimal. */
export function straceArguments(traceFile: string): string[] {
  const what = ['-e', `trace=${tracedCalls}`, '-e', 'signal=none']
  return ['-f', '--seccomp-bpf', '-y', '-xx', '-s', `${longestWriteBytes}`, ...what, '-o', traceFile]
}

/**
 * What a traced program did to a database, of which there was nothing before, and every line that it wrote to the file of its
 * notes. A call has its place where it returned. Throws at what it cannot follow: a call passed over would make the disk look
 * safer than it was. The index of SQLite's log (-shm) is made anew by whoever recovers the database: it is as good as lost.
 */
export async function readTrace(traceFile: string, database: string, notesFile: string): Promise<DiskEvent[]> {
  const ours = new Set([database, `${database}-wal`, `${database}-journal`])
  const unfinished = new Map<string, string>()
  const present = new Set<string>()
  const events: DiskEvent[] = []
  for await (const line of createInterface({ input: createReadStream(traceFile, 'latin1'), crlfDelay: Infinity })) {
    const call = parseCall(line, unfinished)
    if (call === null || call.returned < 0) continue
    if (call.path === notesFile && call.name === 'write') {
      const noted = call.bytes().toString().split('\n').filter(Boolean)
      for (const text of noted) events.push({ type: 'NOTED', text })
    } else if (call.path === dirname(database)) {
      if (isSync(call)) events.push({ type: 'FOLDER_SYNCED' })
    } else if (ours.has(call.path)) {
      events.push(...toEvents(call, basename(call.path), present))
    } else if (!namesOneFile.test(call.name) && call.mentions().some((path) => ours.has(path))) {
      throw new Error(`a call that can be followed, found ${line.slice(0, 500)}`)
    }
  }
  return events
}

interface Call {
  readonly name: string
  /** The file that it is about; empty where that has no name, or no longer. */
  readonly path: string
  readonly arguments: string
  readonly returned: number
  /** What it wrote. */
  bytes(): Buffer
  /** Every text and path of its arguments. */
  mentions(): string[]
}

/** Null for what is no call, and for one that has not returned yet: strace tells of it in two parts when threads overlap. */
function parseCall(line: string, unfinished: Map<string, string>): Call | null {
  const [, thread = '', told = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
  if (told.endsWith('<unfinished ...>')) {
    unfinished.set(thread, told.slice(0, -'<unfinished ...>'.length))
    return null
  }
  const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(told) ?? []
  const whole = rest === undefined ? told : `${unfinished.get(thread)}${rest}`
  const [, name, given, returned] = /^(\w+)\((.*)\) += (-?\d+|\?)/.exec(whole) ?? []
  if (name === undefined || given === undefined) {
    if (/^(\+\+\+|---) /.test(whole)) return null
    throw new Error(`a line that can be understood, found ${line.slice(0, 200)}`)
  }
  const text = /"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?/.exec(given)
  if (text?.[2] !== undefined) throw new Error(`a call that strace tells in full, found ${whole.slice(0, 200)}`)
  return {
    name,
    path: pathOf(name, given, text?.[1]),
    arguments: given.trimEnd(),
    returned: returned === '?' ? -1 : Number(returned),
    bytes: () => fromHex(text?.[1] ?? ''),
    mentions: () =>
      [...given.matchAll(/[<"]((?:\\x[0-9a-f]{2})*)[>"]/g)].map(([, hex = '']) => fromHex(hex).toString()),
  }
}

/** Calls whose one file is the first that they name; of others, any may be. */
const namesOneFile = /^(open|openat|creat|write|pwrite64|ftruncate|fsync|fdatasync|unlink|unlinkat)$/
const namesFile = /^(open|creat|unlink|truncate|rename|link)/

function pathOf(name: string, given: string, text: string | undefined): string {
  const [, descriptor = '', isDeleted] = /^\w+<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?/.exec(given) ?? []
  if (namesFile.test(name)) return resolve(fromHex(descriptor).toString(), fromHex(text ?? '').toString())
  return isDeleted === undefined ? fromHex(descriptor).toString() : ''
}

function fromHex(escaped: string): Buffer {
  return Buffer.from(escaped.replaceAll('\\x', ''), 'hex')
}

function isSync({ name }: Call): boolean {
  return name === 'fsync' || name === 'fdatasync'
}

/** The last argument, which has to be a number: a write at no place would be a write that was never made. */
function lastNumber(call: Call): number {
  const [, digits] = /, (\d+)$/.exec(call.arguments) ?? []
  if (digits === undefined) throw new Error(`a call that ends with a number, found ${call.arguments.slice(-80)}`)
  return Number(digits)
}

function toEvents(call: Call, name: string, present: Set<string>): DiskEvent[] {
  if (isSync(call)) return [{ type: 'SYNCED', name }]
  switch (call.name) {
    case 'open':
    case 'openat': {
      const isNew = !present.has(name) && call.arguments.includes('O_CREAT')
      if (isNew) present.add(name)
      const created: DiskEvent[] = isNew ? [{ type: 'CREATED', name }] : []
      return call.arguments.includes('O_TRUNC') ? [...created, { type: 'RESIZED', name, size: 0 }] : created
    }
    case 'unlink':
    case 'unlinkat':
      present.delete(name)
      return [{ type: 'REMOVED', name }]
    case 'pwrite64':
      return [{ type: 'WRITTEN', name, at: lastNumber(call), bytes: call.bytes().subarray(0, call.returned) }]
    case 'ftruncate':
      return [{ type: 'RESIZED', name, size: lastNumber(call) }]
    default:
      throw new Error(`a call that can be followed, found ${call.name} of ${name}`)
  }
}

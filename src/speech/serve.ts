import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Log } from '../kernel/log.ts'

/** Below which the files are found: /speech/<key>.wav. */
export const speechPath = '/speech/'

const keyPattern = /^[0-9a-f]{64}$/
/** The sound of a key never changes. */
const cacheSeconds = 24 * 3600

export interface ServeOptions {
  /** The file of a key; null for an unknown key. */
  readonly pathOf: (key: string) => string | null
  readonly log: Log
}

/** Answers requests for files of speech. False for a request that asks for something else. */
export function createSpeechHandler({ pathOf, log }: ServeOptions) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    if (!path.startsWith(speechPath)) return false
    answer(path.slice(speechPath.length), request, response).catch((error: NodeJS.ErrnoException) => {
      response.destroy()
      // Who asked may have had enough.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') log.warn({ err: error }, 'a file of speech could not be sent')
    })
    return true
  }

  async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = name.endsWith('.wav') ? name.slice(0, -4) : ''
    const path = keyPattern.test(key) ? pathOf(key) : null
    const file = path === null ? null : await openFile(path)
    if (file === null) return end(response, 404)
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, { allow: 'GET, HEAD' })
      const etag = `"${key}"`
      const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
      const headers = { etag, 'cache-control': `max-age=${cacheSeconds}`, 'x-content-type-options': 'nosniff' }
      if (known.includes(etag) || known.includes('*')) return end(response, 304, headers)
      const { size } = await file.stat()
      response.writeHead(200, { ...headers, 'content-type': 'audio/wav', 'content-length': size })
      if (request.method === 'HEAD') response.end()
      else await pipeline(file.createReadStream({ autoClose: false }), response)
    } finally {
      await file.close()
    }
  }
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end()
}

async function openFile(path: string): Promise<FileHandle | null> {
  try {
    return await open(path)
  } catch {
    return null
  }
}

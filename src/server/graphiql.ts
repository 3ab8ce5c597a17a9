import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/**
 * What GraphiQL opens with, each in a tab of its own. They are files of the package. Run in order on
 * an empty database, they create a campaign, run it, read it and follow it.
 */
const examples = [
  '1-create.graphql',
  '2-run.graphql',
  '3-campaigns.graphql',
  '4-campaign-live.graphql',
  '5-calls-live.graphql',
] as const
const examplesFolder = new URL('../../examples/queries/', import.meta.url)

/**
 * Everything is in the page; it may talk to this server and to nobody else. Its script and style stand in the page, and
 * its editor runs in workers made from blobs. Not every browser takes a WebSocket to the page's own host for 'self'.
 */
function contentSecurityPolicy(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self' 'unsafe-inline' blob:",
    'worker-src blob:',
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

type Encoding = 'br' | 'gzip'

interface Page {
  readonly html: Buffer
  readonly hash: string
  readonly compressed: Map<Encoding, Promise<Buffer>>
}

export interface Graphiql {
  /** Answers with the page. It is made when it is first asked for, and kept: nine megabytes, two when compressed. */
  send(request: IncomingMessage, response: ServerResponse): Promise<void>
}

export function createGraphiql(): Graphiql {
  let made: Promise<Page> | null = null
  return {
    async send(request, response) {
      made ??= makePage().catch((error: unknown) => {
        made = null
        throw error
      })
      const page = await made
      const encoding = chooseEncoding(request.headers['accept-encoding'])
      const etag = `"${page.hash}-${encoding ?? 'identity'}"`
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy(request.headers.host ?? 'localhost'),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
        vary: 'accept, accept-encoding',
        etag,
      }
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, headers).end()
        return
      }
      const body = encoding === null ? page.html : await compressed(page, encoding)
      response.writeHead(200, {
        ...headers,
        ...(encoding && { 'content-encoding': encoding }),
        'content-length': body.length,
      })
      response.end(body)
    },
  }
}

/**
 * GraphiQL 5.24 moves tabs with a transform, which it hides until a tab has the focus. When several tabs are there at the start
 * the transform is left over: a tab that is pressed jumps away from under the pointer, and the click does not reach it.
 */
const pageStyle = '<style>.graphiql-tab { transform: none !important }</style>'

async function makePage(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const rendered = renderGraphiQL({
    title: 'Dialgraph',
    subscriptionsProtocol: 'WS',
    defaultTabs: await Promise.all(examples.map(readExample)),
  })
  const html = rendered.replace('</head>', `${pageStyle}</head>`)
  const hash = createHash('sha256').update(html).digest('base64url').slice(0, 16)
  return { html: Buffer.from(html.trimStart()), hash, compressed: new Map() }
}

async function readExample(name: string) {
  return { query: await readFile(new URL(name, examplesFolder), 'utf8') }
}

/** Off the main thread, once for each encoding. Brotli at its best would take half a minute. */
function compressed({ html, compressed: known }: Page, encoding: Encoding): Promise<Buffer> {
  const found = known.get(encoding)
  if (found !== undefined) return found
  const made =
    encoding === 'br'
      ? promisify(brotliCompress)(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
      : promisify(gzip)(html)
  known.set(encoding, made)
  return made
}

function chooseEncoding(accepted: string | undefined): Encoding | null {
  const names = (accepted ?? '').split(',').map((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? '' : name
  })
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : null
}

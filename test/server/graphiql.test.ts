import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { parse, validate } from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { schema } from '../../src/graphql/schema.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { createServer } from '../../src/server/server.ts'
import { fakeApp, fakeLog } from '../graphql/fake-app.ts'
import { type Answer, send } from './start-server.ts'

/** What the page hands to GraphiQL. */
interface PageOptions {
  readonly subscriptionsProtocol: string
  readonly defaultTabs: readonly { readonly query: string }[]
}

// One server for all: making the page takes a second.
const server = createServer({
  app: fakeApp().app,
  effects: createEffects(),
  log: fakeLog().log,
  host: '127.0.0.1',
  port: 0,
  graphiql: true,
})
let url = ''
beforeAll(async () => {
  url = (await server.start()).url
  return () => server.stop()
})
const browse = (headers = {}, path = '/graphql'): Promise<Answer> =>
  send(url + path, { headers: { accept: 'text/html,application/xhtml+xml', ...headers } })

describe('GraphiQL', () => {
  test('is what a browser is given', async () => {
    const { status, headers, text } = await browse()
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'accept, accept-encoding' })
    expect(headers['content-encoding']).toBeUndefined()
    expect(text.slice(0, 200)).toMatch(/^<!doctype html>[\s\S]*<title>Dialgraph<\/title>/)
    expect((await browse({}, '/graphql?query=x')).status).toBe(200)
  })

  test('is not what a program is given', async () => {
    const answer = await send(`${url}/graphql?query={latestCursor}`, { headers: { accept: '*/*' } })
    expect(answer.json()).toEqual({ data: { latestCursor: 'cursor-0' } })
  })

  test.each([
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['br;q=0, GZIP;q=0.5', 'gzip', gunzipSync],
  ])('is compressed for who accepts %s', async (accepted, encoding, decompress) => {
    const plain = await browse()
    const answer = await browse({ 'accept-encoding': accepted })
    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(answer.body.length).toBeLessThan(plain.body.length / 3)
    expect(decompress(answer.body).equals(plain.body)).toBe(true)
  })

  test('is not sent again to who has it', async () => {
    const { headers } = await browse({ 'accept-encoding': 'gzip' })
    const again = await browse({ 'accept-encoding': 'gzip', 'if-none-match': headers.etag })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expect((await browse({ 'accept-encoding': 'br', 'if-none-match': headers.etag })).status).toBe(200)
  })

  test('loads nothing from a foreign host, and may not', async () => {
    const { text, headers } = await browse()
    const markup = text.replace(/<script>[\s\S]*<\/script>/g, '').replace(/<style>[\s\S]*?<\/style>/g, '')
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
    // Nine megabytes: what does not match is not printed.
    const found = {
      script: text.match(/\b(unpkg|jsdelivr|cdnjs|esm\.sh|skypack|googleapis|gstatic|cloudflare)\b/)?.[0],
      markup: markup.match(/(src|href)\s*=\s*(?!["']?data:)[^ >]{0,40}/)?.[0],
      style: style.match(/@import|url\((?!["']?(data:|#))[^)]{0,40}/)?.[0],
    }
    expect(found).toEqual({})
    expect(Math.min(markup.length, style.length)).toBeGreaterThan(1000)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    const { host } = new URL(url)
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`)
    expect(policy).not.toMatch(/https?:|\*/)
  })

  test('keeps a tab under the pointer that presses it, which GraphiQL by itself does not', async () => {
    const { text } = await browse()
    expect(text).toContain('.graphiql-tab:not(:focus-within){transform:none!important}')
    const head = text.slice(0, text.indexOf('</head>'))
    expect(head).toContain('<style>.graphiql-tab { transform: none !important }</style>')
  })

  test('opens with examples that fit the schema, and follows subscriptions over WebSocket', async () => {
    const { text } = await browse()
    const start = text.lastIndexOf('{"title":"Dialgraph"')
    const options: PageOptions = JSON.parse(text.slice(start, text.indexOf('\n', start)).replace(/,\s*$/, ''))
    expect(options.subscriptionsProtocol).toBe('WS')
    expect(options.defaultTabs.map(({ query }) => /^(query|mutation|subscription) \w+/m.exec(query)?.[0])).toEqual([
      'mutation Create',
      'mutation Run',
      'query Campaigns',
      'subscription CampaignLive',
      'subscription CallsLive',
    ])
    for (const { query } of options.defaultTabs) expect(validate(schema, parse(query))).toEqual([])
  })
})

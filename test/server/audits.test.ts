import { serverAudits } from 'graphql-http'
import { beforeAll, expect, test } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
import { createServer } from '../../src/server/server.ts'
import { fakeApp, fakeLog } from '../graphql/fake-app.ts'

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
// The address is known only when they are run.
const audits = serverAudits({ url: () => `${url}/graphql` })

test('there are sixty-one audits of GraphQL over HTTP', () => {
  expect(audits).toHaveLength(61)
})

test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (_id, _name, audit) => {
  const result = await audit.fn()
  expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok')
})

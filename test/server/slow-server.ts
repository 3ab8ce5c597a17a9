import { fakePage } from '../graphql/fake-app.ts'
import { fakeCampaign } from '../graphql/fake-objects.ts'
import { deferred } from '../graphql/fake-stream.ts'
import { startServer } from './start-server.ts'

/** Reads a page of campaigns, and their plans after it. */
export const slowDocument = '{ campaigns { nodes { outplan { id } } } }'

/** A server whose page of campaigns is read when the test says so; `asked` settles when it is wanted. */
export async function startSlowServer() {
  const [asked, go] = [deferred(), deferred()]
  const server = await startServer({
    campaigns: {
      page: async () => {
        asked.resolve()
        await go.promise
        return fakePage([fakeCampaign({ outplanId: 'outplan' })])
      },
    },
    outplans: { byIds: async (_viewer, ids) => ids.map(() => null) },
  })
  return { ...server, asked: asked.promise, go, plansAsked: () => server.argsOf('outplans.byIds').length }
}

/**
 * Follows the calls of a campaign, or of all: what there is, then every step as it is committed, without a gap and
 * without a repeat, also when the connection breaks.
 *
 *   node examples/follow-campaign.mjs [campaign id] [address of the API]
 */
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

const [campaignId, address = 'http://127.0.0.1:4000'] = process.argv.slice(2)
const pauseMs = 1000

const listQuery = /* GraphQL */ `
  query Calls($filter: CampaigncallFilter) {
    latestCursor
    campaigncalls(first: 500, filter: $filter) {
      totalCount
      nodes {
        id
        transitions {
          version
        }
      }
    }
  }
`

const followSubscription = /* GraphQL */ `
  subscription Follow($campaignId: ID, $after: String) {
    campaigncallTransitioned(campaignId: $campaignId, after: $after) {
      cursor
      event
      version
      at
      to
      hangupReason
      agent {
        name
      }
      campaigncall {
        id
        tryCount
        outdialTarget {
          name
        }
      }
    }
  }
`

const client = createClient({
  url: `${address.replace(/^http/, 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  // We come back ourselves, with the cursor of what we saw last.
  retryAttempts: 0,
})

/** What was seen of each call. A list and a stream may tell of the same step; its version says so. */
const versions = new Map()
let cursor

async function list() {
  for await (const { data, errors } of client.iterate({
    query: listQuery,
    variables: { filter: { campaignId } },
  })) {
    if (errors) throw errors
    for (const { id, transitions } of data.campaigncalls.nodes) versions.set(id, transitions.at(-1)?.version ?? 0)
    console.log(`${data.campaigncalls.totalCount} calls so far`)
    cursor = data.latestCursor
  }
}

async function follow() {
  const results = client.iterate({ query: followSubscription, variables: { campaignId, after: cursor } })
  for await (const { data, errors } of results) {
    if (errors) throw errors
    const step = data.campaigncallTransitioned
    const { id, tryCount, outdialTarget } = step.campaigncall
    cursor = step.cursor
    if (step.version <= (versions.get(id) ?? 0)) continue
    versions.set(id, step.version)
    const more = [step.agent?.name, step.hangupReason].filter(Boolean).join(' ')
    console.log([step.at, outdialTarget.name, `try ${tryCount}`, step.event, step.to, more].join('  ').trimEnd())
  }
}

process.once('SIGINT', () => process.exit())
for (;;) {
  try {
    if (cursor === undefined) await list()
    await follow()
  } catch (error) {
    // A list of GraphQL errors: to ask again would not help.
    if (Array.isArray(error)) {
      for (const { message } of error) console.error(message)
      process.exit(1)
    }
    console.error(`The connection is gone (${error.reason || error.message || error.code}); trying again.`)
  }
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}

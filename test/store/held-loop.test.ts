import { describe, expect, test } from 'vitest'
import type { CampaigncallListFilter } from '../../src/store/contract/campaigncalls.ts'
import type { CampaignListFilter } from '../../src/store/contract/campaigns.ts'
import type { PageWindow } from '../../src/store/contract/pages.ts'
import type { Tables } from '../../src/store/contract/store.ts'
import { customerId, givenStore, planOf } from './support.ts'

/*
 * A statement of SQLite holds the event loop from its beginning to its end. So a list is read there only where an index
 * carries its whole filter, in its order; whatever else there is to list or to count goes to a thread.
 */

const first: PageWindow = { limit: 51, from: null, until: null, forward: true }
const windows = (from: readonly (string | number)[]): PageWindow[] => [
  first,
  { ...first, forward: false },
  { ...first, from },
  { ...first, from, forward: false },
  { ...first, from, until: from },
]
const byPosition = windows([5])

type Ask = (read: Tables) => Promise<unknown>

const calls: CampaigncallListFilter = {
  customerId,
  ...{ campaignId: null, outdialId: null, queueId: null, outdialTargetId: null, agentId: null, status: null },
  ...{ result: null, hangupReason: null, createdAfter: null, createdBefore: null },
}
const callFilters: Partial<CampaigncallListFilter>[] = [
  { campaignId: 'a' },
  { outdialId: 'a' },
  { queueId: 'a' },
  { outdialTargetId: 'a' },
  { agentId: 'a' },
  { status: ['DIALING'] },
  { status: ['DIALING', 'PROGRESSING'] },
  { status: ['DONE'] },
  { result: 'SUCCESS' },
  { hangupReason: ['BUSY'] },
  { createdAfter: 5 },
  { createdBefore: 5 },
]
/** None, each by itself, and every two of them. */
const combined = <Filter>(filters: readonly Partial<Filter>[]): Partial<Filter>[] => [
  {},
  ...filters,
  ...filters.flatMap((one, i) => filters.slice(i + 1).map((other) => ({ ...one, ...other }))),
]

const campaigns: CampaignListFilter = {
  customerId,
  ...{ status: null, type: null, nameContains: null, outdialId: null, queueId: null, includeDeleted: false },
}
const campaignFilters: Partial<CampaignListFilter>[] = [
  { status: ['RUN'] },
  { type: 'CALL' },
  { nameContains: 'a' },
  { outdialId: 'a' },
  { queueId: 'a' },
  { includeDeleted: true },
]

/** Every page that the API can ask for, with every filter and in every order. */
const pages: readonly [string, readonly Ask[]][] = [
  [
    'calls',
    combined(callFilters).flatMap((filter) =>
      [true, false].flatMap((descending) =>
        byPosition.map(
          (window): Ask =>
            (read) =>
              read.campaigncalls.list({ ...calls, ...filter }, descending, window),
        ),
      ),
    ),
  ],
  [
    'campaigns',
    combined(campaignFilters).flatMap((filter) =>
      (['CREATED_AT', 'NAME'] as const).flatMap((by) =>
        [true, false].flatMap((descending) =>
          (by === 'NAME' ? windows(['a', 5]) : byPosition).map(
            (window): Ask =>
              (read) =>
                read.campaigns.list({ ...campaigns, ...filter }, { by, descending }, window),
          ),
        ),
      ),
    ),
  ],
  [
    'lists',
    [null, 'a'].flatMap((nameContains) =>
      [true, false].flatMap((includeDeleted) =>
        byPosition.map(
          (window): Ask =>
            (read) =>
              read.outdials.list({ customerId, nameContains, includeDeleted }, window),
        ),
      ),
    ),
  ],
  [
    'targets',
    [null, ['IDLE'] as const, ['IDLE', 'DONE'] as const].flatMap((status) =>
      [null, '+12025550100'].flatMap((address) =>
        [true, false].flatMap((includeDeleted) =>
          byPosition.map(
            (window): Ask =>
              (read) =>
                read.outdialTargets.list({ customerId, outdialId: 'a', status, address, includeDeleted }, window),
          ),
        ),
      ),
    ),
  ],
  [
    'plans',
    byPosition.map(
      (window): Ask =>
        (read) =>
          read.outplans.list(customerId, window),
    ),
  ],
  [
    'queues',
    byPosition.map(
      (window): Ask =>
        (read) =>
          read.queues.list(customerId, window),
    ),
  ],
  [
    'agents',
    [null, ['AVAILABLE'] as const].flatMap((status) =>
      [null, 'a'].flatMap((queueId) =>
        byPosition.map(
          (window): Ask =>
            (read) =>
              read.agents.list({ customerId, status, queueId, extension: null }, window),
        ),
      ),
    ),
  ],
]

/** What runs on the event loop; threads are not told of. */
async function heldBy(asks: readonly Ask[]) {
  const statements = new Set<string>()
  const { store, file } = givenStore({ readingThreads: true, onStatement: (sql) => statements.add(sql) })
  statements.clear()
  for (const ask of asks) await ask(store.read)
  return { statements: [...statements], file }
}

/** Indexes that leave out what is deleted, or what is done. */
const keptIndex = /_kept|outplan_list|queue_list|agent_list/
const inFlightIndex = /_in_flight_campaign/

/**
 * What of a statement its plan does not show to be carried by an index; empty where all of it is. A campaign, an agent and
 * a list are one customer's: that it is this one may be looked at in the rows.
 */
function notCarried(statement: string, plan: readonly string[]): string[] {
  const [step = ''] = plan
  const problems: string[] = []
  if (!/^SEARCH \w+ USING (COVERING )?INDEX/.test(step)) problems.push('it does not begin with an index')
  const isOfTarget = step.includes('campaigncall_attempt')
  if (plan.some((of) => of.startsWith('SCAN')) || (plan.some((of) => of.includes('TEMP')) && !isOfTarget)) {
    problems.push('it goes through a table, or sorts')
  }
  const where = statement.slice(statement.indexOf(' where ')).replace(/ order by .*$/, '')
  const asked = where.match(/\?/g)?.length ?? 0
  const carried = step.match(/\?/g)?.length ?? 0
  const implied = /\((campaign_id|agent_id|outdial_id)=/.test(step) ? 1 : 0
  // A place of an order by name is two values for one bound of the index; attempts of a target are few, and compared by it.
  const ofName = (where.match(/"name_key", "campaign"."position"\) [<>] \(\?, \?\)/g) ?? []).length
  const ofPlace = isOfTarget ? (where.match(/[<>] \(\?\)/g) ?? []).length : 0
  if (asked > carried + implied + ofName + ofPlace) problems.push('it looks at rows for what no index says')
  if (where.includes('"deleted_at" is null') && !keptIndex.test(step)) problems.push('it passes over what is deleted')
  if (where.includes("<> 'DONE'") && !inFlightIndex.test(step)) problems.push('it passes over what is done')
  return problems
}

describe('a page that is read where it holds the event loop', () => {
  test.each(pages)('of %s is carried by an index as a whole', async (_what, asks) => {
    const { statements, file } = await heldBy(asks)
    expect(statements.length).toBeGreaterThan(0)
    const found = statements.flatMap((statement) => {
      const plan = planOf(file, statement)
      return notCarried(statement, plan).map((problem) => ({ problem, statement, plan }))
    })
    expect(found).toEqual([])
  })

  test.each<[string, Ask]>([
    ['of calls by their result', (read) => read.campaigncalls.list({ ...calls, result: 'SUCCESS' }, true, first)],
    [
      'of a campaign by both',
      (read) => read.campaigncalls.list({ ...calls, campaignId: 'a', agentId: 'a' }, true, first),
    ],
    ['of calls in one status', (read) => read.campaigncalls.list({ ...calls, status: ['DIALING'] }, true, first)],
    [
      'of campaigns by a part of their name',
      (read) => read.campaigns.list({ ...campaigns, nameContains: 'a' }, { by: 'NAME', descending: false }, first),
    ],
    [
      'of agents by their queue',
      (read) => read.agents.list({ customerId, status: null, queueId: 'a', extension: null }, first),
    ],
    [
      'of targets by an address',
      (read) =>
        read.outdialTargets.list(
          { customerId, outdialId: 'a', status: null, address: '+1', includeDeleted: false },
          first,
        ),
    ],
  ])('is told apart from one %s', async (_what, ask) => {
    const statements: string[] = []
    // Without threads the statement runs here, and can be looked at.
    const { store, file } = givenStore({ onStatement: (sql) => statements.push(sql) })
    statements.length = 0
    await ask(store.read)
    expect(statements.flatMap((statement) => notCarried(statement, planOf(file, statement)))).not.toEqual([])
  })
})

test('no count holds the event loop', async () => {
  const { statements } = await heldBy([
    ...combined(callFilters).map(
      (filter): Ask =>
        (read) =>
          read.campaigncalls.count({ ...calls, ...filter }),
    ),
    ...combined(campaignFilters).map(
      (filter): Ask =>
        (read) =>
          read.campaigns.count({ ...campaigns, ...filter }),
    ),
    (read) => read.outdials.count({ customerId, nameContains: null, includeDeleted: false }),
    (read) =>
      read.outdialTargets.count({ customerId, outdialId: 'a', status: null, address: null, includeDeleted: true }),
    (read) => read.outplans.count(customerId),
    (read) => read.queues.count(customerId),
    (read) => read.agents.count({ customerId, status: null, queueId: null, extension: null }),
  ])
  expect(statements).toEqual([])
})

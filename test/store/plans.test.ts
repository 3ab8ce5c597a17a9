import { describe, expect, test } from 'vitest'
import type { CampaigncallListFilter } from '../../src/store/contract/campaigncalls.ts'
import type { CampaignListFilter } from '../../src/store/contract/campaigns.ts'
import type { TargetListFilter } from '../../src/store/contract/outdials.ts'
import type { PageWindow } from '../../src/store/contract/pages.ts'
import type { Tables } from '../../src/store/contract/store.ts'
import { customerId, givenStore, planOf } from './support.ts'

const page: PageWindow = { limit: 51, from: null, until: null, forward: true }
const campaigns: CampaignListFilter = {
  customerId,
  status: null,
  type: null,
  nameContains: null,
  outdialId: null,
  queueId: null,
  includeDeleted: false,
}
const calls: CampaigncallListFilter = {
  customerId,
  campaignId: null,
  outdialId: null,
  queueId: null,
  outdialTargetId: null,
  agentId: null,
  status: null,
  result: null,
  hangupReason: null,
  createdAfter: null,
  createdBefore: null,
}

/** How SQLite carries out the statements of a read. What is only counted over the values of a list is left out. */
async function plansOf(run: (read: Tables) => Promise<unknown>): Promise<string[][]> {
  const statements: string[] = []
  const { store, file } = givenStore({ onStatement: (sql) => statements.push(sql) })
  statements.length = 0
  await run(store.read)
  return statements.map((statement) =>
    planOf(file, statement).filter((step) => !/json_each|LIST SUBQUERY|BLOOM FILTER/.test(step)),
  )
}

describe('a page of campaigns', () => {
  test('by creation is read from its index, forward and back, without a sort', async () => {
    for (const descending of [false, true]) {
      const order = { by: 'CREATED_AT' as const, descending }
      for (const from of [null, [5]]) {
        const [plan] = await plansOf((read) => read.campaigns.list(campaigns, order, { ...page, from }))
        const place = from === null ? '' : ` AND position${descending ? '<' : '>'}?`
        expect(plan).toEqual([
          `SEARCH campaign USING INDEX campaign_kept (customer_id=?${place})`,
          'SEARCH action_list USING PRIMARY KEY (customer_id=? AND id=?)',
        ])
      }
    }
  })

  test('by name is read from its index, without a sort', async () => {
    const order = { by: 'NAME' as const, descending: false }
    const [plan] = await plansOf((read) => read.campaigns.list(campaigns, order, { ...page, from: ['a', 5] }))
    expect(plan).toEqual([
      'SEARCH campaign USING INDEX campaign_kept_names (customer_id=? AND name_key>?)',
      'SEARCH action_list USING PRIMARY KEY (customer_id=? AND id=?)',
    ])
  })
})

describe('a page of calls', () => {
  const list = (filter: Partial<CampaigncallListFilter>, descending = true) =>
    plansOf((read) => read.campaigncalls.list({ ...calls, ...filter }, descending, { ...page, from: [5] }))

  test('of the customer is read from its index, without a sort', async () => {
    expect(await list({})).toEqual([
      ['SEARCH campaigncall USING INDEX campaigncall_list (customer_id=? AND position<?)'],
    ])
  })

  test('of a campaign is read from its index, without a sort', async () => {
    expect(await list({ campaignId: 'campaign' })).toEqual([
      ['SEARCH campaigncall USING INDEX campaigncall_campaign (campaign_id=? AND position<?)'],
    ])
  })

  test('in flight of a campaign is looked for among the few that are in flight', async () => {
    expect(await list({ campaignId: 'campaign', status: ['DIALING', 'PROGRESSING'] })).toEqual([
      ['SEARCH campaigncall USING INDEX campaigncall_in_flight_campaign (campaign_id=? AND position<?)'],
    ])
  })

  test('in flight of a queue, or of the customer, is looked for among the few that are in flight', async () => {
    const status = ['DIALING', 'PROGRESSING'] as const
    expect(await list({ queueId: 'queue', status })).toEqual([
      ['SEARCH campaigncall USING INDEX campaigncall_in_flight (queue_id=?)', 'USE TEMP B-TREE FOR ORDER BY'],
    ])
    expect(await list({ status })).toEqual([
      ['SCAN campaigncall USING INDEX campaigncall_in_flight_campaign', 'USE TEMP B-TREE FOR ORDER BY'],
    ])
  })

  test('of a target is looked for among the few attempts of that target', async () => {
    expect(await list({ outdialTargetId: 'target' })).toEqual([
      [
        'SEARCH campaigncall USING INDEX campaigncall_attempt (customer_id=? AND outdial_target_id=?)',
        'USE TEMP B-TREE FOR ORDER BY',
      ],
    ])
  })

  test('that are done too is not taken for one of calls in flight', async () => {
    expect(await list({ campaignId: 'campaign', status: ['DIALING', 'DONE'] })).toEqual([
      ['SEARCH campaigncall USING INDEX campaigncall_campaign (campaign_id=? AND position<?)'],
    ])
  })
})

describe('pages of many parents', () => {
  const ids = ['a', 'b']
  const searches = async (run: (read: Tables) => Promise<unknown>) => {
    const [plan, ...others] = await plansOf(run)
    return { plan: plan?.filter((step) => /^(SEARCH|SCAN) (campaigncall|outdial_target) /.test(step)), others }
  }
  const byRow = (table: string) => `SEARCH ${table} USING INTEGER PRIMARY KEY (rowid=?)`

  test.each<[string, Partial<CampaigncallListFilter>, 'campaignId' | 'outdialTargetId', string]>([
    ['of campaigns', {}, 'campaignId', 'INDEX campaigncall_campaign (campaign_id=?)'],
    [
      'in flight of campaigns',
      { status: ['DIALING', 'PROGRESSING'] },
      'campaignId',
      'INDEX campaigncall_in_flight_campaign (campaign_id=?)',
    ],
    ['of targets', {}, 'outdialTargetId', 'INDEX campaigncall_attempt (customer_id=? AND outdial_target_id=?)'],
  ])('of calls, %s, are found by the index of one page', async (_, filter, parent, index) => {
    const listing = { ...calls, ...filter, [parent]: 'a' }
    const { plan, others } = await searches((read) =>
      read.campaigncalls.listOfEach(parent, ids, listing, true, { ...page, from: null }),
    )
    expect(others).toEqual([])
    expect(plan?.[0]).toBe(byRow('campaigncall'))
    expect(plan?.slice(1).map((step) => step.replace('COVERING ', ''))).toEqual([`SEARCH campaigncall USING ${index}`])
  })

  test('of targets are found by the index of one page', async () => {
    const filter = { customerId, outdialId: 'a', status: null, address: null, includeDeleted: false }
    const { plan } = await searches((read) => read.outdialTargets.listOfEach(ids, filter, { ...page, from: null }))
    expect(plan?.[0]).toBe(byRow('outdial_target'))
    expect(plan?.slice(1)).toEqual([
      expect.stringMatching(/USING (COVERING )?INDEX outdial_target_kept \(outdial_id=\?\)/),
    ])
  })
})

describe('what the dialer asks at every tick', () => {
  /** The first step of each statement: what it starts from. */
  const starts = async (run: (read: Tables) => Promise<unknown>) => (await plansOf(run)).map((plan) => plan[0])

  /** One of the indexes that hold what is in flight, waits or is due, and not the history. */
  const small =
    /^S\w+ campaigncall USING (COVERING )?INDEX campaigncall_(in_flight|in_flight_campaign|in_flight_target|waiting|wake)( |$)/

  test.each<[string, (read: Tables) => Promise<unknown>]>([
    ['what is due', (read) => read.campaigncalls.due('ALL', 5, 10)],
    ['what is due of one customer', (read) => read.campaigncalls.due({ customerId }, 5, 10)],
    ['when the next of one customer is due', (read) => read.campaigncalls.nextDueAt({ customerId })],
    ['how many of one customer are in flight', (read) => read.campaigncalls.countInFlight({ customerId })],
    ['which of one customer are in flight', (read) => read.campaigncalls.inFlight({ customerId })],
    ['when the next is due', (read) => read.campaigncalls.nextDueAt('ALL')],
    ['who waits', (read) => read.campaigncalls.waiting(customerId, 'queue', 10)],
    ['how many wait', (read) => read.queues.waitingCalls(customerId, ['queue'])],
    ['what a pool has in flight', (read) => read.campaigncalls.poolCounts(customerId, ['pool'])],
    ['how many are in flight', (read) => read.campaigncalls.countInFlight('ALL')],
    ['which are in flight', (read) => read.campaigncalls.inFlight('ALL')],
    ['which queues could be served', (read) => read.agents.servableQueues('ALL')],
  ])('of calls, %s, never goes through the history', async (_, read) => {
    const plans = await plansOf(read)
    expect(plans).toHaveLength(1)
    expect(plans[0]?.filter((step) => / campaigncall /.test(step))).toEqual([expect.stringMatching(small)])
  })

  test('of calls would be told apart from a walk through the history', async () => {
    const [start] = await starts((read) => read.campaigncalls.list(calls, false, page))
    expect(start).not.toMatch(small)
  })

  test('of agents is answered from those whose time has come, and those of the queue', async () => {
    expect(await starts((read) => read.agents.due('ALL', 5, 10))).toEqual([
      'SEARCH agent USING INDEX agent_ring (ring_until<?)',
      'SEARCH agent USING INDEX agent_wrap_up (wrap_up_until<?)',
    ])
    expect(await starts((read) => read.agents.countAvailable(customerId, ['queue']))).toEqual([
      'SEARCH queue_agent USING PRIMARY KEY (customer_id=? AND queue_id=?)',
    ])
    expect(await starts((read) => read.agents.ofCalls(customerId, ['call']))).toEqual([
      'SEARCH agent USING INDEX agent_call (campaigncall_id=?)',
    ])
  })

  test('finds the campaigns that run, and the lists that wait for re-evaluation, by a partial index', async () => {
    expect(await starts((read) => read.campaigns.active('ALL'))).toEqual(['SCAN campaign USING INDEX campaign_active'])
    expect(await starts((read) => read.outdials.reevaluating('ALL', 1))).toEqual([
      'SCAN outdial USING INDEX outdial_judging',
    ])
  })

  test('finds calls by what the carrier calls them, by an index', async () => {
    expect(await starts((read) => read.campaigncalls.byReferenceIds('ALL', ['reference']))).toEqual([
      'SEARCH campaigncall USING INDEX campaigncall_reference (reference_id=?)',
    ])
  })
})

describe('the log', () => {
  /** Whether something after the place was pruned, asked once and of the one row that says so. */
  const ifNothingPruned = ['SCALAR SUBQUERY 1', 'SCAN installation']

  test('of one campaign is read from its index', async () => {
    for (const kind of ['CAMPAIGNCALL', 'CAMPAIGN'] as const) {
      const filter = { customerId, kind, campaignId: 'campaign' }
      const step = 'SEARCH transition USING INDEX transition_campaign (campaign_id=? AND kind=? AND position>?)'
      const [plan] = await plansOf((read) => read.transitions.matchingAfter(filter, 5, 100))
      expect(plan).toEqual([step, ...ifNothingPruned])
      const upTo = step.replace('position>?', 'position>? AND position<?')
      const [bounded] = await plansOf((read) => read.transitions.matchingAfter(filter, 5, 100, 500))
      expect(bounded).toEqual([upTo, ...ifNothingPruned])
      expect(await plansOf((read) => read.transitions.matchingAfter(filter, null, 100))).toEqual([[step]])
    }
  })

  test('of one kind is read from its index', async () => {
    const filter = { customerId, kind: 'AGENT' } as const
    for (const queueId of [null, 'queue']) {
      const [plan] = await plansOf((read) => read.transitions.matchingAfter({ ...filter, queueId }, 5, 100, 500))
      expect(plan).toEqual([
        'SEARCH transition USING INDEX transition_kind (customer_id=? AND kind=? AND position>? AND position<?)',
        ...ifNothingPruned,
      ])
    }
  })

  test('as a whole is read by position', async () => {
    const [plan] = await plansOf((read) => read.transitions.after(5, 100))
    expect(plan).toEqual(['SEARCH transition USING INTEGER PRIMARY KEY (rowid>?)', ...ifNothingPruned])
  })

  test('is pruned from where it was last, each call being looked up by its id', async () => {
    expect(await plansOf((read) => read.transitions.agedAfter(5, 500))).toEqual([
      [
        'SEARCH transition USING INTEGER PRIMARY KEY (rowid>?)',
        'CORRELATED SCALAR SUBQUERY 1',
        'SEARCH campaigncall USING INDEX campaigncall_id (customer_id=? AND id=?)',
      ],
    ])
  })

  test('is looked through for what ended calls left behind call by call, and not as a whole', async () => {
    expect(await plansOf((read) => read.transitions.leftBehind(5, 500, 500))).toEqual([
      [
        'SEARCH ended USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)',
        'SEARCH transition USING COVERING INDEX transition_version (customer_id=? AND campaigncall_id=?)',
      ],
    ])
  })

  test('of a campaign, latest first, is read from its index without a sort', async () => {
    const [plan] = await plansOf((read) => read.transitions.latestOfCampaigns(customerId, ['campaign'], 20))
    expect(plan).toContain('SEARCH transition USING INDEX transition_campaign (campaign_id=? AND kind=?)')
    // Only the entries that were found are sorted.
    expect(plan?.filter((step) => step.includes('TEMP B-TREE'))).toHaveLength(1)
  })

  test('of calls is read from its index', async () => {
    const [plan] = await plansOf((read) => read.transitions.ofCalls(customerId, ['call']))
    expect(plan?.[0]).toContain(
      'SEARCH transition USING INDEX transition_version (customer_id=? AND campaigncall_id=?)',
    )
  })
})

describe('a page of targets', () => {
  const filter = { customerId, outdialId: 'outdial', status: null, address: null, includeDeleted: false }
  const list = (of: Partial<TargetListFilter>) =>
    plansOf((read) => read.outdialTargets.list({ ...filter, ...of }, { ...page, from: [5] }))

  test('is read by the list and the place', async () => {
    expect(await list({})).toEqual([
      ['SEARCH outdial_target USING INDEX outdial_target_kept (outdial_id=? AND position>?)'],
    ])
  })

  test('of one status is read by that and the place', async () => {
    expect(await list({ status: ['IDLE'] })).toEqual([
      ['SEARCH outdial_target USING INDEX outdial_target_list (outdial_id=? AND status=? AND position>?)'],
    ])
  })

  test('with an address is found by it', async () => {
    expect(await list({ address: '+12025550100' })).toEqual([
      [
        'SEARCH outdial_target USING INDEX outdial_target_kept (outdial_id=? AND position=?)',
        'SEARCH destination USING COVERING INDEX destination_address (customer_id=? AND target=?)',
        'USE TEMP B-TREE FOR ORDER BY',
      ],
    ])
  })
})

test('the data of a list is read from a place on, and its ends are found, by its index', async () => {
  const plan = 'SEARCH outdial_target USING INDEX outdial_target_all (outdial_id=?'
  expect(await plansOf((read) => read.outdialTargets.dataAfter(customerId, 'outdial', 5, 50))).toEqual([
    [`${plan} AND position>?)`],
  ])
  expect(await plansOf((read) => read.outdialTargets.span(customerId, 'outdial'))).toEqual([[`${plan})`], [`${plan})`]])
})

test('an agent is found by the extension, whatever else is asked for', async () => {
  const filter = { customerId, status: null, queueId: null, extension: '102' }
  const bySearch = 'SEARCH agent USING INDEX agent_extension (customer_id=? AND extension=?)'
  for (const of of [filter, { ...filter, status: ['AVAILABLE' as const] }]) {
    const [plan] = await plansOf((read) => read.agents.list(of, { ...page, from: [5] }))
    expect(plan).toEqual([bySearch])
    const [counted] = await plansOf((read) => read.agents.count(of))
    expect(counted?.[0]).toContain('agent_extension (customer_id=? AND extension=?)')
  }
})

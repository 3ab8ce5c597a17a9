import { expect, test } from 'vitest'
import { scripted } from '../support/given.ts'
import { createServedWorld } from './served-world.ts'

test('a campaign is made, run and read through the API alone', async () => {
  const world = await createServedWorld()
  const made = await world.must<Record<string, Record<string, { id: string }>>>(`mutation {
    outdialCreate(input: { name: "People" }) { outdial { id } userErrors { code field message } }
    outplanCreate(input: { name: "Twice", source: { target: "+12025550199" }, maxTryCounts: [2], tryIntervalMs: 1000 }) { outplan { id } }
    queueCreate(input: { name: "Team" }) { queue { id } }
    agentCreate(input: { name: "Ada", extension: "102" }) { agent { id } }
  }`)
  const id = (payload: string, noun: string) => made[payload]?.[noun]?.id
  const outdialId = id('outdialCreate', 'outdial')
  const queueId = id('queueCreate', 'queue')
  const agentId = id('agentCreate', 'agent')
  const filled = await world.must(
    `mutation ($outdialId: ID!, $queueId: ID!, $agentId: ID!, $targets: [OutdialTargetInput!]!) {
      outdialTargetsAdd(outdialId: $outdialId, targets: $targets) { targets { status destinations { address { target } } } userErrors { code } }
      queueAgentsSet(queueId: $queueId, agentIds: [$agentId]) { queue { availableAgents agents { name } } userErrors { code } }
      agentStatusSet(id: $agentId, status: AVAILABLE) { agent { status } userErrors { code } }
    }`,
    { outdialId, queueId, agentId, targets: [{ name: 'Bo', destinations: [{ target: scripted(0) }] }] },
  )
  expect(filled).toMatchObject({
    outdialTargetsAdd: { targets: [{ status: 'IDLE' }], userErrors: [] },
    agentStatusSet: { agent: { status: 'AVAILABLE' } },
  })
  const { campaignCreate } = await world.must<{ campaignCreate: { campaign: { id: string } } }>(
    `mutation ($input: CampaignCreateInput!) { campaignCreate(input: $input) { campaign { id status } userErrors { code field message } } }`,
    {
      input: {
        name: 'Spring',
        outdialId,
        outplanId: id('outplanCreate', 'outplan'),
        queueId,
        actions: [{ type: 'TALK', option: { text: 'Hello' } }],
      },
    },
  )
  const campaignId = campaignCreate.campaign.id
  await world.must(`mutation { campaignRun(id: "${campaignId}") { campaign { status } userErrors { code } } }`)
  await world.run()
  const { campaign } = await world.must(`{ campaign(id: "${campaignId}") {
    status stats { targetsTotal targetsDone callsTotal success answered answerRate hangupReasons { reason count } }
    dialing { blockedBy allowed } transitions { from to cause }
    campaigncalls { totalCount nodes { status result hangupReason agent { name callsTaken } outdialTarget { name status } transitions { event version } } } } }`)
  expect(campaign).toMatchObject({
    status: 'STOP',
    stats: {
      targetsTotal: 1,
      targetsDone: 1,
      callsTotal: 1,
      success: 1,
      answered: 1,
      answerRate: 1,
      hangupReasons: [{ reason: 'NORMAL', count: 1 }],
    },
    dialing: { blockedBy: 'CAMPAIGN_NOT_RUNNING', allowed: 0 },
    transitions: [
      { from: 'STOP', to: 'RUN', cause: 'Run by local.' },
      { from: 'RUN', to: 'STOP', cause: 'No target of the outdial can be dialed now or later.' },
    ],
    campaigncalls: {
      totalCount: 1,
      nodes: [
        {
          result: 'SUCCESS',
          hangupReason: 'NORMAL',
          agent: { name: 'Ada', callsTaken: 1 },
          outdialTarget: { name: 'Bo', status: 'DONE' },
        },
      ],
    },
  })
  await world.close()
})

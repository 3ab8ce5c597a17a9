/** The part of Dialgraph's schema that the query of bench/peers.ts selects, with its resolvers written as a first version has them. */
import Database from 'better-sqlite3'
import DataLoader from 'dataloader'

export const typeDefs = `
  type Query { campaigns(first: Int!): CampaignConnection! }
  type CampaignConnection { nodes: [Campaign!]! }
  type Campaign { id: ID! name: String! status: String! campaigncalls(first: Int!): CampaigncallConnection! }
  type CampaigncallConnection { nodes: [Campaigncall!]! }
  type Campaigncall {
    id: ID! status: String! hangupReason: String tryCount: Int! outdialTarget: OutdialTarget! agent: Agent
  }
  type OutdialTarget { id: ID! name: String! status: String! }
  type Agent { id: ID! name: String! extension: String! }`

const campaignColumns = 'id, name, status'
const callColumns =
  'id, status, hangup_reason as hangupReason, try_count as tryCount, outdial_target_id as targetId, agent_id as agentId'

/** The data, by statements that are prepared once. */
export function openData(file) {
  const db = new Database(file, { readonly: true })
  const ofIds = (table, columns) =>
    db.prepare(
      `select ${columns} from ${table} where customer_id = 'default' and id in (select value from json_each(?))`,
    )
  const byIds = (statement) => (ids) => {
    const rows = new Map(statement.all(JSON.stringify(ids)).map((row) => [row.id, row]))
    return ids.map((id) => rows.get(id) ?? null)
  }
  const campaigns = db.prepare(
    `select ${campaignColumns} from campaign where customer_id = 'default' and deleted_at is null order by position desc limit ?`,
  )
  const calls = db.prepare(
    `select ${callColumns} from campaigncall where customer_id = 'default' and campaign_id = ? order by position desc limit ?`,
  )
  return {
    campaigns: (first) => campaigns.all(first),
    calls: (campaignId, first) => calls.all(campaignId, first),
    targets: byIds(ofIds('outdial_target', 'id, name, status')),
    agents: byIds(ofIds('agent', 'id, name, extension')),
  }
}

/** One query for each object: what a tutorial shows. */
export function naiveResolvers(data) {
  return {
    Query: { campaigns: (_, { first }) => ({ nodes: data.campaigns(first) }) },
    Campaign: { campaigncalls: ({ id }, { first }) => ({ nodes: data.calls(id, first) }) },
    Campaigncall: {
      outdialTarget: ({ targetId }) => data.targets([targetId])[0],
      agent: ({ agentId }) => (agentId === null ? null : data.agents([agentId])[0]),
    },
  }
}

/** The same with a DataLoader for each relation; `context` is made for each request. */
export function loadingResolvers(data) {
  const naive = naiveResolvers(data)
  return {
    ...naive,
    Campaigncall: {
      outdialTarget: ({ targetId }, _, context) => context.targets.load(targetId),
      agent: ({ agentId }, _, context) => (agentId === null ? null : context.agents.load(agentId)),
    },
  }
}

export const makeContext = (data) => ({
  targets: new DataLoader(async (ids) => data.targets(ids)),
  agents: new DataLoader(async (ids) => data.agents(ids)),
})

/** What a plain handler writes by hand: four statements, and JSON. */
export function bareAnswer(data, { first, calls }) {
  const campaigns = data.campaigns(first)
  const callsOf = campaigns.map(({ id }) => data.calls(id, calls))
  const all = callsOf.flat()
  const unique = (ids) => [...new Set(ids)]
  const targetIds = unique(all.map(({ targetId }) => targetId))
  const agentIds = unique(all.flatMap(({ agentId }) => (agentId === null ? [] : [agentId])))
  const targets = new Map(data.targets(targetIds).map((target, i) => [targetIds[i], target]))
  const agents = new Map(data.agents(agentIds).map((agent, i) => [agentIds[i], agent]))
  const nodes = campaigns.map(({ id, name, status }, i) => ({
    ...{ id, name, status },
    campaigncalls: {
      nodes: callsOf[i].map((call) => ({
        ...{ id: call.id, status: call.status, hangupReason: call.hangupReason, tryCount: call.tryCount },
        outdialTarget: targets.get(call.targetId),
        agent: call.agentId === null ? null : agents.get(call.agentId),
      })),
    },
  }))
  return { data: { campaigns: { nodes } } }
}

/** With a campaign waiting for agents: from agentStatusSet(AVAILABLE) to the next campaigncall, through the whole program. */
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { silentLog } from '../src/kernel/log.ts'
import { configOf } from './program.ts'
import { makeCampaign, must, printRow, quantile, temporaryFolder } from './support.ts'

const times = 51
const folder = temporaryFolder()
const dialgraph = await startDialgraph(
  configOf(`${folder.path}/reaction.sqlite`, {
    carrier: { driver: 'simulator', settings: { speed: 1, seed: 1, answerRate: 0, url: null } },
  }),
  silentLog,
)
const { app, url } = dialgraph
const queue = must(
  await app.queues.create(localViewer, {
    name: 'Team',
    detail: '',
    strategy: 'LONGEST_IDLE',
    waitTimeoutMs: 0,
    agentRingMs: 15_000,
  }),
)
const agentIds: string[] = []
for (let i = 0; i < times; i++) {
  const agent = must(
    await app.agents.create(localViewer, { name: `Agent ${i}`, detail: '', extension: `${1000 + i}`, wrapUpMs: 0 }),
  )
  agentIds.push(agent.id)
}
must(await app.queues.setAgents(localViewer, queue.id, agentIds))
// Numbers that ring for ever: each free agent lets one more call start.
const numberOf = (i: number) => `+1${200 + i}5550160`
const { campaign } = await makeCampaign(app, { targets: 400, numberOf, queueId: queue.id })
must(await app.campaigns.run(localViewer, campaign.id))
const calls = await app.transitions.campaigncalls(localViewer, { campaignId: campaign.id })

/** The mutation as a client sends it. */
async function setAvailable(id: string): Promise<void> {
  const query = `mutation { agentStatusSet(id: "${id}", status: AVAILABLE) { userErrors { message } } }`
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  await response.json()
}

const reactions: number[] = []
await setAvailable(agentIds[0] ?? '')
await calls.next()
for (const id of agentIds.slice(1)) {
  const startedAt = performance.now()
  const answered = setAvailable(id)
  await calls.next()
  reactions.push(performance.now() - startedAt)
  await answered
}
printRow(
  `agentStatusSet to the next campaigncall, milliseconds, median of ${reactions.length}`,
  quantile(reactions, 0.5).toFixed(1),
)
printRow('the slowest', quantile(reactions, 1).toFixed(1))

// What the program costs while the campaign waits.
const before = process.cpuUsage()
const waitMs = 5000
await new Promise((resolve) => setTimeout(resolve, waitMs))
const { user, system } = process.cpuUsage(before)
printRow('CPU while a running campaign waits for agents, percent of a core', ((user + system) / 10 / waitMs).toFixed(2))
await dialgraph.stop()
folder.remove()

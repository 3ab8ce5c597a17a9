import type { Outcome } from '../../src/app/api.ts'
import type {
  AgentCreateInput,
  CampaignCreateInput,
  OutplanCreateInput,
  QueueCreateInput,
} from '../../src/app/requests.ts'
import type { World } from './world.ts'

/** The value of a mutation that must succeed. */
export function must<Value>(outcome: Outcome<Value>): Value {
  if (outcome.errors.length > 0 || outcome.value === null) throw new Error(JSON.stringify(outcome.errors))
  return outcome.value
}

let nameCount = 0
const nextName = (noun: string) => `${noun} ${++nameCount}`

export const tel = (target: string) => ({ type: 'TEL' as const, target, targetName: '', name: '', detail: '' })

/** A number that the simulated carrier treats by its script: 555-01dd in area `area`. */
export function scripted(dd: number, area = 202): string {
  return `+1${area}55501${String(dd).padStart(2, '0')}`
}

export function givenOutplan({ app, viewer }: World, input: Partial<OutplanCreateInput> = {}) {
  const defaults = {
    name: nextName('Outplan'),
    detail: '',
    source: tel('+12025550199'),
    dialTimeoutMs: 30_000,
    tryIntervalMs: 3_600_000,
  }
  return app.outplans.create(viewer, { ...defaults, maxTryCounts: [3], ...input }).then(must)
}

export function givenOutdial({ app, viewer }: World, name = nextName('Outdial')) {
  return app.outdials.create(viewer, { name, detail: '', data: '' }).then(must)
}

/** Targets, each by its destinations' numbers; null leaves an index empty. */
export async function givenTargets(
  { app, viewer }: World,
  outdialId: string,
  people: readonly (readonly (string | null)[])[],
) {
  const targets = people.map((numbers) => ({
    name: '',
    detail: '',
    data: '',
    destinations: numbers.map((number) => (number === null ? null : tel(number))),
  }))
  return must(await app.outdialTargets.add(viewer, outdialId, targets)).targets ?? []
}

export function givenQueue({ app, viewer }: World, input: Partial<QueueCreateInput> = {}) {
  const defaults = {
    name: nextName('Queue'),
    detail: '',
    strategy: 'LONGEST_IDLE' as const,
    waitTimeoutMs: 20_000,
    agentRingMs: 15_000,
  }
  return app.queues.create(viewer, { ...defaults, ...input }).then(must)
}

let extensionCount = 100
export function givenAgent({ app, viewer }: World, input: Partial<AgentCreateInput> = {}) {
  const extension = `e${++extensionCount}00`
  return app.agents.create(viewer, { name: nextName('Agent'), detail: '', extension, wrapUpMs: 0, ...input }).then(must)
}

/** Agents of a queue, in this order, available unless said otherwise. */
export async function givenAgents(
  world: World,
  queueId: string,
  inputs: readonly Partial<AgentCreateInput>[],
  status: 'AVAILABLE' | 'OFFLINE' = 'AVAILABLE',
) {
  const { app, viewer } = world
  const agents = []
  for (const input of inputs) agents.push(await givenAgent(world, input))
  must(
    await app.queues.setAgents(
      viewer,
      queueId,
      agents.map((agent) => agent.id),
    ),
  )
  if (status === 'AVAILABLE') for (const agent of agents) must(await app.agents.setStatus(viewer, agent.id, status))
  return agents
}

export function givenCampaign({ app, viewer }: World, input: Partial<CampaignCreateInput> = {}) {
  const defaults = {
    name: nextName('Campaign'),
    detail: '',
    type: 'CALL' as const,
    pacing: 'SERVICE_LEVEL' as const,
    serviceLevel: 100,
    ratio: 100,
    endHandle: 'STOP' as const,
    actions: [],
  }
  return app.campaigns.create(viewer, { ...defaults, ...input }).then(must)
}

/** A campaign with a list, a plan, and what else is asked for, ready to run. */
export async function givenReady(
  world: World,
  options: {
    people: readonly (readonly (string | null)[])[]
    plan?: Partial<OutplanCreateInput>
    campaign?: Partial<CampaignCreateInput>
  },
) {
  const outplan = await givenOutplan(world, options.plan)
  const outdial = await givenOutdial(world)
  const targets = await givenTargets(world, outdial.id, options.people)
  const campaign = await givenCampaign(world, { outplanId: outplan.id, outdialId: outdial.id, ...options.campaign })
  return { outplan, outdial, targets, campaign }
}

/** Calls of a campaign, oldest first. */
export async function callsOf({ app, viewer }: World, campaignId: string) {
  const page = await app.campaigncalls.page(viewer, { first: 500, within: { campaignId }, orderBy: 'CREATED_AT_ASC' })
  return [...page.rows]
}

/** A campaign's status as it is now. */
export async function statusOf({ app, viewer }: World, campaignId: string) {
  const [campaign] = await app.campaigns.byIds(viewer, [campaignId])
  return campaign?.status
}

/** The same, running. */
export async function givenRunning(world: World, options: Parameters<typeof givenReady>[1]) {
  const ready = await givenReady(world, options)
  must(await world.app.campaigns.run(world.viewer, ready.campaign.id))
  return ready
}

/** Targets of a list as they are now, in the order they were added. */
export async function targetsOf({ app, viewer }: World, outdialId: string, includeDeleted = false) {
  const filter = { includeDeleted }
  return [...(await app.outdialTargets.page(viewer, { first: 500, outdialId, filter })).rows]
}

/** Agents as they are now, in the order of the ids. */
export async function agentsNow({ app, viewer }: World, agents: readonly { readonly id: string }[]) {
  const ids = agents.map((agent) => agent.id)
  return (await app.agents.byIds(viewer, ids)).flatMap((agent) => agent ?? [])
}

/** What the API says of a campaign's dialing at this moment. */
export async function dialingOf({ app, viewer }: World, campaignId: string) {
  const campaigns = (await app.campaigns.byIds(viewer, [campaignId])).flatMap((campaign) => campaign ?? [])
  const [report] = await app.campaigns.dialing(viewer, campaigns)
  if (report === undefined) throw new Error('a campaign to report of')
  return report
}

/** Transitions of each call of a campaign, calls oldest first. */
export async function stepsOf(world: World, campaignId: string) {
  const ids = (await callsOf(world, campaignId)).map((call) => call.id)
  return world.app.campaigncalls.transitions(world.viewer, ids)
}

/** The events of each call of a campaign: [['CREATED', 'ANSWERED', 'ENDED']]. */
export async function eventsOf(world: World, campaignId: string) {
  return (await stepsOf(world, campaignId)).map((steps) => steps.map((step) => step.event))
}

/** The transitions of a campaign: ['STOP RUN', 'RUN STOP']. */
export async function campaignStepsOf({ app, viewer }: World, campaignId: string) {
  const [steps = []] = await app.transitions.latestOfCampaigns(viewer, [campaignId], 500)
  return steps.map((step) => `${step.from} ${step.to}`)
}

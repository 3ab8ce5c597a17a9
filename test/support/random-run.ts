import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Outcome } from '../../src/app/api.ts'
import type { ActionInput, AddressInput } from '../../src/app/requests.ts'
import type { Agent } from '../../src/domain/agent.ts'
import type { Campaign } from '../../src/domain/campaign.ts'
import { unreachable } from '../../src/kernel/assert.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import { createChecker } from './checker.ts'
import {
  callsOf,
  givenAgent,
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenQueue,
  must,
  scripted,
  targetsOf,
  tel,
} from './given.ts'
import type { Told, ToldCampaign } from './judge-limits.ts'
import { createMortalWorld } from './mortal-world.ts'
import type { RandomDestination, RandomStep, Scenario } from './random-campaigns.ts'
import { temporaryFile, type World } from './world.ts'

interface Made {
  readonly campaigns: Campaign[]
  readonly agents: Agent[]
  readonly queueIds: string[]
}

const loopId = '0198c0de-0000-7000-8000-000000000001'
const actionsOf: Record<string, ActionInput[]> = {
  NONE: [],
  TALK: [{ type: 'TALK', option: { text: 'Good morning' } }],
  SLEEP: [{ type: 'SLEEP', option: { durationMs: 3000 } }],
  STOP: [{ type: 'STOP', option: {} }],
  JOIN: [{ type: 'QUEUE_JOIN', option: {} }],
  HANGUP: [{ type: 'HANGUP', option: { reason: 'AMD' } }],
  LOOP: [{ id: loopId, nextId: loopId, type: 'SLEEP', option: { durationMs: 0 } }],
}
const needsCall = new Set(['TALK', 'JOIN', 'HANGUP'])

let numberCount = 0
function addressOf(of: RandomDestination): AddressInput | null {
  if (of === null) return null
  if (of === 'SIP') return { ...tel(''), type: 'SIP', target: 'sip:anna@example.com' }
  return tel(of < 0 ? `+1202777${String(++numberCount % 10_000).padStart(4, '0')}` : scripted(of))
}

/** Somebody without any destination could not be added. */
function personOf(destinations: readonly RandomDestination[]) {
  const addresses = destinations.map(addressOf)
  const some = addresses.some((address) => address !== null) ? addresses : [tel(scripted(0))]
  return { name: '', detail: '', data: '', destinations: some }
}

async function setUp(world: World, scenario: Scenario, told: Told): Promise<Made> {
  const { app, viewer } = world
  const made: Made = { campaigns: [], agents: [], queueIds: [] }
  for (const queue of scenario.queues) {
    const { id } = await givenQueue(world, queue)
    made.queueIds.push(id)
    told.members.set(id, [[]])
  }
  for (const { ending, wrapUpMs, available } of scenario.agents) {
    const extension = `${made.agents.length + 1}${ending}`
    const agent = await givenAgent(world, { extension, wrapUpMs })
    if (available) must(await app.agents.setStatus(viewer, agent.id, 'AVAILABLE'))
    made.agents.push(agent)
  }
  for (const [i, id] of made.queueIds.entries()) {
    await setMembers(
      world,
      told,
      id,
      made.agents.filter((_, a) => ((scenario.agents[a]?.queues ?? 0) >> i) & 1),
    )
  }
  for (const campaign of scenario.campaigns) await addCampaign(world, told, made, campaign)
  return made
}

async function setMembers({ app, viewer }: World, told: Told, queueId: string, agents: readonly Agent[]) {
  const ids = agents.map((agent) => agent.id)
  must(await app.queues.setAgents(viewer, queueId, ids))
  told.members.get(queueId)?.push(ids)
}

function toldOf(campaign: Campaign): ToldCampaign {
  return { ...campaign, outplanId: campaign.outplanId ?? '', outdialId: campaign.outdialId ?? '' }
}

async function addCampaign(world: World, told: Told, made: Made, of: Scenario['campaigns'][number]) {
  const { app, viewer } = world
  const { plan, people, queue, followed, runs, actions, ...settings } = of
  const outplan = await givenOutplan(world, plan)
  told.plans.set(outplan.id, [outplan])
  const outdial = await givenOutdial(world)
  must(await app.outdialTargets.add(viewer, outdial.id, people.map(personOf)))
  const queueId = settings.type === 'FLOW' || queue === null ? null : (at(made.queueIds, queue) ?? null)
  const fits = settings.type === 'FLOW' ? !needsCall.has(actions) : queueId !== null || actions !== 'JOIN'
  const campaign = await givenCampaign(world, {
    ...settings,
    queueId,
    outplanId: outplan.id,
    outdialId: outdial.id,
    actions: fits ? (actionsOf[actions] ?? []) : [],
    nextCampaignId: followed ? (made.campaigns.at(-1)?.id ?? null) : null,
  })
  told.campaigns.set(campaign.id, [toldOf(campaign)])
  made.campaigns.push(campaign)
  if (runs) must(await app.campaigns.run(viewer, campaign.id))
}

const at = <Value>(values: readonly Value[], index: number): Value | undefined => values[index % values.length]

/** Asks for one step. A refusal is as good as a success: what it may not do is break a rule. */
async function take(world: World, told: Told, made: Made, step: Exclude<RandomStep, { do: 'DIE' }>): Promise<void> {
  const { app, viewer } = world
  const campaign = 'which' in step ? at(made.campaigns, step.which) : undefined
  const outdialId = campaign?.outdialId ?? ''
  switch (step.do) {
    case 'PASS':
      return world.advance(step.ms)
    case 'RUN':
      await app.campaigns.run(viewer, campaign?.id ?? '')
      return
    case 'STOP':
      await app.campaigns.stop(viewer, campaign?.id ?? '')
      return
    case 'ADD':
      await app.outdialTargets.add(viewer, outdialId, step.people.map(personOf))
      return
    case 'RESET':
      await app.outdialTargets.reset(viewer, outdialId, step.reset)
      return
    case 'DELETE':
      await app.outdialTargets.delete(viewer, at(await targetsOf(world, outdialId), step.target)?.id ?? '')
      return
    case 'MOVE': {
      const id = at(await targetsOf(world, outdialId), step.target)?.id ?? ''
      await app.outdialTargets.update(viewer, id, { destinations: personOf(step.person).destinations })
      return
    }
    case 'PLAN':
      keep(
        told.plans.get(campaign?.outplanId ?? ''),
        await app.outplans.update(viewer, campaign?.outplanId ?? '', step.plan),
      )
      return
    case 'PACE': {
      const { value, errors } = await app.campaigns.update(viewer, campaign?.id ?? '', step.paced)
      if (errors.length === 0 && value !== null) told.campaigns.get(value.id)?.push(toldOf(value))
      return
    }
    case 'HANG_UP': {
      const calls = (await callsOf(world, campaign?.id ?? '')).filter((call) => call.status !== 'DONE')
      await app.campaigncalls.hangup(viewer, at(calls, step.which)?.id ?? '')
      return
    }
    case 'AGENT':
      await app.agents.setStatus(viewer, at(made.agents, step.which)?.id ?? '', step.status)
      return
    case 'MEMBERS': {
      const queueId = at(made.queueIds, step.which)
      const members = made.agents.filter((_, a) => (step.agents >> a) & 1)
      return queueId === undefined ? undefined : setMembers(world, told, queueId, members)
    }
    default:
      return unreachable(step)
  }
}

function keep<Value>(versions: Value[] | undefined, { value, errors }: Outcome<Value>): void {
  if (errors.length === 0 && value !== null) versions?.push(value)
}

/** Longest call of a random run. */
const callDurationMaxMs = 90_000

/** A run in which the process may die between two steps, and another takes its place. */
async function createRun({ seed, callsPerSecond, concurrentCallsMax }: Scenario) {
  const effects = createSimulatedEffects({ seed })
  const driver = createSimulator({ effects, seed, speed: 1, answerRate: 0.6 })
  const app = { concurrentCallsMax, callDurationMaxMs }
  const file = temporaryFile()
  const start = () => createMortalWorld({ effects, driver, file, app, callsPerSecond })
  let current = await start()
  return {
    file,
    world: () => current.world,
    /** What was asked for and not answered when the process died is not done: nobody waits for it. */
    async die({ statement, ms, pauseMs }: Extract<RandomStep, { do: 'DIE' }>) {
      current.dieBeforeStatement(statement)
      await effects.advance(ms)
      await current.die()
      await effects.advance(pauseMs)
      current = await start()
    },
    async close() {
      await current.close()
      rmSync(dirname(file), { recursive: true, force: true })
    },
  }
}

/** Runs a scenario and holds the world against the rules after each step. Throws with what it found. */
export async function runScenario(scenario: Scenario): Promise<void> {
  const { callsPerSecond, concurrentCallsMax } = scenario
  const told: Told = { concurrentCallsMax, callsPerSecond, plans: new Map(), campaigns: new Map(), members: new Map() }
  const run = await createRun(scenario)
  const checker = createChecker(run.file, told)
  const check = (when: string) => {
    const { effects, complaints } = run.world()
    const errors = complaints.filter((of) => of.level === 'error')
    const findings = [
      ...checker.check(effects.now()),
      ...errors.map((of) => `${of.message}: ${String(of.fields.error)}`),
    ]
    if (findings.length > 0) throw new Error(`${when}:\n${[...new Set(findings)].slice(0, 10).join('\n')}`)
  }
  try {
    const made = await setUp(run.world(), scenario, told)
    await run.world().settle()
    check('at the start')
    let together: Promise<void>[] = []
    for (const [i, { step, alone }] of scenario.steps.entries()) {
      if (step.do === 'DIE') {
        Promise.allSettled(together.splice(0))
        await run.die(step)
      } else together.push(take(run.world(), told, made, step))
      if (!alone && step.do !== 'PASS' && step.do !== 'DIE') continue
      await Promise.all(together)
      together = []
      await run.world().settle()
      check(`after step ${i}, ${JSON.stringify(step)}`)
    }
    await Promise.all(together)
    await run.world().run()
    check('at rest')
    const open = checker.fold.inFlight.size
    if (open > 0) throw new Error(`the world came to rest with ${open} calls in flight`)
  } finally {
    checker.close()
    await run.close()
  }
}

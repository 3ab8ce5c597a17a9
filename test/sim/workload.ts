import type { AddressInput, OutdialTargetInput } from '../../src/app/requests.ts'
import { unreachable } from '../../src/kernel/assert.ts'
import type { Callers } from './callers.ts'
import type { Chance } from './chance.ts'
import type { CampaignPlan, Destination, Person, Scenario, Step } from './scenario.ts'

/** What happens to the processes, the clock and the carrier. */
type WorldStep =
  | 'PASS'
  | 'DIE'
  | 'RETIRE'
  | 'STALL'
  | 'PAUSE'
  | 'ACCOMPANY'
  | 'COPY'
  | 'JUMP'
  | 'OUTAGE'
  | 'CARRIER_RESTART'

/** Steps that callers take; the others are the world's. */
export type CallerStep = Exclude<Step, { readonly do: WorldStep }>

/** What a caller asked to be reset, and between which commits it can have happened. */
export interface AskedReset {
  readonly outdialId: string
  readonly which: 'ALL' | 'FAILED' | 'SUCCEEDED'
  readonly from: number
  until: number
}

/** A status that a caller asked for, and between which commits it can have been set. */
export interface AskedStatus {
  readonly agentId: string
  readonly status: 'AVAILABLE' | 'AWAY' | 'OFFLINE'
  readonly from: number
  until: number
}

interface MadeCampaign {
  readonly id: string
  readonly outdialId: string
  readonly outplanId: string
}

export interface WorkloadOptions {
  readonly scenario: Scenario
  readonly chance: Chance
  readonly callers: Callers
  readonly findings: string[]
  /** How many commits there were until now. */
  commitCount(): number
}

const tel = (target: string): AddressInput => ({ type: 'TEL', target, targetName: '', name: '', detail: '' })

/** What callers make and do, each with ids of their own choice. */
export function createWorkload({ scenario, chance, callers, findings, commitCount }: WorkloadOptions) {
  const campaigns: MadeCampaign[] = []
  const queueIds: string[] = []
  const agentIds: string[] = []
  const resets: AskedReset[] = []
  const statuses: AskedStatus[] = []
  let numberCount = 0
  let targetCount = 0

  function addressOf(of: Destination): AddressInput | null {
    if (of === null) return null
    if (of === 'SIP') return { ...tel('sip:anna@example.com'), type: 'SIP' }
    if (of < 0) return tel(`+1202777${String(++numberCount % 10_000).padStart(4, '0')}`)
    return tel(`+120255501${String(of).padStart(2, '0')}`)
  }

  /** Somebody without any destination could not be added. */
  function destinationsOf(person: Person): (AddressInput | null)[] {
    const addresses = person.map(addressOf)
    return addresses.some((address) => address !== null) ? addresses : [tel('+12025550100')]
  }

  const personOf = (person: Person): OutdialTargetInput => ({
    ...{ id: chance.id(), name: `Target ${++targetCount}`, detail: String(targetCount % 3), data: 'seven' },
    destinations: destinationsOf(person),
  })

  async function addTargets(outdialId: string, people: readonly Person[]): Promise<void> {
    const rows = people.map(personOf)
    const { value, errors } = await callers.patiently((app, viewer) => app.outdialTargets.add(viewer, outdialId, rows))
    if (errors.length > 0) return
    const stored = value?.targets?.map((target) => target.id) ?? []
    if (stored.join() !== rows.map((row) => row.id).join()) findings.push(`5.6: targets of ${outdialId} became others`)
  }

  async function setStatus(agentId: string, status: AskedStatus['status']): Promise<void> {
    const asked: AskedStatus = { agentId, status, from: commitCount(), until: Number.POSITIVE_INFINITY }
    statuses.push(asked)
    await callers.patiently((app, viewer) => app.agents.setStatus(viewer, agentId, status))
    asked.until = commitCount()
  }

  async function makeQueues(): Promise<void> {
    for (const [i, queue] of scenario.queues.entries()) {
      const input = { ...queue, id: chance.id(), name: `Queue ${i}`, detail: '' }
      queueIds.push((await callers.create(input.id, (app, viewer) => app.queues.create(viewer, input))).id)
    }
    for (const [i, { ending, wrapUpMs, available }] of scenario.agents.entries()) {
      const input = { id: chance.id(), name: `Agent ${i}`, detail: '', extension: `${i + 1}${ending}`, wrapUpMs }
      const { id } = await callers.create(input.id, (app, viewer) => app.agents.create(viewer, input))
      agentIds.push(id)
      if (available) await setStatus(id, 'AVAILABLE')
    }
    for (const [i, id] of queueIds.entries()) {
      const members = agentIds.filter((_, a) => ((scenario.agents[a]?.queues ?? 0) >> i) & 1)
      await callers.patiently((app, viewer) => app.queues.setAgents(viewer, id, members))
    }
  }

  async function makeCampaign(of: CampaignPlan, i: number): Promise<void> {
    const { plan, people, queue, followed, runs, ...settings } = of
    const texts = { detail: '', data: '' }
    const outplan = { id: chance.id(), name: `Plan ${i}`, source: tel('+12025550199'), ...texts, ...plan }
    const outdial = { id: chance.id(), name: `List ${i}`, ...texts }
    await callers.create(outplan.id, (app, viewer) => app.outplans.create(viewer, outplan))
    await callers.create(outdial.id, (app, viewer) => app.outdials.create(viewer, outdial))
    await addTargets(outdial.id, people)
    const queueId = queue === null ? null : (at(queueIds, queue) ?? null)
    const campaign = {
      ...{ ...settings, id: chance.id(), name: `Campaign ${i}`, detail: '' },
      ...{ queueId, outplanId: outplan.id, outdialId: outdial.id },
      nextCampaignId: followed ? (campaigns.at(-1)?.id ?? null) : null,
    }
    await callers.create(campaign.id, (app, viewer) => app.campaigns.create(viewer, campaign))
    campaigns.push({ id: campaign.id, outdialId: outdial.id, outplanId: outplan.id })
    if (runs) await callers.patiently((app, viewer) => app.campaigns.run(viewer, campaign.id))
  }

  async function targetAt(outdialId: string, which: number): Promise<string> {
    const page = await callers.patiently((app, viewer) => app.outdialTargets.page(viewer, { first: 500, outdialId }))
    return at(page.rows, which)?.id ?? ''
  }

  async function reset(outdialId: string, which: AskedReset['which']): Promise<void> {
    const asked: AskedReset = { outdialId, which, from: commitCount(), until: Number.POSITIVE_INFINITY }
    resets.push(asked)
    await callers.once((app, viewer) => app.outdialTargets.reset(viewer, outdialId, which))
    asked.until = commitCount()
  }

  async function hangUp(campaignId: string, which: number): Promise<void> {
    const page = await callers.patiently((app, viewer) =>
      app.campaigncalls.page(viewer, {
        ...{ first: 500, orderBy: 'CREATED_AT_ASC', within: { campaignId } },
        filter: { status: ['DIALING', 'PROGRESSING'] },
      }),
    )
    const call = at(page.rows, which)
    if (call !== undefined) await callers.patiently((app, viewer) => app.campaigncalls.hangup(viewer, call.id))
  }

  async function exchange(id: string, { other, what }: Extract<CallerStep, { do: 'EXCHANGE' }>): Promise<void> {
    const changes = {
      PLAN: { outplanId: at(campaigns, other)?.outplanId ?? null },
      QUEUE: { queueId: at(queueIds, other) ?? null },
      NEXT: { nextCampaignId: at(campaigns, other)?.id ?? null },
    }[what]
    await callers.patiently((app, viewer) => app.campaigns.update(viewer, id, changes))
  }

  /** Asks for one step. A refusal is as good as a success: what it may not do is break a rule. */
  async function take(step: CallerStep): Promise<unknown> {
    const made = at(campaigns, step.which)
    const { id, outdialId, outplanId } = made ?? { id: '', outdialId: '', outplanId: '' }
    switch (step.do) {
      case 'RUN':
        return callers.patiently((app, viewer) => app.campaigns.run(viewer, id))
      case 'STOP':
        return callers.patiently((app, viewer) => app.campaigns.stop(viewer, id))
      case 'REMOVE':
        return callers.patiently((app, viewer) => app.campaigns.delete(viewer, id))
      case 'ADD':
        return addTargets(outdialId, step.people)
      case 'RESET':
        return reset(outdialId, step.reset)
      case 'DELETE': {
        const target = await targetAt(outdialId, step.target)
        return callers.patiently((app, viewer) => app.outdialTargets.delete(viewer, target))
      }
      case 'MOVE': {
        const target = await targetAt(outdialId, step.target)
        const destinations = destinationsOf(step.person)
        return callers.patiently((app, viewer) => app.outdialTargets.update(viewer, target, { destinations }))
      }
      case 'PLAN':
        return callers.patiently((app, viewer) => app.outplans.update(viewer, outplanId, step.plan))
      case 'PACE':
        return callers.patiently((app, viewer) => app.campaigns.update(viewer, id, step.paced))
      case 'EXCHANGE':
        return exchange(id, step)
      case 'HANG_UP':
        return hangUp(id, step.which)
      case 'AGENT':
        return setStatus(at(agentIds, step.which) ?? '', step.status)
      case 'AGENT_EDIT':
        return callers.patiently((app, viewer) =>
          app.agents.update(viewer, at(agentIds, step.which) ?? '', { wrapUpMs: step.wrapUpMs }),
        )
      case 'MEMBERS': {
        const chosen = agentIds.filter((_, a) => (step.agents >> a) & 1)
        const members = chosen.map((_, i) => at(chosen, i + step.turned) ?? '')
        return callers.patiently((app, viewer) => app.queues.setAgents(viewer, at(queueIds, step.which) ?? '', members))
      }
      case 'QUEUE':
        return callers.patiently((app, viewer) => app.queues.update(viewer, at(queueIds, step.which) ?? '', step.queue))
      default:
        return unreachable(step)
    }
  }

  return {
    campaigns: campaigns as readonly MadeCampaign[],
    queueIds: queueIds as readonly string[],
    resets: resets as readonly AskedReset[],
    statuses: statuses as readonly AskedStatus[],
    /** How many targets were asked to be added; each once, however often it was asked. */
    targetCount: () => targetCount,
    async setUp(): Promise<void> {
      await makeQueues()
      for (const [i, campaign] of scenario.campaigns.entries()) await makeCampaign(campaign, i)
    },
    take,
    async allHands(): Promise<void> {
      for (const id of agentIds) await setStatus(id, 'AVAILABLE')
    },
  }
}

const at = <Value>(values: readonly Value[], index: number): Value | undefined => values[index % values.length]

import { z } from 'zod'
import { extensionPattern } from '../domain/address.ts'
import { type Agent, chosenAgentStatuses, decideAgent } from '../domain/agent.ts'
import { refuse } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import { UniqueConflict } from '../store/contract/errors.ts'
import type { Agents } from './api.ts'
import { withdrawOffer } from './calls/offers.ts'
import { type AppContext, attempt } from './context.ts'
import { createRepeatably } from './creations.ts'
import {
  addressSchema,
  chosenId,
  detailText,
  filterText,
  finding,
  nameText,
  parse,
  parseChanges,
  wholeNumber,
} from './input.ts'
import { loadPage } from './paging.ts'
import { regroupPools } from './queues.ts'
import type { AgentFilter } from './requests.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

const extension = z.string().transform((text, ctx) => {
  const trimmed = text.trim()
  if (trimmed === '') ctx.addIssue(finding('BLANK', 'An extension is needed.', text))
  else if (trimmed.length > 32) ctx.addIssue(finding('TOO_LONG', 'This is longer than 32 characters.', text))
  else if (!extensionPattern.test(trimmed)) {
    ctx.addIssue(finding('INVALID', 'An extension is made of letters, digits and * # + _ . -', text))
  }
  return trimmed
})

function schemas(context: AppContext) {
  const address = addressSchema(context.options.defaultCountry)
  const fields = { name: nameText, detail: detailText, extension, wrapUpMs: wholeNumber(0, limits.wrapUpMaxMs) }
  return {
    create: z.object({ id: chosenId, ...fields, address: address.nullish() }),
    update: z.object({ ...fields, address }).partial(),
  }
}

/** Agents, who take the answered calls. */
export function createAgents(context: AppContext): Agents {
  const { store, seal } = context
  const schema = schemas(context)
  const find = (viewer: Viewer, id: string) => store.read.agents.byId(viewer.customerId, id)

  return {
    create: (viewer, input) =>
      attempt(async () => {
        const { id: chosen, ...values } = parse(schema.create, input, ['input'])
        return context.change(viewer, (unit) =>
          createRepeatably(unit, viewer, {
            kind: 'AGENT',
            id: chosen,
            input: values,
            find: async (id) => (await unit.stored()).agents.byId(viewer.customerId, id),
            make: (id) =>
              withUniqueExtension(async () => (await unit.stored()).agents.insert(newAgent(unit, viewer, id, values))),
          }),
        )
      }),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const agent = await loadAgent(unit, viewer, id)
            const changes = parseChanges(schema.update, input)
            const edited = { ...agent, ...changes, ...movedAddress(agent, changes), updatedAt: unit.now }
            await withUniqueExtension(async () => (await unit.stored()).agents.update(edited))
            unit.notice('AGENT', viewer.customerId, agent.id)
            return edited
          }),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const agent = await loadAgent(unit, viewer, id)
            if (agent.status === 'RINGING' || agent.status === 'BUSY') {
              refuse('STATE_CONFLICT', ['id'], 'The agent is being offered a call, or is on one.')
            }
            const deleted = { ...agent, deletedAt: unit.now, updatedAt: unit.now }
            await unit.tx.queues.removeAgent(viewer.customerId, agent.id)
            await (await unit.stored()).agents.update(deleted)
            await regroupPools(unit, viewer.customerId)
            unit.notice('AGENT', viewer.customerId, agent.id)
            return deleted
          }),
        () => find(viewer, id),
      ),
    setStatus: (viewer, id, status) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const agent = await loadAgent(unit, viewer, id)
            const chosen = chosenAgentStatuses.find((of) => of === status)
            if (chosen === undefined) refuse('INVALID', ['status'], 'Only the dialer sets BUSY and RINGING.')
            const set = decideAgent(agent, { type: 'SET', status: chosen }, unit.now)
            unit.saveAgent(agent, set)
            if (agent.status === 'RINGING' && set.status !== 'RINGING') await withdrawOffer(unit, context, agent)
            return set
          }),
        () => find(viewer, id),
      ),
    byIds: (viewer, ids) => store.read.agents.byIds(viewer.customerId, ids),
    page: async (viewer, { filter, ...args }) => {
      const listing = listingOf(viewer, filter)
      return loadPage({
        args,
        seal,
        connection: 'agents',
        listing,
        keyOf: (agent: Agent) => [agent.position],
        load: (window) => store.read.agents.list(listing, window),
        count: () => store.read.agents.count(listing),
      })
    },
    queues: (viewer, agentIds) => store.read.queues.ofAgents(viewer.customerId, agentIds),
  }
}

function listingOf(viewer: Viewer, filter: AgentFilter | null | undefined) {
  return {
    customerId: viewer.customerId,
    status: filter?.status ?? null,
    queueId: filter?.queueId ?? null,
    extension: filterText(filter?.extension, 'extension'),
  }
}

type AgentFields = Omit<z.output<ReturnType<typeof schemas>['create']>, 'id'>

function newAgent(
  unit: Unit,
  viewer: Viewer,
  id: string,
  { address, ...fields }: AgentFields,
): Omit<Agent, 'position'> {
  return {
    ...fields,
    address: address ?? ownExtension(fields.extension),
    id,
    customerId: viewer.customerId,
    status: 'OFFLINE',
    nextStatus: null,
    wrapUpUntil: null,
    ringUntil: null,
    campaigncallId: null,
    callsTaken: 0,
    callsSinceOffline: 0,
    idleSince: unit.now,
    statusChangedAt: unit.now,
    createdAt: unit.now,
    updatedAt: unit.now,
    deletedAt: null,
  }
}

/** The default address of an agent's phone. */
function ownExtension(target: string): Agent['address'] {
  return { type: 'EXTENSION', target, targetName: '', name: '', detail: '' }
}

/** An address derived from the extension changes with it. */
function movedAddress(agent: Agent, changes: { extension?: string; address?: Agent['address'] }): Partial<Agent> {
  const ownBefore = agent.address.type === 'EXTENSION' && agent.address.target === agent.extension
  if (changes.address || changes.extension === undefined || !ownBefore) return {}
  return { address: { ...agent.address, target: changes.extension } }
}

async function loadAgent(unit: Unit, viewer: Viewer, id: string): Promise<Agent> {
  const agent = await (await unit.stored()).agents.byId(viewer.customerId, id)
  if (agent === null || agent.deletedAt !== null) refuse('NOT_FOUND', ['id'], 'There is no such agent.')
  return agent
}

async function withUniqueExtension<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof UniqueConflict && error.fields.includes('extension')) {
      refuse('TAKEN', ['input', 'extension'], 'Another agent has this extension.')
    }
    throw error
  }
}

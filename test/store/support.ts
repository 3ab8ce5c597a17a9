import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { newActiveflow } from '../../src/domain/activeflow.ts'
import type { Agent } from '../../src/domain/agent.ts'
import type { Campaign } from '../../src/domain/campaign.ts'
import type { Campaigncall, DialingCall } from '../../src/domain/campaigncall.ts'
import type { Outdial } from '../../src/domain/outdial.ts'
import type { OutdialTarget } from '../../src/domain/outdial-target.ts'
import type { Outplan } from '../../src/domain/outplan.ts'
import type { Queue } from '../../src/domain/queue.ts'
import { present } from '../../src/kernel/assert.ts'
import type { Effects } from '../../src/kernel/effects.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store, Transaction } from '../../src/store/contract/store.ts'
import { createStore, type StoreOptions } from '../../src/store/sqlite/store.ts'
import { temporaryFile } from '../support/world.ts'

/** Whose everything is, where a test does not say otherwise. */
export const customerId = 'customer'
/** When everything was made. */
export const madeAt = 1_750_000_000_000

/** A file that is removed after the test. */
export function givenFile(): string {
  const file = temporaryFile()
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
  return file
}

/** A store on a file of its own, closed after the test. */
export function givenStore(options: Partial<StoreOptions> & { effects?: Effects } = {}) {
  const { effects = createSimulatedEffects(), file = givenFile(), ...others } = options
  const store = createStore({ file, create: true, synchronous: 'OFF', refuseNested: true, ...others }, effects)
  onTestFinished(() => store.close())
  return { store, file }
}

/** Another connection to the file, as another process has one. */
export function connectTo(file: string, readonly = false): Database.Database {
  return new Database(file, { readonly, timeout: 0 })
}

/** How SQLite carries out a statement: one line for each step. */
export function planOf(file: string, statement: string): string[] {
  const client = connectTo(file)
  try {
    const blanks = [...statement.matchAll(/\?/g)].map(() => null)
    const steps = client.prepare(`explain query plan ${statement}`).all(...blanks) as { detail: string }[]
    return steps.map((step) => step.detail)
  } finally {
    client.close()
  }
}

const base = () => ({ id: randomUUID(), customerId })
const times = { createdAt: madeAt, updatedAt: madeAt, deletedAt: null }
const texts = (name: string) => ({ name, detail: '' })
export const number = (target = '+12025550100') =>
  ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

type Fresh<Value> = Omit<Value, 'position'>

export const anOutplan = (of: Partial<Outplan> = {}): Fresh<Outplan> => ({
  ...base(),
  ...texts('Outplan'),
  source: number('+12025550199'),
  dialTimeoutMs: 30_000,
  tryIntervalMs: 60_000,
  maxTryCounts: [3, 0, 0, 0, 0],
  ...times,
  ...of,
})

export const anOutdial = (of: Partial<Outdial> = {}): Fresh<Outdial> => ({
  ...base(),
  ...texts('Outdial'),
  data: '',
  targetsIdle: 0,
  targetsProgressing: 0,
  targetsDone: 0,
  reevaluatedPosition: null,
  ...times,
  ...of,
})

export const aTarget = (outdialId: string, of: Partial<OutdialTarget> = {}): Fresh<OutdialTarget> => ({
  ...base(),
  ...texts(''),
  outdialId,
  data: '',
  status: 'IDLE',
  destinations: [{ index: 0, address: number(), tryCount: 0, unusable: false }],
  reached: false,
  outcome: null,
  attempt: 0,
  lastAttemptAt: 0,
  lastUnknown: false,
  unplacedInRow: 0,
  failedInRow: 0,
  ...times,
  ...of,
})

export function aQueue(of: Partial<Queue> = {}): Fresh<Queue> {
  const { id, ...own } = base()
  const settings = { strategy: 'LONGEST_IDLE', waitTimeoutMs: 20_000, agentRingMs: 15_000 } as const
  return { id, ...own, ...texts('Queue'), ...settings, poolId: of.id ?? id, lastOfferedAgentId: null, ...times, ...of }
}

export const anAgent = (extension: string, of: Partial<Agent> = {}): Fresh<Agent> => ({
  ...base(),
  ...texts('Agent'),
  extension,
  address: { ...number(extension), type: 'EXTENSION' },
  status: 'OFFLINE',
  nextStatus: null,
  wrapUpMs: 0,
  wrapUpUntil: null,
  ringUntil: null,
  campaigncallId: null,
  callsTaken: 0,
  callsSinceOffline: 0,
  idleSince: madeAt,
  statusChangedAt: madeAt,
  ...times,
  ...of,
})

export const aCampaign = (name: string, of: Partial<Campaign> = {}): Fresh<Campaign> => ({
  ...base(),
  ...texts(name),
  type: 'CALL',
  status: 'STOP',
  pacing: 'SERVICE_LEVEL',
  serviceLevel: 100,
  ratio: 100,
  concurrentCallsMax: null,
  endHandle: 'STOP',
  actionListId: randomUUID(),
  actions: [],
  outplanId: null,
  outdialId: null,
  queueId: null,
  nextCampaignId: null,
  ...times,
  ...of,
})

/** A campaign with the list of actions that it names. */
export function addCampaign(store: Store, campaign: Fresh<Campaign>): Promise<Campaign> {
  return store.transact('ALL', async (tx) => {
    await tx.campaigns.insertActions(campaign.customerId, campaign.actionListId, campaign.actions)
    return tx.campaigns.insert(campaign)
  })
}

/** A call that dials a target. */
export const aCall = (
  campaign: Campaign,
  target: OutdialTarget,
  of: Partial<DialingCall> = {},
): Fresh<DialingCall> => ({
  ...base(),
  campaignId: campaign.id,
  outplanId: campaign.outplanId ?? randomUUID(),
  outdialId: target.outdialId,
  outdialTargetId: target.id,
  queueId: campaign.queueId,
  activeflowId: randomUUID(),
  actionListId: campaign.actionListId,
  referenceType: 'CALL',
  referenceId: randomUUID(),
  source: number('+12025550199'),
  destination: number(),
  destinationIndex: 0,
  tryCount: 1,
  attempt: 1,
  dialTimeoutMs: 30_000,
  status: 'DIALING',
  version: 1,
  endRequest: null,
  lookupAt: null,
  wakeAt: null,
  queuedAt: null,
  createdAt: madeAt,
  updatedAt: madeAt,
  ...of,
})

/** Inserts a call, and returns it with its position. */
export async function insertCall(tx: Transaction, call: Omit<Campaigncall, 'position'>): Promise<Campaigncall> {
  await tx.campaigncalls.insertAll([{ ...call, position: 0 } as Campaigncall])
  return present(await tx.campaigncalls.byId(call.customerId, call.id), 'a call that was inserted')
}

/** One of everything, so that a test can try to spoil it. */
export function addOneOfEach(store: Store) {
  return store.transact('ALL', async (tx) => {
    await tx.engines.insert()
    const outplan = await tx.outplans.insert(anOutplan())
    const outdial = await tx.outdials.insert(anOutdial())
    const target = await tx.outdialTargets.insert(aTarget(outdial.id))
    const queue = await tx.queues.insert(aQueue())
    const agent = await tx.agents.insert(anAgent('100'))
    await tx.queues.setMembers(customerId, queue.id, [agent.id])
    const fresh = aCampaign('Campaign', { outplanId: outplan.id, outdialId: outdial.id, queueId: queue.id })
    await tx.campaigns.insertActions(customerId, fresh.actionListId, [])
    const campaign = await tx.campaigns.insert(fresh)
    const call = await insertCall(tx, aCall(campaign, target))
    await tx.activeflows.insertAll([newActiveflow({ ...call, customerId })])
    const execution = { step: 1, actionId: randomUUID(), startedAt: madeAt, endedAt: madeAt, outcome: 'answered' }
    await tx.activeflows.insertExecutions([{ customerId, campaigncallId: call.id, ...execution }])
    await tx.transitions.append([{ kind: 'NOTICE', customerId, at: madeAt, topic: 'CAMPAIGN', subjectId: campaign.id }])
    return { outplan, outdial, target, queue, agent, campaign, call }
  })
}

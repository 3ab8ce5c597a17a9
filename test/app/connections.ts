import type { Page } from '../../src/app/api.ts'
import type { PageArguments } from '../../src/app/requests.ts'
import {
  givenAgent,
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenQueue,
  givenReady,
  givenTargets,
  must,
  scripted,
} from '../support/given.ts'
import type { World } from '../support/world.ts'

/** What every list has rows of. */
export type Row = { readonly id: string; readonly createdAt: number }

export interface Connection {
  /** Makes rows, one after the other, and says how the list is asked for. */
  readonly make: (
    world: World,
    count: number,
  ) => Promise<{
    readonly more: (count: number) => Promise<unknown>
    readonly page: (args: PageArguments) => Promise<Page<Row>>
    /** The same connection in another order or with another filter. */
    readonly others: readonly ((args: PageArguments) => Promise<Page<Row>>)[]
  }>
  /** Newest first. */
  readonly descending?: boolean
}

async function times(count: number, make: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await make(i)
}

/** Calls that ring for ever, made one after the other. */
async function makeCalls(world: World, count: number) {
  const { app, viewer } = world
  const ready = await givenReady(world, { people: [] })
  must(await app.campaigns.update(viewer, ready.campaign.id, { endHandle: 'CONTINUE' }))
  must(await app.campaigns.run(viewer, ready.campaign.id))
  const more = (of: number) =>
    times(of, async () => {
      await givenTargets(world, ready.outdial.id, [[scripted(60)]])
      await world.settle()
    })
  await more(count)
  return { ...ready, more }
}

/** Every list that comes in pages. */
export const connections: Record<string, Connection> = {
  'campaigns, oldest first': {
    async make(world, count) {
      const more = (of: number) => times(of, () => givenCampaign(world))
      await more(count)
      const page = (args: object) => world.app.campaigns.page(world.viewer, { orderBy: 'CREATED_AT_ASC', ...args })
      const filter = { includeDeleted: true }
      const others = [
        { orderBy: 'CREATED_AT_DESC' },
        { orderBy: 'NAME_ASC' },
        { filter },
        { filter: { ...filter, type: 'CALL' } },
      ]
      return { more, page, others: others.map((other) => (args: object) => page({ ...args, ...other })) }
    },
  },
  'campaigns, newest first': {
    descending: true,
    async make(world, count) {
      const more = (of: number) => times(of, () => givenCampaign(world))
      await more(count)
      const page = (args: object) => world.app.campaigns.page(world.viewer, { orderBy: 'CREATED_AT_DESC', ...args })
      return { more, page, others: [(args) => page({ ...args, orderBy: 'NAME_DESC' })] }
    },
  },
  outdials: {
    async make(world, count) {
      const more = (of: number) => times(of, () => givenOutdial(world))
      await more(count)
      const page = (args: object) => world.app.outdials.page(world.viewer, args)
      const filters = [{ includeDeleted: true }, { includeDeleted: false, nameContains: 'Out' }]
      return { more, page, others: filters.map((filter) => (args: object) => page({ ...args, filter })) }
    },
  },
  'outdial targets': {
    async make(world, count) {
      const [outdial, other] = [await givenOutdial(world), await givenOutdial(world)]
      const more = (of: number) => times(of, () => givenTargets(world, outdial.id, [['+12025550100']]))
      await more(count)
      const page = (args: object) => world.app.outdialTargets.page(world.viewer, { outdialId: outdial.id, ...args })
      const filters = [{ status: ['IDLE'] }, { address: '+12025550100' }]
      const filtered = filters.map(
        (filter) => (args: object) => page({ ...args, filter: { includeDeleted: false, ...filter } }),
      )
      return { more, page, others: [...filtered, (args) => page({ ...args, outdialId: other.id })] }
    },
  },
  outplans: {
    async make(world, count) {
      const more = (of: number) => times(of, () => givenOutplan(world))
      await more(count)
      return { more, page: (args) => world.app.outplans.page(world.viewer, args), others: [] }
    },
  },
  queues: {
    async make(world, count) {
      const more = (of: number) => times(of, () => givenQueue(world))
      await more(count)
      return { more, page: (args) => world.app.queues.page(world.viewer, args), others: [] }
    },
  },
  agents: {
    async make(world, count) {
      const queue = await givenQueue(world)
      const more = (of: number) => times(of, () => givenAgent(world))
      await more(count)
      const page = (args: object) => world.app.agents.page(world.viewer, args)
      const filters = [{ status: ['OFFLINE'] }, { queueId: queue.id }]
      return { more, page, others: filters.map((filter) => (args: object) => page({ ...args, filter })) }
    },
  },
  'campaigncalls, newest first': {
    descending: true,
    async make(world, count) {
      const { more, outdial } = await makeCalls(world, count)
      const page = (args: object) => world.app.campaigncalls.page(world.viewer, { orderBy: 'CREATED_AT_DESC', ...args })
      const others = [
        { orderBy: 'CREATED_AT_ASC' },
        { filter: { status: ['DIALING'] } },
        { filter: { outdialId: outdial.id } },
      ]
      return { more, page, others: others.map((other) => (args: object) => page({ ...args, ...other })) }
    },
  },
  'campaigncalls of a campaign': {
    async make(world, count) {
      const { more, campaign } = await makeCalls(world, count)
      const within = { campaignId: campaign.id }
      const page = (args: object) =>
        world.app.campaigncalls.page(world.viewer, { orderBy: 'CREATED_AT_ASC', within, ...args })
      return { more, page, others: [(args) => page({ ...args, within: { campaignId: 'another' } })] }
    },
  },
}

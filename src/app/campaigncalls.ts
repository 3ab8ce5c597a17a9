import { requestedFlowReason } from '../domain/activeflow-events.ts'
import { askEnd, type Campaigncall, type HangupReason, requestedHangupReason } from '../domain/campaigncall.ts'
import { present } from '../kernel/assert.ts'
import { refuse } from '../kernel/errors.ts'
import type { CallParent, CampaigncallListFilter } from '../store/contract/campaigncalls.ts'
import type { Campaigncalls } from './api.ts'
import { watched } from './calls/tick.ts'
import { type AppContext, attempt } from './context.ts'
import { loadPage, loadPages } from './paging.ts'
import type { CampaigncallFilter, CampaigncallOrder, PageArguments } from './requests.ts'
import type { Unit } from './unit-of-work.ts'

/** Attempts: reading them, and requesting their end. */
export function createCampaigncalls(context: AppContext): Campaigncalls {
  const { store, seal } = context
  const pageOf = (args: PageArguments, listing: CampaigncallListFilter, orderBy: CampaigncallOrder) => ({
    args,
    seal,
    connection: 'campaigncalls',
    listing: { ...listing, orderBy },
    keyOf: (call: Campaigncall) => [call.position],
    count: (): Promise<number> => store.read.campaigncalls.count(listing),
  })
  const pagesWithin: Campaigncalls['pagesWithin'] = (
    viewer,
    { parent, ids },
    { filter, orderBy, ...args },
    reads = null,
  ) => {
    const listings = ids.map((id) => listingOf(viewer.customerId, { ...filter, [parent]: id }))
    // A filter that names another parent matches nothing inside this one.
    const asked = filter?.[parent]?.toLowerCase() ?? null
    const isEmpty = (place: number) => asked !== null && asked !== ids[place]
    const requests = listings.map((listing, i) => {
      const page = pageOf(args, listing, orderBy)
      return isEmpty(i) ? { ...page, listing: { ...page.listing, asked }, count: nothing } : page
    })
    return loadPages(requests, async (places, window) => {
      const wanted = places.filter((place) => !isEmpty(place))
      const [listing] = wanted.flatMap((place) => listings[place] ?? [])
      if (listing === undefined) return []
      const own = wanted.flatMap((place) => ids[place] ?? [])
      const found = await store.read.campaigncalls.listOfEach(
        parent,
        own,
        listing,
        isDescending(orderBy),
        window,
        reads,
      )
      return places.map((place) => found[wanted.indexOf(place)] ?? [])
    })
  }
  return {
    hangup: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const { campaigncalls } = await unit.stored()
            const call = await campaigncalls.byId(viewer.customerId, id)
            if (call === null) refuse('NOT_FOUND', ['id'], 'There is no such campaigncall.')
            if (call.status === 'DONE') refuse('STATE_CONFLICT', ['id'], 'The call has ended already.')
            const asked = askEnd(call, await reasonOf(unit, call), unit.now)
            if (asked === call) return call
            const saved = await watched(unit, context, asked)
            unit.saveCall(call, saved, [])
            unit.notice('CAMPAIGNCALL', viewer.customerId, call.id)
            return saved
          }),
        () => store.read.campaigncalls.byId(viewer.customerId, id),
      ),
    byIds: (viewer, ids, reads = null) => store.read.campaigncalls.byIds(viewer.customerId, ids, reads),
    async page(viewer, { within, filter, orderBy, ...args }, reads = null) {
      if (within !== undefined) {
        const [parent, id] = Object.entries(within)[0] as [CallParent, string]
        const [page] = await pagesWithin(viewer, { parent, ids: [id] }, { filter, orderBy, ...args }, reads)
        return present(page, 'a page of one parent')
      }
      const listing = listingOf(viewer.customerId, filter ?? {})
      return loadPage({
        ...pageOf(args, listing, orderBy),
        load: (window) => store.read.campaigncalls.list(listing, isDescending(orderBy), window, reads),
      })
    },
    pagesWithin,
    transitions: (viewer, ids) => store.read.transitions.ofCalls(viewer.customerId, ids),
  }
}

/** The reason of a requested hangup, by the current phase of the call. */
async function reasonOf(unit: Unit, call: Campaigncall): Promise<HangupReason> {
  if (call.referenceType !== 'FLOW') return requestedHangupReason(call)
  const { customerId, id } = call
  const { activeflows, campaigns } = await unit.stored()
  const [flow] = await activeflows.ofCalls(customerId, [id])
  const [executed = []] = await activeflows.executions(customerId, [id])
  const [actions] = await campaigns.actionLists(customerId, [call.actionListId])
  return requestedFlowReason(present(flow, 'the actions of a FLOW'), executed, actions ?? [])
}

const nothing = async () => 0

const isDescending = (orderBy: CampaigncallOrder) => orderBy === 'CREATED_AT_DESC'

function listingOf(customerId: string, filter: Partial<CampaigncallFilter>): CampaigncallListFilter {
  return {
    customerId,
    campaignId: filter.campaignId ?? null,
    outdialId: filter.outdialId ?? null,
    queueId: filter.queueId ?? null,
    outdialTargetId: filter.outdialTargetId ?? null,
    agentId: filter.agentId ?? null,
    status: filter.status ?? null,
    result: filter.result ?? null,
    hangupReason: filter.hangupReason ?? null,
    createdAfter: filter.createdAfter ?? null,
    createdBefore: filter.createdBefore ?? null,
  }
}

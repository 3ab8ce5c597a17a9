import { requestedFlowReason } from '../domain/activeflow-events.ts'
import { askEnd, type Campaigncall, type HangupReason, requestedHangupReason } from '../domain/campaigncall.ts'
import { present } from '../kernel/assert.ts'
import { refuse } from '../kernel/errors.ts'
import type { Campaigncalls } from './api.ts'
import { watched } from './calls/tick.ts'
import { type AppContext, attempt } from './context.ts'
import { loadPage } from './paging.ts'
import type { CampaigncallFilter } from './requests.ts'
import type { Unit } from './unit.ts'

/** Attempts: reading them, and requesting their end. */
export function createCampaigncalls(context: AppContext): Campaigncalls {
  const { store, seal } = context
  return {
    hangup: (viewer, id) =>
      attempt(
        () =>
          context.change(async (unit) => {
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
    byIds: (viewer, ids) => store.read.campaigncalls.byIds(viewer.customerId, ids),
    page: (viewer, { filter, orderBy, within, ...args }) => {
      const listing = listingOf(viewer.customerId, { ...filter, ...narrowed(filter, within) })
      if (listing === null) return loadPage({ ...emptyPage, args, seal, listing: { filter, within, orderBy } })
      const descending = orderBy === 'CREATED_AT_DESC'
      return loadPage({
        args,
        seal,
        connection: 'campaigncalls',
        listing: { ...listing, orderBy },
        keyOf: (call: Campaigncall) => [call.position],
        load: (window) => store.read.campaigncalls.list(listing, descending, window),
        count: () => store.read.campaigncalls.count(listing),
      })
    },
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

type Within = { readonly campaignId: string } | { readonly outdialTargetId: string } | undefined
type Narrowed = (Partial<CampaigncallFilter> & { readonly nothing?: false }) | { readonly nothing: true }

/** The parent's own id. A filter that names another parent matches nothing inside it. */
function narrowed(filter: CampaigncallFilter | null | undefined, within: Within): Narrowed {
  if (within === undefined) return {}
  const name = 'campaignId' in within ? 'campaignId' : 'outdialTargetId'
  const own: string = 'campaignId' in within ? within.campaignId : within.outdialTargetId
  const asked = filter?.[name]?.toLowerCase() ?? own
  return asked === own ? { [name]: own } : { nothing: true }
}

function listingOf(customerId: string, filter: Partial<CampaigncallFilter> & { readonly nothing?: boolean }) {
  if (filter.nothing) return null
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

const emptyPage = {
  connection: 'campaigncalls',
  keyOf: (call: Campaigncall) => [call.position],
  load: async (): Promise<Campaigncall[]> => [],
  count: async () => 0,
}

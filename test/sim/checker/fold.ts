/*
 * The log, folded by code that is not the dialer's: it knows the words of the API and the tables of states, and nothing
 * else. What it finds wrong it says in sentences that begin with the invariant.
 */

/** A row of the log as it stands in the file. */
export interface EntryRow {
  readonly position: number
  readonly kind: 'CAMPAIGNCALL' | 'CAMPAIGN' | 'AGENT' | 'NOTICE'
  readonly at: number
  readonly campaign_id: string
  readonly campaigncall_id: string
  readonly agent_id: string | null
  readonly event: string
  readonly version: number
  readonly from_status: string | null
  readonly to_status: string
  readonly result: string | null
  readonly hangup_reason: string | null
  readonly inferred: number
  /** A list as JSON. */
  readonly queue_ids: string | null
}

export interface FoldedCall {
  readonly id: string
  readonly campaignId: string
  readonly targetId: string
  readonly queueId: string | null
  status: string
  version: number
  result: string | null
  reason: string | null
  agentId: string | null
  answered: boolean
  queued: boolean
  connected: boolean
  readonly ringing: Set<string>
  /** Agents whose offer was given up. One may have answered at that very moment, and have the call after all. */
  readonly missed: Set<string>
}

/** What a call was created with. */
export interface CreatedCall {
  readonly campaign_id: string
  readonly outdial_target_id: string
  readonly queue_id: string | null
}

const agentSteps = new Set([
  ...['OFFLINE AVAILABLE', 'OFFLINE AWAY', 'AVAILABLE OFFLINE', 'AVAILABLE AWAY', 'AWAY AVAILABLE', 'AWAY OFFLINE'],
  ...['AVAILABLE RINGING', 'RINGING AVAILABLE', 'RINGING AWAY', 'RINGING OFFLINE', 'RINGING BUSY'],
  ...['BUSY AVAILABLE', 'BUSY AWAY', 'BUSY OFFLINE'],
])
const lateSteps = new Set([...agentSteps, 'AWAY BUSY', 'AVAILABLE BUSY', 'OFFLINE BUSY'])
const campaignSteps = new Set(['STOP RUN', 'STOPPING RUN', 'RUN STOPPING', 'RUN STOP', 'STOPPING STOP'])
const moves: Record<string, readonly string[]> = {
  ANSWERED: ['DIALING PROGRESSING'],
  QUEUED: ['PROGRESSING PROGRESSING'],
  AGENT_RINGING: ['PROGRESSING PROGRESSING'],
  AGENT_MISSED: ['PROGRESSING PROGRESSING'],
  AGENT_CONNECTED: ['PROGRESSING PROGRESSING'],
  CORRECTED: ['DONE DONE'],
  ENDED: ['DIALING DONE', 'PROGRESSING DONE'],
}

const wasOffered = ({ ringing, missed }: FoldedCall, agentId: string) => ringing.has(agentId) || missed.has(agentId)

type Say = (wrong: boolean, finding: string) => void

export function createFold() {
  const calls = new Map<string, FoldedCall>()
  const inFlight = new Set<FoldedCall>()
  /** By target: the call in flight. */
  const dialed = new Map<string, FoldedCall>()
  /** By campaign: how many calls are in flight. */
  const flying = new Map<string, number>()
  const agents = new Map<string, string>()
  const campaigns = new Map<string, string>()

  function stepStatus(
    known: Map<string, string>,
    id: string,
    first: string,
    legal: Set<string>,
    entry: EntryRow,
    say: Say,
  ) {
    const before = known.get(id) ?? first
    const { from_status: from, to_status: to } = entry
    say(from !== before, `I5: a step of ${entry.kind} ${id} from ${from}, which was ${before}`)
    say(!legal.has(`${from} ${to}`), `I6: an illegal step of ${entry.kind} ${id}: ${from} ${to}`)
    known.set(id, to)
  }

  function stepAgent(entry: EntryRow, say: Say): void {
    const id = entry.agent_id ?? ''
    const isLate = entry.to_status === 'BUSY' && [...inFlight].some((call) => call.missed.has(id))
    stepStatus(agents, id, 'OFFLINE', isLate ? lateSteps : agentSteps, entry, say)
  }

  function fly(call: FoldedCall, change: 1 | -1): void {
    flying.set(call.campaignId, (flying.get(call.campaignId) ?? 0) + change)
    if (change === 1) {
      inFlight.add(call)
      dialed.set(call.targetId, call)
    } else {
      inFlight.delete(call)
      if (dialed.get(call.targetId) === call) dialed.delete(call.targetId)
    }
  }

  function stepCampaign(entry: EntryRow, say: Say): void {
    const { campaign_id: id, to_status: to } = entry
    stepStatus(campaigns, id, 'STOP', campaignSteps, entry, say)
    const busy = (flying.get(id) ?? 0) > 0
    say(to === 'STOP' && busy, `I6: campaign ${id} became STOP with calls in flight`)
    say(to === 'STOPPING' && !busy, `I6: campaign ${id} became STOPPING without a call in flight`)
  }

  function create(entry: EntryRow, created: CreatedCall, say: Say): void {
    const { campaigncall_id: id, version, from_status: from } = entry
    say(calls.has(id), `I7: call ${id} was created twice`)
    say(version !== 1 || from !== null, `I7: call ${id} does not begin at version 1`)
    const call: FoldedCall = {
      ...{ id, campaignId: created.campaign_id, targetId: created.outdial_target_id, queueId: created.queue_id },
      ...{ status: 'DIALING', version: 1, result: null, reason: null, agentId: null },
      ...{ answered: false, queued: false, connected: false, ringing: new Set<string>() },
      missed: new Set<string>(),
    }
    calls.set(id, call)
    fly(call, 1)
  }

  function stepCall(entry: EntryRow, say: Say): void {
    const { campaigncall_id: id, event, version, from_status: from, to_status: to } = entry
    const call = calls.get(id)
    if (call === undefined) {
      say(true, `I5: ${event} of call ${id}, which was not created`)
      return
    }
    const what = `${event} of call ${id}`
    say(version !== call.version + 1, `I7: ${what} is version ${version} after ${call.version}`)
    say(from !== call.status, `I5: ${what} from ${from}, which was ${call.status}`)
    say(!moves[event]?.includes(`${from} ${to}`), `I6: ${what} is an illegal step: ${from} ${to}`)
    say(call.status === 'DONE' && event !== 'CORRECTED', `I6: ${what} leaves DONE`)
    call.version = version
    call.status = to
    happen(call, entry, (wrong, how) => say(wrong, `I6: ${what} ${how}`))
    if (event === 'ENDED' && inFlight.has(call)) fly(call, -1)
  }

  function happen(call: FoldedCall, entry: EntryRow, say: Say): void {
    const agentId = entry.agent_id ?? ''
    switch (entry.event) {
      case 'ANSWERED':
        call.answered = true
        break
      case 'QUEUED':
        say(call.queued || call.connected || call.ringing.size > 0, 'which was in its queue already')
        call.queued = true
        break
      case 'AGENT_RINGING':
        say(call.connected || call.ringing.has(agentId), 'which does not wait')
        call.ringing.add(agentId)
        break
      case 'AGENT_MISSED':
        say(!call.ringing.delete(agentId), `by agent ${agentId}, who did not ring`)
        call.missed.add(agentId)
        break
      case 'AGENT_CONNECTED':
        say(call.connected || !wasOffered(call, agentId), `to agent ${agentId}, who did not ring`)
        call.connected = true
        call.agentId = agentId
        call.ringing.clear()
        break
      case 'CORRECTED':
        say(call.answered, 'of a fact that was known')
        say(entry.result !== call.result || entry.hangup_reason !== call.reason, 'changes what is final')
        call.answered = true
        break
      default:
        say((entry.result === 'SUCCESS') !== (entry.hangup_reason === 'NORMAL'), 'has a result that is not its reason')
        call.result = entry.result
        call.reason = entry.hangup_reason
        call.ringing.clear()
    }
  }

  return {
    calls: calls as ReadonlyMap<string, FoldedCall>,
    inFlight: inFlight as ReadonlySet<FoldedCall>,
    /** By target: the call in flight. */
    dialed: dialed as ReadonlyMap<string, FoldedCall>,
    inFlightOf: (campaignId: string) => flying.get(campaignId) ?? 0,
    agents: agents as ReadonlyMap<string, string>,
    campaigns: campaigns as ReadonlyMap<string, string>,
    /** Takes in one entry. Returns what is wrong with it. `created` is the row of a call that begins here. */
    take(entry: EntryRow, created: CreatedCall | null): string[] {
      const findings: string[] = []
      const say: Say = (wrong, finding) => {
        if (wrong) findings.push(finding)
      }
      if (entry.kind === 'AGENT') stepAgent(entry, say)
      else if (entry.kind === 'CAMPAIGN') stepCampaign(entry, say)
      else if (entry.kind === 'CAMPAIGNCALL' && entry.event !== 'CREATED') stepCall(entry, say)
      else if (entry.kind === 'CAMPAIGNCALL' && created === null)
        say(true, `I5: call ${entry.campaigncall_id} was created without a row`)
      else if (entry.kind === 'CAMPAIGNCALL' && created !== null) create(entry, created, say)
      return findings
    },
  }
}

export type Fold = ReturnType<typeof createFold>

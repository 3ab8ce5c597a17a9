/*
 * The log, folded by code that is not the dialer's: it knows the words of the API and the table of states, and nothing
 * else. What it finds wrong it says in sentences.
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
  readonly cause: string
  readonly topic: string
  readonly subject_id: string
}

/** What never changes of a call, out of its row, and when its end was asked for. */
export interface CallFacts {
  readonly id: string
  readonly campaign_id: string
  readonly outplan_id: string
  readonly outdial_target_id: string
  readonly queue_id: string | null
  readonly destination_index: number
  readonly try_count: number
  readonly attempt: number
  readonly created_at: number
  readonly end_asked_at: number | null
}

export interface FoldedCall {
  facts: CallFacts
  status: string
  version: number
  result: string | null
  reason: string | null
  agentId: string | null
  answered: boolean
  queued: boolean
  connected: boolean
  readonly ringing: Set<string>
}

export interface Fold {
  readonly calls: Map<string, FoldedCall>
  readonly inFlight: Set<FoldedCall>
  readonly agents: Map<string, string>
  readonly campaigns: Map<string, string>
  /** How many notices there were of each subject: "OUTPLAN 0198…". */
  readonly notices: Map<string, number>
  /** When calls were created, in order. */
  readonly createdAt: number[]
}

export function createFold(): Fold {
  return {
    calls: new Map(),
    inFlight: new Set(),
    agents: new Map(),
    campaigns: new Map(),
    notices: new Map(),
    createdAt: [],
  }
}

const agentSteps = new Set([
  ...['OFFLINE AVAILABLE', 'OFFLINE AWAY', 'AVAILABLE OFFLINE', 'AVAILABLE AWAY', 'AWAY AVAILABLE', 'AWAY OFFLINE'],
  ...['AVAILABLE RINGING', 'RINGING AVAILABLE', 'RINGING AWAY', 'RINGING OFFLINE', 'RINGING BUSY'],
  ...['BUSY AVAILABLE', 'BUSY AWAY', 'BUSY OFFLINE'],
])
const campaignSteps = new Set(['STOP RUN', 'STOPPING RUN', 'RUN STOPPING', 'RUN STOP', 'STOPPING STOP'])

/** Takes in one entry. Returns what is wrong with it. */
export function foldEntry(fold: Fold, entry: EntryRow, factsOf: (callId: string) => CallFacts): string[] {
  switch (entry.kind) {
    case 'NOTICE': {
      const key = `${entry.topic} ${entry.subject_id}`
      fold.notices.set(key, (fold.notices.get(key) ?? 0) + 1)
      return []
    }
    case 'AGENT':
      return foldStatus(fold.agents, entry.agent_id ?? '', 'OFFLINE', entry, agentSteps)
    case 'CAMPAIGN': {
      const findings = foldStatus(fold.campaigns, entry.campaign_id, 'STOP', entry, campaignSteps)
      const busy = [...fold.inFlight].some((call) => call.facts.campaign_id === entry.campaign_id)
      if (entry.to_status === 'STOP' && busy) findings.push('a campaign became STOP with calls in flight')
      if (entry.to_status === 'STOPPING' && !busy) findings.push('a campaign became STOPPING without a call in flight')
      return findings
    }
    default:
      return entry.event === 'CREATED' ? foldCreated(fold, entry, factsOf) : foldCallStep(fold, entry)
  }
}

function foldStatus(known: Map<string, string>, id: string, first: string, entry: EntryRow, legal: Set<string>) {
  const findings: string[] = []
  const before = known.get(id) ?? first
  if (entry.from_status !== before) findings.push(`a step from ${entry.from_status} of what was ${before}`)
  if (!legal.has(`${entry.from_status} ${entry.to_status}`)) {
    findings.push(`an illegal step of ${entry.kind}: ${entry.from_status} ${entry.to_status}`)
  }
  known.set(id, entry.to_status)
  return findings
}

function foldCreated(fold: Fold, entry: EntryRow, factsOf: (callId: string) => CallFacts): string[] {
  const findings: string[] = []
  const facts = factsOf(entry.campaigncall_id)
  if (fold.calls.has(facts.id)) findings.push('a call was created twice')
  if (entry.version !== 1 || entry.from_status !== null) findings.push('a call that does not begin at version 1')
  for (const other of fold.inFlight) {
    if (other.facts.outdial_target_id === facts.outdial_target_id) findings.push('two calls in flight for one target')
  }
  const status = fold.campaigns.get(facts.campaign_id)
  if (status !== 'RUN') findings.push(`a call of a campaign that is ${status}`)
  const call: FoldedCall = {
    facts,
    status: 'DIALING',
    version: 1,
    ...{ result: null, reason: null, agentId: null },
    ...{ answered: false, queued: false, connected: false },
    ringing: new Set(),
  }
  fold.calls.set(facts.id, call)
  fold.inFlight.add(call)
  fold.createdAt.push(entry.at)
  return findings
}

const movesOf: Record<string, string> = {
  ANSWERED: 'DIALING PROGRESSING',
  QUEUED: 'PROGRESSING PROGRESSING',
  AGENT_RINGING: 'PROGRESSING PROGRESSING',
  AGENT_MISSED: 'PROGRESSING PROGRESSING',
  AGENT_CONNECTED: 'PROGRESSING PROGRESSING',
  CORRECTED: 'DONE DONE',
}

function foldCallStep(fold: Fold, entry: EntryRow): string[] {
  const call = fold.calls.get(entry.campaigncall_id)
  if (call === undefined) return [`${entry.event} of a call that was not created`]
  const findings: string[] = []
  const say = (wrong: boolean, what: string) => {
    if (wrong) findings.push(`${entry.event}: ${what}`)
  }
  say(entry.version !== call.version + 1, `version ${entry.version} after ${call.version}`)
  say(entry.from_status !== call.status, `from ${entry.from_status} while ${call.status}`)
  const move = `${entry.from_status} ${entry.to_status}`
  if (entry.event === 'ENDED') say(move !== 'DIALING DONE' && move !== 'PROGRESSING DONE', move)
  else say(movesOf[entry.event] !== move, move)
  call.version = entry.version
  call.status = entry.to_status
  foldEvent(call, entry, say)
  if (entry.event === 'ENDED') fold.inFlight.delete(call)
  return findings
}

function foldEvent(call: FoldedCall, entry: EntryRow, say: (wrong: boolean, what: string) => void): void {
  const agentId = entry.agent_id ?? ''
  switch (entry.event) {
    case 'ANSWERED':
      call.answered = true
      break
    case 'QUEUED':
      say(call.queued || call.connected || call.ringing.size > 0, 'of a call that was in its queue already')
      call.queued = true
      break
    case 'AGENT_RINGING':
      say(call.connected || call.ringing.has(agentId), 'of a call that is not waiting')
      call.ringing.add(agentId)
      break
    case 'AGENT_MISSED':
      say(!call.ringing.delete(agentId), 'of an agent who did not ring')
      break
    case 'AGENT_CONNECTED':
      say(call.connected || !call.ringing.has(agentId), 'of an agent who did not ring')
      call.connected = true
      call.agentId = agentId
      call.ringing.clear()
      break
    case 'CORRECTED':
      say(call.answered, 'of a fact that was known')
      say(entry.result !== call.result || entry.hangup_reason !== call.reason, 'a final fact was changed')
      call.answered = true
      break
    case 'ENDED':
      say((entry.result === 'SUCCESS') !== (entry.hangup_reason === 'NORMAL'), 'a result that is not its reason')
      call.result = entry.result
      call.reason = entry.hangup_reason
      call.ringing.clear()
      break
    default:
      say(true, 'no such event')
  }
}

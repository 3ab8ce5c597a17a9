import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects of whom the dialer chooses: C1 to C5 of docs/durability.md find them. */

const agent = 'src/domain/agent.ts'
const claim = 'src/app/calls/claim.ts'
const offers = 'src/app/calls/offers.ts'
const queue = 'src/domain/queue.ts'
const target = 'src/domain/outdial-target.ts'
const targets = 'src/store/sqlite/due-targets.ts'

const dialOrder = '.orderBy(asc(outdialTarget.lastAttemptAt), asc(outdialTarget.position))\n      .limit(sql'

export const choiceDefects: readonly Defect[] = [
  defect('calls those again who were tried before those who were not', 'C1', [
    targets,
    dialOrder,
    dialOrder.replace('asc(', 'sql`last_attempt_at = 0`, asc('),
  ]),
  defect('calls people again in the order in which they were added', 'C1', [
    targets,
    dialOrder,
    dialOrder.replace('asc(outdialTarget.lastAttemptAt)', 'sql`last_attempt_at > 0`'),
  ]),
  defect('puts those who have rested after UNKNOWN before all others', 'C1', [
    targets,
    '[...known, ...unknown].sort(inDialOrder).slice(0, limit)',
    '[...unknown, ...known].slice(0, limit)',
  ]),
  defect('claims a batch of a list from its end', 'C1', [
    claim,
    'const target = targets.shift()',
    'const target = targets.pop()',
  ]),
  defect('calls the last destination that has tries left', 'C1', [
    target,
    '(left(of) && (!best || of.index < best.index) ? of : best)',
    '(left(of) && (!best || of.index > best.index) ? of : best)',
  ]),
  defect('offers from the top of who was made first, not of the queue', 'C2', [
    'src/store/sqlite/queues.ts',
    '.orderBy(asc(queueAgent.queueId), asc(queueAgent.ordinal))',
    '.orderBy(asc(queueAgent.queueId), asc(agent.position))',
  ]),
  defect('goes round from the agent who was offered the last call', 'C2', [
    queue,
    'agents.slice(last + 1).find',
    'agents.slice(Math.max(0, last)).find',
  ]),
  defect('forgets after each tick whom it offered the last call', 'C2', [
    offers,
    'await unit.tx.queues.update(state.queue)',
    '',
  ]),
  defect('counts the calls that agents took before they went home', 'C2', [
    queue,
    'least(available, (agent) => agent.callsSinceOffline)',
    'least(available, (agent) => agent.callsTaken)',
  ]),
  defect('takes an offer that came to nothing for work', 'C2', [
    agent,
    "enter(agent, 'AVAILABLE', at, { idleSince: agent.idleSince })",
    "enter(agent, 'AVAILABLE', at)",
  ]),
  defect('rings no more than two phones at once', 'C2', [
    queue,
    'return available\n',
    'return available.slice(0, 2)\n',
  ]),
  defect('serves one queue after the other', 'C3', [
    offers,
    'waiting.sort((a, b) => (a.queuedAt ?? 0) - (b.queuedAt ?? 0) || a.position - b.position)',
    '',
  ]),
  defect('serves one queue in each tick', 'C3', [
    offers,
    'of await storedAgents.servableQueues(tick.unit.scope))',
    'of (await storedAgents.servableQueues(tick.unit.scope)).slice(0, 1))',
  ]),
  defect('lets a call queue anew that nobody took', 'C3', [
    'src/domain/campaigncall.ts',
    "call: next({ phase: command.othersRinging ? 'OFFERED' : 'WAITING' }),",
    "call: next({ phase: command.othersRinging ? 'OFFERED' : 'WAITING', queuedAt: at }),",
  ]),
  defect('serves campaigns in the order in which they were made', 'C4', [
    claim,
    'return [...campaigns].sort((a, b) => placeOf(a) - placeOf(b))',
    'return [...campaigns].sort((a, b) => placeOf(a) * 0 + a.position - b.position)',
  ]),
  defect('remembers only who was served last', 'C4', [
    claim,
    'servedIds: [...served],',
    'servedIds: [...served].slice(-1),',
  ]),
  defect('gives one campaign all that it can take before the next', 'C4', [
    claim,
    'again.push(candidate)',
    'again.push(candidate, ...waiting.slice(waiting.indexOf(candidate) + 1))\n        break',
  ]),
  defect('calls somebody again who was reached until the time was over', 'C5', [
    target,
    "end.reason === 'NORMAL' || end.reason === 'TIMEOUT' ||",
    "end.reason === 'NORMAL' ||",
  ]),
  defect('calls somebody again who was reached when the plan gives more tries', 'C5', [
    target,
    "if (target.reached) return 'DONE'",
    '',
  ]),
]

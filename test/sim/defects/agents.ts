import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects of what becomes of agents: A1 to A4 of docs/durability.md find them. */

const agent = 'src/domain/agent.ts'
const offers = 'src/app/calls/offers.ts'
const terms = 'src/app/terms.ts'

const takeOver = 'ownTerm = await unit.tx.installations.raiseTerm()'
const withAgents: readonly [string, string, string] = [
  terms,
  "import type { EngineStatus } from '../domain/dialing.ts'",
  "import { decideAgent } from '../domain/agent.ts'\nimport type { EngineStatus } from '../domain/dialing.ts'",
]

export const agentDefects: readonly Defect[] = [
  defect('leaves agents as they are when their call is found to be gone', 'A3', [
    'src/app/calls/ends.ts',
    "if (call.status === 'PROGRESSING' && call.phase !== 'ACTIONS') await releaseAgents(tick, call)",
    "if (call.status === 'PROGRESSING' && call.phase !== 'ACTIONS' && !end.inferred) await releaseAgents(tick, call)",
  ]),
  defect('loses the wrap-up at a restart', 'A2', withAgents, [
    terms,
    takeOver,
    `${takeOver}
        for (const agent of await unit.tx.agents.due('ALL', Number.MAX_SAFE_INTEGER, 100))
          await unit.saveAgent(agent, decideAgent(agent, { type: 'WRAP_UP_ENDED' }, unit.now))`,
  ]),
  defect('ends the wrap-up a millisecond early', 'A2', [
    agent,
    'wrapUpUntil: at + agent.wrapUpMs,',
    'wrapUpUntil: at + agent.wrapUpMs - 1,',
  ]),
  defect('counts the wrap-up from the beginning of the conversation', 'A2', [
    agent,
    'wrapUpUntil: at + agent.wrapUpMs,',
    'wrapUpUntil: agent.statusChangedAt + agent.wrapUpMs,',
  ]),
  defect("rings agents for as long as the target's phone may ring", 'A2', [
    offers,
    'ringUntil: unit.now + agentRingMs',
    'ringUntil: unit.now + call.dialTimeoutMs',
  ]),
  defect('begins the time of an offer anew at a restart', 'A2', [
    terms,
    takeOver,
    `${takeOver}
        for (const agent of await unit.tx.agents.due('ALL', Number.MAX_SAFE_INTEGER, 100))
          if (agent.ringUntil !== null) await unit.tx.agents.update({ ...agent, ringUntil: unit.now + 15_000 })`,
  ]),
  defect('takes no notice of an agent who rejects', 'A2', [
    'src/app/calls/inbox.ts',
    'if (agent?.campaigncallId !== call.id) return call',
    'if (agent?.campaigncallId !== call.id || (agent.ringUntil ?? 0) > tick.unit.now) return call',
  ]),
  defect('sends agents away whose call another one took', 'A1', [
    offers,
    "for (const other of others) unit.saveAgent(other, decideAgent(other, { type: 'RELEASE' }, unit.now))",
    "for (const other of others) unit.saveAgent(other, decideAgent(other, { type: 'MISS' }, unit.now))",
  ]),
  defect('sends everybody away when a call that all phones rang for is missed', 'A1', [
    offers,
    "const type = ringsAll || call?.endRequest !== null ? 'RELEASE' : 'MISS'",
    "const type = call?.endRequest !== null ? 'RELEASE' : 'MISS'",
  ]),
  defect('sends an agent away for missing a call that is about to end', 'A1', [
    offers,
    "const type = ringsAll || call?.endRequest !== null ? 'RELEASE' : 'MISS'",
    "const type = ringsAll ? 'RELEASE' : 'MISS'",
  ]),
  defect('forgets what an agent wished for after the conversation', 'A1', [
    agent,
    'if (agent.nextStatus !== null) return enter(agent, agent.nextStatus, at)',
    '',
  ]),
  defect('makes an agent who was away and answers late available afterwards', 'A1', [
    agent,
    "const nextStatus = status === 'AWAY' || status === 'OFFLINE' ? status : null",
    "const nextStatus = status === 'OFFLINE' ? status : null",
  ]),
  defect('lets the phone of an agent ring on who is away', 'A4', [
    'src/engine/dispatcher.ts',
    "if (callId !== undefined && entry.to !== 'BUSY')",
    "if (callId !== undefined && entry.to === 'AVAILABLE')",
  ]),
]

import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects that show where a process is not alone: what finds them is said in docs/durability.md. */

const terms = 'src/app/terms.ts'
const reader = 'src/app/log-reader.ts'

export const processDefects: readonly Defect[] = [
  defect('goes on with a background pass in a database that was taken over', 'P7', [
    'src/app/reevaluation.ts',
    'await check(unit)',
    'void check',
  ]),
  defect('takes turns in a database that was taken over', 'P7', [
    'src/app/calls/ticks.ts',
    'await checkTerm(unit)',
    'void checkTerm',
  ]),
  defect('says how it is in a database that was taken over', 'P7', [
    terms,
    'await check(unit)\n        if (isAccepted)',
    'if (isAccepted)',
  ]),
  defect('takes over without beginning a new term', 'P7', [
    terms,
    'ownTerm = await unit.tx.installations.raiseTerm()',
    'ownTerm = (await unit.tx.installations.get()).term',
  ]),
  defect('takes every later term for its own', 'P7', [
    terms,
    'if (ownTerm === null || term === ownTerm) return',
    'if (ownTerm === null || term >= ownTerm) return',
  ]),
  defect('learns from the file which term is its own', 'P7', [
    terms,
    'const { term } = await unit.tx.installations.get()',
    'const { term } = await unit.tx.installations.get()\n    ownTerm = term',
  ]),
  defect('takes over without asking about calls that were answered', 'P6', [
    terms,
    'if (call.referenceId === null) continue',
    "if (call.referenceId === null || call.status === 'PROGRESSING') continue",
  ]),
  defect('does not see what another process has committed', 'L1', [
    reader,
    'if (found > latest) committed(found)',
    'if (found > latest + 1000) committed(found)',
  ]),
  defect('looks only once for what another process has committed', 'L1', [
    reader,
    'cancelWatch = effects.timer(limits.otherProcessesLookMs, () => void watch(), { background: true })',
    'void effects.timer',
  ]),
  defect('lets a phone ring on that another process has taken an agent from', 'A4', [
    'src/engine/dispatcher.ts',
    'withdrawOffers: () => withdrawOffers(app.reader.latestPosition()),',
    'withdrawOffers: async () => {},',
  ]),
  defect('leaves a call offered to an agent who was sent away by hand', 'A3', [
    'src/app/agents.ts',
    "if (agent.status === 'RINGING' && set.status !== 'RINGING') await withdrawOffer(unit, context, agent)",
    '',
  ]),
]

import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects by which things happen too late, too early or never: L1 to L4 of docs/durability.md find them. */

const claim = 'src/app/calls/claim.ts'
const timeout = 'src/domain/call-timeout.ts'
const engine = 'src/engine/engine.ts'

export const latenessDefects: readonly Defect[] = [
  defect('looks for the next retry a second late', 'L1', [
    claim,
    'return earliest(due.map((of) => of.nextAttemptAt))',
    `const at = earliest(due.map((of) => of.nextAttemptAt))
  return at === null ? null : at + 1000`,
  ]),
  defect('plans the next retry of one campaign alone', 'L1', [
    claim,
    'return earliest(due.map((of) => of.nextAttemptAt))',
    'return due.find((of) => of.nextAttemptAt !== null)?.nextAttemptAt ?? null',
  ]),
  defect('does not plan the retry of those who rest after UNKNOWN', 'L1', [
    'src/store/sqlite/due-targets.ts',
    '({ isDue: isDue === 1, known, unknown })',
    '({ isDue: isDue === 1, known, unknown: unknown === null ? null : null })',
  ]),
  defect('does not go on by itself when the pause of the trunk is over', 'L1', [
    engine,
    "...(trunk.state === 'PAUSED' && trunk.until > at ? [trunk.until] : []),",
    '',
  ]),
  defect('lets a phone ring a millisecond longer', 'L2', [
    timeout,
    'return call.createdAt + call.dialTimeoutMs',
    'return call.createdAt + call.dialTimeoutMs + 1',
  ]),
  defect('gives up a call that waits a millisecond early', 'L2', [
    timeout,
    '(call.queuedAt ?? 0) + facts.waitTimeoutMs',
    '(call.queuedAt ?? 0) + facts.waitTimeoutMs - 1',
  ]),
  defect('counts the longest duration from the request for the call', 'L2', [
    timeout,
    'call.answeredAt + facts.callDurationMaxMs',
    'call.createdAt + facts.callDurationMaxMs',
  ]),
  defect('forgets what is due for a call that was found again', 'L2', [
    'src/app/calls/inbox.ts',
    'const saved = await saveCall(tick, known, adopted, [], await actionsAtOf(tick, known))',
    'const saved: Campaigncall = { ...adopted, wakeAt: null }\n      await tick.unit.saveCall(known, saved, [])',
  ]),
  defect('offers calls before it does what is due', 'L3', [
    'src/app/calls/ticks.ts',
    'const timeouts = complete ? await fireTimeouts(tick, request.carrierReports) : { more: true }\n        await serveQueues(tick)',
    'await serveQueues(tick)\n        const timeouts = complete ? await fireTimeouts(tick, request.carrierReports) : { more: true }',
  ]),
  defect('does not end a call whose end was asked for', 'L4', [
    'src/app/campaigncalls.ts',
    'const saved = await watched(unit, context, asked)',
    'const saved = (await watched(unit, context, asked)) && asked',
  ]),
  defect('ends a call a second after that was asked for', 'L4', [
    timeout,
    "add('HANG_UP', call.endRequest.at)",
    "add('HANG_UP', call.endRequest.at + 1000)",
  ]),
]

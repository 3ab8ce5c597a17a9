import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects of what comes before what, and of calls that are started too fast: N1 to N8 of docs/durability.md find them. */

const engine = 'src/engine/engine.ts'
const ticks = 'src/app/calls/ticks.ts'
const call = 'src/domain/campaigncall.ts'
const sendings = 'src/domain/activeflow-events.ts'

export const orderDefects: readonly Defect[] = [
  defect('judges time limits while news waits', 'N1', [
    ticks,
    'const timeouts = complete ? await fireTimeouts(tick, request.carrierReports) : { more: true }',
    'const timeouts = await fireTimeouts(tick, request.carrierReports)',
  ]),
  defect('claims calls while news waits', 'N1', [ticks, 'request.dial === null || !complete', 'request.dial === null']),
  defect('takes who answered in time for somebody who was missed, where that is heard late', 'N2', [
    call,
    "const isMissed = endRequest?.reason === 'NO_ANSWER' && isInRingTime(call, answeredAt)",
    'const isMissed = (endRequest?.at ?? 0) < 0',
  ]),
  defect('judges time limits before it reads what has arrived', 'N2', [engine, 'await readArrived()\n', '']),
  defect('counts what it could not hand over in time as a try', 'N3', [
    'src/app/calls/inbox.ts',
    "placing: item.why === 'LATE' ? 'UNSENT' : 'PLACED'",
    "placing: item.why === 'LATE' ? 'PLACED' : 'PLACED'",
  ]),
  defect('claims as many calls as ever after some that were late', 'N3', [
    engine,
    'handOver = late ? lateHandOver : afterPrompt',
    'handOver = late ? promptHandOver : afterPrompt',
  ]),
  defect('starts all calls of a second at its beginning', 'N4', [
    'src/engine/call-rate.ts',
    'windows: [...spreadSecond, { ms: 40, share: 0.04 }]',
    'windows: [spreadSecond[0] as never]',
  ]),
  defect('counts calls in a shorter second', 'N4', ['src/engine/call-rate.ts', 'widening: 1.05', 'widening: 0.9']),
  defect('lets a call wait for as long as the phone of an agent rings', 'N5', [
    'src/domain/call-timeout.ts',
    'if (isBetweenQueueAndAgent(call) && facts',
    "if (isBetweenQueueAndAgent(call) && call.phase === 'WAITING' && facts",
  ]),
  defect('keeps the wish of a talking agent to be available', 'N6', [
    'src/domain/agent.ts',
    "const nextStatus = status === 'AVAILABLE' ? null : status",
    'const nextStatus = status',
  ]),
  defect('takes a FLOW that is hung up while it sends for one that has sent nothing', 'N7', [
    sendings,
    "if (wait?.type === 'SENDING') return 'UNKNOWN'\n",
    '',
  ]),
  defect('takes a FLOW that has sent nothing for a success when it is hung up', 'N7', [
    sendings,
    "return isSent ? 'NORMAL' : 'CANCEL'",
    "return isSent ? 'NORMAL' : 'NORMAL'",
  ]),
  defect('asks the carrier about the calls of a database that may be a copy', 'N8', [
    engine,
    "halt?.cause === 'RESTORED' ? connection.hold() : connection.open()",
    'connection.open()',
  ]),
  defect('does not see that a database is a copy', 'N8', [
    'src/app/continuity.ts',
    'if (gap === null) return null',
    'return null',
  ]),
]

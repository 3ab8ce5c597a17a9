/*
 * Deliberate defects of the dialer, at least one for each invariant: a checker that cannot find them is worth nothing. Each
 * is a replacement in a copy of the sources; a text that is not there exactly once is an error.
 */

import { type Defect, dialerDefect as defect } from '../planted.ts'

const inFlightIndex = 'CREATE UNIQUE INDEX `campaigncall_in_flight_target`'
const attemptIndex = 'CREATE UNIQUE INDEX `campaigncall_attempt`'
const migration = 'migrations/0000_initial.sql'

export const dialerDefects: readonly Defect[] = [
  defect(
    'dials before the commit',
    'I1',
    [
      'src/engine/dispatcher.ts',
      'let seenPosition = app.reader.latestPosition()',
      'let seenPosition = app.reader.latestPosition()\n  Object.assign(globalThis, { dialNow: (request: OriginateRequest) => track(originate(request)) })',
    ],
    [
      'src/app/calls/start-call.ts',
      "commands.push({ type: 'ORIGINATE', request, createdAt: call.createdAt })",
      'const { dialNow } = globalThis as unknown as { dialNow(of: typeof request): void }\n  dialNow(request)',
    ],
  ),
  defect('dials another id than the one it has stored', 'I1', [
    'src/app/calls/start-call.ts',
    'callId: call.referenceId,',
    'callId: context.effects.id(),',
  ]),
  defect('dials a call however late it is', 'I1', [
    'src/engine/dispatcher.ts',
    'else if (late) {',
    'else if (late && false) {',
  ]),
  defect('sends every request twice', 'I2', [
    'src/engine/dispatcher.ts',
    'else track(originate(command.request))',
    'else [0, 1].forEach(() => track(originate(command.request)))',
  ]),
  defect('sends a request again when its answer is lost', 'I2', [
    'src/engine/dispatcher.ts',
    "      return { type: 'INDETERMINATE' }\n    })",
    '      return driver.originate(request)\n    })',
  ]),
  defect(
    'dials a target that is being dialed',
    'I3',
    ['src/domain/outdial-target.ts', "    status: 'PROGRESSING',\n    attempt:", "    status: 'IDLE',\n    attempt:"],
    [
      'src/domain/outdial-target.ts',
      "assert(target.status === 'PROGRESSING', 'a target whose attempt ends that has one')",
      '',
    ],
    [migration, inFlightIndex, inFlightIndex.replace('UNIQUE ', '')],
  ),
  defect(
    'counts every second attempt as the one before',
    'I3',
    ['src/domain/outdial-target.ts', 'attempt: target.attempt + 1,', 'attempt: Math.max(1, target.attempt),'],
    [migration, attemptIndex, attemptIndex.replace('UNIQUE ', '')],
  ),
  defect('tries once more than the plan says', 'I4', [
    'src/domain/outdial-target.ts',
    'of.tryCount < (maxTryCounts[of.index] ?? 0)',
    'of.tryCount <= (maxTryCounts[of.index] ?? 0)',
  ]),
  defect('gives back the try of a call that the carrier cannot tell of', 'I4', [
    'src/app/calls/inbox.ts',
    "if (call.status === 'DIALING' && found.type === 'NOT_SEEN')",
    "if (call.status === 'DIALING')",
  ]),
  defect('believes that a call was never placed before its time is over', 'I4', [
    'src/app/calls/inbox.ts',
    "const mayStillCome = call.status === 'DIALING' && now < mayComeUntil(tick, call)",
    'const mayStillCome = false && mayComeUntil(tick, call)',
  ]),
  defect('gives back every try that was not placed, also the third in a row', 'I4', [
    'src/domain/outdial-target.ts',
    'unplacedInRow < unplacedInRowMax',
    'unplacedInRow < unplacedInRowMax + 9',
  ]),
  defect('changes an agent without a transition', 'I5', [
    'src/app/unit-of-work.ts',
    'if (before.status === after.status)',
    "if (before.status === after.status || after.status === 'AWAY')",
  ]),
  defect('stops a campaign without a transition', 'I5', [
    'src/app/unit-of-work.ts',
    "entries.push({ kind: 'CAMPAIGN', customerId, at: now, campaignId, ...step })",
    "if (step.from !== 'STOPPING') entries.push({ kind: 'CAMPAIGN', customerId, at: now, campaignId, ...step })",
  ]),
  defect('writes another reason into the log than into the row', 'I5', [
    'src/domain/campaigncall.ts',
    "return { call: doneCall(call, ended, version), step: { ...step('ENDED', 'DONE', agentId), result, hangupReason } }",
    "return { call: doneCall(call, ended, version), step: { ...step('ENDED', 'DONE', agentId), result, hangupReason: result === 'FAIL' ? 'FAILED' : hangupReason } }",
  ]),
  defect(
    'lets late news end a call once more',
    'I6',
    [
      'src/domain/campaigncall.ts',
      "if (call.status === 'DONE') return stay\n      const hangupReason",
      'const hangupReason',
    ],
    [
      'src/domain/outdial-target.ts',
      "assert(target.status === 'PROGRESSING', 'a target whose attempt ends that has one')",
      '',
    ],
  ),
  defect('stops a campaign at once, whatever is in flight', 'I6', [
    'src/domain/campaign.ts',
    "to: command.callsInFlight > 0 ? 'STOPPING' : 'STOP'",
    "to: 'STOP'",
  ]),
  defect('queues a call again after each agent who misses it', 'I6', [
    'src/app/calls/offers.ts',
    'unit.saveCall(call, await watched(unit, context, missed), step === null ? [] : [step])',
    "const again = othersRinging ? { call: missed, step: null } : decideCampaigncall(missed, { type: 'WAIT' }, unit.now)\n  unit.saveCall(call, await watched(unit, context, again.call), [step, again.step].filter((of) => of !== null))",
  ]),
  defect('skips a version when a call is answered', 'I7', [
    'src/domain/campaigncall.ts',
    'const version = call.version + 1',
    "const version = call.version + (command.type === 'ANSWER' ? 2 : 1)",
  ]),
  defect(
    'begins calls at version 0',
    'I7',
    ['src/app/calls/start-call.ts', 'version: 1,', 'version: 0,'],
    [
      migration,
      'CONSTRAINT "campaigncall_version" CHECK("campaigncall"."version" >= 1)',
      'CONSTRAINT "campaigncall_version" CHECK("campaigncall"."version" >= 0)',
    ],
  ),
  defect('paces one call too many', 'I8', [
    'src/domain/pacing.ts',
    'Math.floor((100 * free + snapshot.serviceLevel - 1) / snapshot.serviceLevel) - snapshot.dialing,',
    'Math.floor((100 * free + snapshot.serviceLevel) / snapshot.serviceLevel) - snapshot.dialing,',
  ]),
  defect('forgets answered calls that wait for an agent', 'I8', [
    'src/domain/pacing.ts',
    'Math.max(0, snapshot.available - snapshot.unserved)',
    'Math.max(0, snapshot.available)',
  ]),
  defect('has no limit for a campaign', 'I8', [
    'src/domain/dialing.ts',
    '(facts.campaign.concurrentCallsMax ?? Number.POSITIVE_INFINITY) - facts.campaignInFlight',
    '(facts.campaign.concurrentCallsMax ?? Number.POSITIVE_INFINITY)',
  ]),
  defect('takes nothing for started before its own start', 'N4', [
    'src/domain/call-rate.ts',
    'return addStarts(empty, empty.perSecond, at)',
    'return addStarts(empty, 0, at)',
  ]),
  defect('counts calls that another campaign of the pool began in the same tick only once', 'I8', [
    'src/app/calls/claim.ts',
    'shared.dialingOfPool.set(poolId, (shared.dialingOfPool.get(poolId) ?? 0) + dialing)',
    'shared.dialingOfPool.set(poolId, dialing)',
  ]),
  defect('leaves out an entry for whoever comes back', 'I9', [
    'src/app/log-reader.ts',
    'let place = after\n    let ready',
    'let place = after + 1\n    let ready',
  ]),
  defect('repeats the last entry of the tail', 'I9', [
    'src/app/log-reader.ts',
    'if ((tail[middle]?.position ?? 0) <= position) low',
    'if ((tail[middle]?.position ?? 0) < position) low',
  ]),
  defect(
    'dials for a campaign that is being stopped',
    'I10',
    [
      'src/app/calls/ticks.ts',
      "(await unit.tx.campaigns.active(unit.scope)).filter((campaign) => campaign.status === 'RUN')",
      'await unit.tx.campaigns.active(unit.scope)',
    ],
    [
      'src/domain/dialing.ts',
      "if (campaign.status !== 'RUN' || !facts.engineRunning) return 0",
      "if (campaign.status === 'STOP' || !facts.engineRunning) return 0",
    ],
  ),
  defect(
    'dials for campaigns as they were before',
    'I10',
    [
      'src/engine/engine.ts',
      'const result = await app.ticks.run(',
      'await dialer.settle()\n    const result = await app.ticks.run(',
    ],
    [
      'src/app/calls/ticks.ts',
      "(await unit.tx.campaigns.active(unit.scope)).filter((campaign) => campaign.status === 'RUN')",
      "(await context.store.read.campaigns.active('ALL')).filter((campaign) => campaign.status === 'RUN' || campaign.status === 'STOPPING').map((campaign) => ({ ...campaign, status: 'RUN' as const }))",
    ],
  ),
  defect('counts a call that was answered only if it is still in progress', 'I11', [
    'src/domain/tally.ts',
    "answered: call.status !== 'DIALING' && call.answeredAt !== null ? 1 : 0,",
    "answered: call.status === 'PROGRESSING' && call.answeredAt !== null ? 1 : 0,",
  ]),
  defect('does not count a target that is deleted', 'I11', [
    'src/domain/tally.ts',
    'if (target.deletedAt !== null) return emptyTargetTally\n  return',
    'return',
  ]),
  defect('never looks up a call whose final news does not come', 'I12', [
    'src/app/calls/ends.ts',
    'lookupAt: unit.now + limits.finalNewsMs,',
    'lookupAt: null,',
  ]),
  defect('forgets the end of the ring time', 'I12', [
    'src/domain/call-timeout.ts',
    "addUndoubted('RING_TIMEOUT', ringUntil(call))",
    "if (lookupAt !== null) addUndoubted('RING_TIMEOUT', ringUntil(call))",
  ]),
  defect('leaves a campaign that is stopping as it is when its last call has ended', 'I12', [
    'src/app/unit-of-work.ts',
    "if (campaign.status !== 'STOPPING') continue",
    "if (campaign.status !== 'STOP') continue",
  ]),
  defect('rings a target again too early', '2.2', [
    'src/domain/outdial-target.ts',
    'return lastUnknown ? Math.max(tryIntervalMs, unknownRestMs) : tryIntervalMs',
    'return tryIntervalMs',
  ]),
  defect('forgets why the end of a call was asked for', '3.4', [
    'src/domain/campaigncall.ts',
    'if (endRequest !== null && !wasOver) return endRequest.reason',
    "if (endRequest !== null && !wasOver && endRequest.reason !== 'CANCEL') return endRequest.reason",
  ]),
  defect('does not wake up for an agent who is free', '4.7', [
    'src/engine/engine.ts',
    'if (app.reader.latestPosition() > handledPosition) wake()\n      })',
    'if (app.reader.latestPosition() > handledPosition + 1) wake()\n      })',
  ]),
  defect('makes a target again when its creation is repeated', '5.6', [
    'src/app/outdial-targets.ts',
    "if (before?.kind === 'OUTDIAL_TARGET' && before.inputHash === inputHash) continue",
    "if (before?.kind === 'OUTDIAL_TARGET' && before.inputHash === inputHash) {\n        ids[i] = unit.makeId()\n        fresh.push(newTarget(unit, outdial, ids[i] ?? '', { ...texts, destinations: editDestinations([], destinations) }))\n        continue\n      }",
  ]),
  defect('dials before it knows what became of the calls in flight', 'P6', [
    'src/engine/health.ts',
    'return compared && doubted.size === 0',
    'return compared || doubted.size >= 0',
  ]),
  defect('takes no notice of a clock that jumps', 'P8', [
    'src/engine/health.ts',
    "if (apartMs === 0) pass('CLOCK')",
    "if (apartMs < Number.POSITIVE_INFINITY) pass('CLOCK')",
  ]),
  // What the simulation has found in the dialer itself, and what must not come back.
  defect('never goes through the lists whose plan was changed', 'I12', [
    'src/app/calls/ticks.ts',
    'reevaluating: (await unit.tx.outdials.reevaluating(unit.scope, 1)).length > 0',
    'reevaluating: (await unit.tx.outdials.reevaluating(unit.scope, 1)).length > 1e9',
  ]),
  defect('stays in doubt about a call that it has heard of', 'P6', [
    'src/engine/inbox.ts',
    "return type === 'RINGING' || type === 'EARLY_MEDIA' || type === 'ANSWERED' || type === 'HANGUP'",
    "return type === 'HANGUP'",
  ]),
  defect('gives a try back because the clock was set forward', 'I4', [
    'src/app/calls/inbox.ts',
    'Math.max(ringUntil(call), context.clockAcceptedAt() + call.dialTimeoutMs)',
    'Math.max(ringUntil(call), context.clockAcceptedAt() * 0)',
  ]),
  // It was a clock that is put right in a moment of many calls: too rare a thing to be met again by chance.
  defect('fills the bucket faster than time passes', 'I8', [
    'src/engine/engine.ts',
    'const passed = () => Math.floor(effects.monotonic() + wallAhead)',
    'const passed = () => Math.floor(effects.monotonic() * 2 + wallAhead)',
  ]),
]

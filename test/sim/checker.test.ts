import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { scenarioOf } from './draw.ts'
import type { CarrierRequest } from './ledger.ts'
import { createSimulation } from './run.ts'
import type { Received } from './subscribers.ts'

/** A seed with calls, agents, retries, deleted targets and subscribers. */
const seed = 82

/** A run that has come to its end, and whose logs can be spoiled. */
async function givenRun() {
  const run = await createSimulation(scenarioOf(seed))
  onTestFinished(() => run.close())
  await run.go()
  const writer = new Database(run.file)
  onTestFinished(() => {
    writer.close()
  })
  const { witness } = run.evidence
  return {
    ...run,
    requests: run.evidence.requests as CarrierRequest[],
    received: run.evidence.received as Received[],
    /** Spoils what the file holds, as a commit of its own. */
    spoil(sql: string): void {
      expect(writer.prepare(sql).run().changes).toBeGreaterThan(0)
      witness.commits(1)
      witness.look()
    },
  }
}

type Run = Awaited<ReturnType<typeof givenRun>>

test('the checker finds nothing in a run that keeps the rules, however often it looks', async () => {
  const { findings, judgeAnew } = await givenRun()
  expect(findings).toEqual([])
  expect(judgeAnew()).toEqual([])
})

const faults: Record<string, readonly [spoil: (run: Run) => void, finding: RegExp]> = {
  'a request without a campaigncall': [
    ({ requests }) =>
      requests.push({ ...(requests.find((of) => of.what === 'ORIGINATE') as CarrierRequest), callId: 'x', row: null }),
    /^I1: call x was asked for without/m,
  ],
  'a request that was made twice': [
    ({ requests }) => requests.push(requests.find((of) => of.what === 'ORIGINATE') as CarrierRequest),
    /^I2: call \S+ was asked for twice/m,
  ],
  'an attempt that was left out': [
    ({ spoil }) => spoil(`update witness set body = json_set(body, '$.attempt', 7) where what = 'campaigncall'`),
    /^I3: call \S+ to target \S+ is attempt 7 after 0/m,
  ],
  'a try too many': [
    ({ spoil }) =>
      spoil(`update witness set body = json_set(body, '$.max_try_counts', '[0,0,0,0,0]') where what = 'outplan'`),
    /^I4: call \S+ to target \S+ is try 1 of destination \d, of 0/m,
  ],
  'a row that was changed without a transition': [
    ({ spoil }) => spoil(`update campaigncall set hangup_reason = 'FAILED' where hangup_reason = 'NO_ANSWER'`),
    /^I5: reason of call \S+: NO_ANSWER by the log, FAILED in its row/m,
  ],
  'an illegal step': [
    ({ spoil }) => spoil(`update "transition" set from_status = 'DONE' where event = 'ANSWERED'`),
    /^I6: ANSWERED of call \S+ is an illegal step: DONE PROGRESSING/m,
  ],
  'a version that is missing': [
    ({ spoil }) => spoil(`update "transition" set version = version + 10 where event = 'ENDED'`),
    /^I7: ENDED of call \S+ is version 1\d after \d/m,
  ],
  'an entry that came into the log out of order': [
    ({ spoil }) => spoil(`update "transition" set position = -1 where position = 1`),
    /^I7: \d+ entries in the log, of which \d+ came in order/m,
  ],
  'calls against the limit of a campaign': [
    ({ spoil }) =>
      spoil(`update witness set body = json_set(body, '$.concurrent_calls_max', 0) where what = 'campaign'`),
    /^I8: call \S+ against concurrentCallsMax/m,
  ],
  'calls against pacing': [
    ({ spoil }) => spoil(`delete from witness where what = 'queue_agent'`),
    /^I8: call \S+ against pacing/m,
  ],
  'an entry that a subscriber did not get': [
    ({ received }) => received.find((of) => of.entries.length > 2)?.entries.splice(1, 1),
    /^I9: subscriber \d received .* as number 1 instead of/m,
  ],
  'an entry that a subscriber got twice': [
    ({ received }) => {
      const { entries } = received.find((of) => of.entries.length > 2) as Received
      entries.push(...entries.slice(-1))
    },
    /^I9: subscriber \d received .*, which is not for it/m,
  ],
  'a call of a campaign that does not run': [
    ({ spoil }) => spoil(`delete from "transition" where kind = 'CAMPAIGN' and to_status = 'RUN'`),
    /^I10: call \S+ was asked for of a campaign that was STOP at its commit/m,
  ],
  'a counter that is off by one': [
    ({ spoil }) => spoil('update campaign_counter set success = success + 1'),
    /^I11: counted of a campaign/m,
  ],
  'a hangup reason that was not counted': [
    ({ spoil }) => spoil('delete from campaign_hangup_reason'),
    /^I11: hangup reasons counted/m,
  ],
  'a list whose counter is wrong': [
    ({ spoil }) => spoil('update outdial_counter set targets_done = targets_done + 1'),
    /^I11: counted of a list/m,
  ],
  'a call that has not ended': [
    ({ spoil }) => spoil(`delete from "transition" where event = 'ENDED'`),
    /^I12: call \S+ is still (DIALING|PROGRESSING)/m,
  ],
  'a campaign that goes on at its end': [
    ({ spoil }) => spoil(`delete from "transition" where kind = 'CAMPAIGN' and to_status = 'STOP'`),
    /^I12: campaign \S+ is (at its end and goes on|STOPPING without a call in flight)/m,
  ],
  'a target that stands where it should not': [
    ({ spoil }) => spoil(`update outdial_target set status = 'IDLE', reached = 0 where status = 'DONE'`),
    /^(I12: target \S+ is IDLE instead of DONE|4\.7: campaign \S+ could call)/m,
  ],
  'an agent who is free and has a call': [
    ({ spoil }) => spoil(`update agent set campaigncall_id = 'x'`),
    /^3\.5: an agent who is free has a call/m,
  ],
}

test.each(Object.entries(faults))('the checker finds %s', async (_, [spoil, finding]) => {
  const run = await givenRun()
  spoil(run)
  expect(run.judgeAnew().join('\n')).toMatch(finding)
})

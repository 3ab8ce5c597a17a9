/** The process of bench/tick.ts that runs a checkout: one round for each line on its standard input. */
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type * as Api from '../src/app/app.ts'
import type * as Calls from '../src/app/calls/ticks.ts'
import type { CallNews } from '../src/domain/carrier.ts'
import type * as EffectsModule from '../src/kernel/effects.ts'
import type * as StoreModule from '../src/store/sqlite/store.ts'
import { makeCampaign, must, plainNumber, temporaryFolder } from './support.ts'

const root = process.argv[2] ?? '.'
const { createApp } = (await import(`${root}/src/app/app.ts`)) as typeof Api
const { createEffects } = (await import(`${root}/src/kernel/effects.ts`)) as typeof EffectsModule
// An older checkout has its store one folder higher.
const storeFile = [`${root}/src/store/sqlite/store.ts`, `${root}/src/store/store.ts`].find((path) => existsSync(path))
const { createStore } = (await import(storeFile ?? '')) as typeof StoreModule
const { silentLog } = await import(`${root}/src/kernel/log.ts`)
const { localViewer } = await import(`${root}/src/app/viewer.ts`)
const { unlimitedCalls } = await import(`${root}/src/domain/call-rate.ts`)

const group = 100
const groupsPerRound = 3
const folder = temporaryFolder()
const effects = createEffects()
const store = createStore({ file: `${folder.path}/tick.sqlite`, create: true }, effects)
const options = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }
const app = await createApp(store, effects, silentLog, options)
const { campaign } = await makeCampaign(app, { targets: 40_000, numberOf: plainNumber })
while (await app.ticks.reevaluate());
must(await app.campaigns.run(localViewer, campaign.id))

const unlimited = Number.POSITIVE_INFINITY
const dial = { startsAllowed: unlimited, trunkRoom: unlimited, claimsMax: unlimited, servedIds: [] }
const status = { state: 'RUNNING' as const, reason: null, carrierAvailable: true, allowance: unlimitedCalls }
const rest = { carrierReports: true, adopted: 0, status }

async function measure(items: readonly Calls.InboxItem[], claims: boolean) {
  const before = process.cpuUsage()
  const { commands } = await app.ticks.run(() => ({
    ...rest,
    news: { items, complete: true },
    dial: claims ? dial : null,
  }))
  const { user, system } = process.cpuUsage(before)
  return { us: (user + system) / group, commands }
}

const report = (callIds: readonly string[], of: object) =>
  measure(
    callIds.map((callId) => ({ type: 'NEWS', news: { callId, at: effects.now(), ...of } as CallNews })),
    false,
  )

async function round() {
  const sums = { claim: 0, answer: 0, hangup: 0 }
  for (let i = 0; i < groupsPerRound; i++) {
    const { us, commands } = await measure([], true)
    const callIds = commands.flatMap((of) => (of.type === 'ORIGINATE' ? [of.request.callId] : []))
    if (callIds.length !== group) throw new Error(`claimed ${callIds.length} instead of ${group}`)
    sums.claim += us / groupsPerRound
    sums.answer += (await report(callIds, { type: 'ANSWERED' })).us / groupsPerRound
    const end = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' }
    sums.hangup += (await report(callIds, end)).us / groupsPerRound
  }
  return sums
}

for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(await round()))
await store.close()
folder.remove()

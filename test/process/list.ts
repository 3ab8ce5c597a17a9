import type { Outcome } from '../../src/app/api.ts'
import { createApp } from '../../src/app/app.ts'
import { localViewer } from '../../src/app/viewer.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createStore } from '../../src/store/sqlite/store.ts'

/** What the simulated carrier does with the numbers of a list, over and over: everything but to keep silent. */
const mixedScripts = [0, 50, 1, 60, 2, 70, 3, 75, 4, 80, 5, 85, 6, 90, 7, 94, 8, 95] as const

export interface ListOptions {
  readonly targets: number
  /** Scripts of the simulated carrier, taken in turn. */
  readonly scripts?: readonly number[]
  /** How often the one number of a target is tried. */
  readonly maxTryCount?: number
  readonly dialTimeoutMs?: number
  readonly endHandle?: 'STOP' | 'CONTINUE'
}

/** A number of that script, in one of 700 areas, before those of premium rate. */
function scriptedNumber(dd: number, i: number): string {
  return `+1${200 + (i % 700)}55501${String(dd).padStart(2, '0')}`
}

function must<Value>({ value, errors }: Outcome<Value>): Value {
  if (value === null || errors.length > 0) throw new Error(JSON.stringify(errors))
  return value
}

/** Makes a database with a campaign that is ready to run over one list. Returns the campaign's id. */
export async function prepareCampaign(file: string, options: ListOptions): Promise<string> {
  const { targets, scripts = mixedScripts, maxTryCount = 2, dialTimeoutMs = 2500, endHandle = 'STOP' } = options
  const effects = createEffects()
  const store = createStore({ file, create: true, synchronous: 'OFF' }, effects)
  const app = await createApp(store, effects, silentLog, {
    ...{ defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 },
  })
  const address = (target: string) => ({ type: 'TEL' as const, target, targetName: '', name: '', detail: '' })
  const outdial = must(await app.outdials.create(localViewer, { name: 'List', detail: '', data: '' }))
  const numbers = Array.from({ length: targets }, (_, i) => scriptedNumber(scripts[i % scripts.length] ?? 0, i))
  for (let start = 0; start < numbers.length; start += 1000) {
    const batch = numbers.slice(start, start + 1000).map((number) => ({
      ...{ name: '', detail: '', data: '', destinations: [address(number)] },
    }))
    must(await app.outdialTargets.add(localViewer, outdial.id, batch))
  }
  const outplan = must(
    await app.outplans.create(localViewer, {
      ...{ name: 'Plan', detail: '', source: address('+12025550199'), dialTimeoutMs, tryIntervalMs: 0 },
      maxTryCounts: [maxTryCount],
    }),
  )
  const campaign = must(
    await app.campaigns.create(localViewer, {
      ...{ name: 'Campaign', detail: '', type: 'CALL', pacing: 'RATIO', serviceLevel: 100, ratio: 100, endHandle },
      ...{ actions: [], outplanId: outplan.id, outdialId: outdial.id, queueId: null },
    }),
  )
  await store.close()
  return campaign.id
}

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '../src/app/api.ts'
import { type App, createApp } from '../src/app/app.ts'
import { localViewer } from '../src/app/viewer.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { createStore } from '../src/store/sqlite/store.ts'

/** A folder for the databases of one bench, on the disk of the working folder: that is what fsync has to be paid on. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(process.cwd(), 'data-bench-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** The value of a mutation that must succeed. */
export function must<Value>({ value, errors }: Outcome<Value>): Value {
  if (value === null || errors.length > 0) throw new Error(JSON.stringify(errors))
  return value
}

/** Store and use cases over a file, without engine and server. */
export async function openApp(file: string, onStatement?: (sql: string) => void) {
  const effects = createEffects()
  const store = createStore({ file, create: true, ...(onStatement && { onStatement }) }, effects)
  const app = await createApp(store, effects, silentLog, {
    defaultCountry: null,
    callDurationMaxMs: 3_600_000,
    concurrentCallsMax: 0,
  })
  return { app, store, effects, close: () => store.close() }
}

/** Adds that many targets, each with one number that `numberOf` makes. */
export async function addTargets(
  app: App,
  outdialId: string,
  count: number,
  numberOf: (i: number) => string,
): Promise<void> {
  const batch = 1000
  for (let start = 0; start < count; start += batch) {
    const targets = Array.from({ length: Math.min(batch, count - start) }, (_, i) => ({
      name: '',
      detail: '',
      data: '',
      destinations: [{ type: 'TEL' as const, target: numberOf(start + i), targetName: '', name: '', detail: '' }],
    }))
    must(await app.outdialTargets.add(localViewer, outdialId, targets))
  }
}

/** A campaign over a list of its own, ready to run. */
export async function makeCampaign(
  app: App,
  options: {
    readonly targets: number
    readonly numberOf: (i: number) => string
    readonly queueId?: string
    readonly maxTryCounts?: number[]
    readonly tryIntervalMs?: number
  },
) {
  const outdial = must(await app.outdials.create(localViewer, { name: 'List', detail: '', data: '' }))
  await addTargets(app, outdial.id, options.targets, options.numberOf)
  const source = { type: 'TEL' as const, target: '+12025550100', targetName: '', name: '', detail: '' }
  const outplan = must(
    await app.outplans.create(localViewer, {
      ...{ name: 'Plan', detail: '', source, dialTimeoutMs: 30_000, tryIntervalMs: options.tryIntervalMs ?? 3_600_000 },
      maxTryCounts: options.maxTryCounts ?? [1],
    }),
  )
  const campaign = must(
    await app.campaigns.create(localViewer, {
      ...{
        name: `Campaign ${outdial.id}`,
        detail: '',
        type: 'CALL',
        pacing: 'SERVICE_LEVEL',
        serviceLevel: 100,
        ratio: 100,
      },
      ...{
        endHandle: 'STOP',
        actions: [],
        outplanId: outplan.id,
        outdialId: outdial.id,
        queueId: options.queueId ?? null,
      },
      concurrentCallsMax: null,
    }),
  )
  return { outdial, outplan, campaign }
}

/** A number of the United Kingdom's fictional range, or of none that is scripted, for any i. */
export function plainNumber(i: number): string {
  return `+4477${String(i % 10 ** 8).padStart(8, '0')}`
}

export function printRow(name: string, value: string): void {
  console.log(`${name.padEnd(64)} ${value}`)
}

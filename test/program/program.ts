import { writeFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { CampaignCreateInput } from '../../src/app/requests.ts'
import { localViewer } from '../../src/app/viewer.ts'
import { readConfig } from '../../src/config.ts'
import { startDialgraph } from '../../src/dialgraph.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { must, tel } from '../support/given.ts'
import { temporaryFile } from '../support/world.ts'

/** A person of the list: a name, and an address. */
export interface Person {
  readonly name: string
  readonly destination: ReturnType<typeof tel> | { readonly type: 'EMAIL'; readonly target: string }
}

/** The whole program in this process over a new database, with a list, a plan of one try, and a campaign. */
export async function givenProgram(
  environment: Readonly<Record<string, string>>,
  campaign: Pick<CampaignCreateInput, 'actions'> & Partial<CampaignCreateInput>,
) {
  const note = temporaryFile('note.jsonl')
  writeFileSync(note, '')
  const config = readConfig({
    DIALGRAPH_PORT: '0',
    DIALGRAPH_DATABASE: temporaryFile('dialgraph.sqlite'),
    DIALGRAPH_TTS: `${process.execPath} test/speech/fake-command.mjs ${note} {language}`,
    ...environment,
  })
  const dialgraph = await startDialgraph({ ...config, database: { ...config.database, mayCreate: true } }, silentLog)
  onTestFinished(dialgraph.stop)
  const { app, url } = dialgraph
  const outdial = must(await app.outdials.create(localViewer, { name: 'List', detail: '', data: '' }))
  const outplan = must(
    await app.outplans.create(localViewer, {
      ...{ name: 'Plan', detail: '', source: tel('+12025550199'), dialTimeoutMs: 30_000 },
      ...{ tryIntervalMs: 3_600_000, maxTryCounts: [1] },
    }),
  )
  const { id: campaignId } = must(
    await app.campaigns.create(localViewer, {
      ...{ name: 'Campaign', detail: '', type: 'CALL', pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100 },
      ...{ endHandle: 'STOP', outplanId: outplan.id, outdialId: outdial.id },
      ...campaign,
    }),
  )
  /** Settles once the campaign has come to its end. */
  async function ended(): Promise<void> {
    for await (const { to } of await app.transitions.campaigns(localViewer, { campaignId })) if (to === 'STOP') return
  }
  return {
    ...{ app, url, campaignId },
    async add(people: readonly Person[]): Promise<void> {
      const targets = people.map(({ name, destination }) => ({
        ...{ name, detail: '', data: '' },
        destinations: [{ targetName: '', name: '', detail: '', ...destination }],
      }))
      must(await app.outdialTargets.add(localViewer, outdial.id, targets))
    },
    run: () => app.campaigns.run(localViewer, campaignId),
    /** Runs the campaign and settles once it has come to its end. */
    async runToEnd(): Promise<void> {
      const end = ended()
      must(await app.campaigns.run(localViewer, campaignId))
      await end
    },
    /** What the actions of each call came to, in the order of the calls. */
    async outcomes(): Promise<(string | null)[][]> {
      const { rows } = await app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      const flows = await app.activeflows.byIds(
        localViewer,
        rows.map(({ activeflowId }) => activeflowId),
      )
      const details = await app.activeflows.details(
        localViewer,
        flows.flatMap((flow) => flow ?? []),
      )
      return details.map(({ executed }) => executed.map(({ outcome }) => outcome))
    },
    /** Why the calls of the campaign ended, by the addresses that were called. */
    async reasons(): Promise<Readonly<Record<string, string | null>>> {
      const { rows } = await app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      return Object.fromEntries(
        rows.map((call) => [call.destination.target, call.status === 'DONE' ? call.hangupReason : null]),
      )
    },
  }
}

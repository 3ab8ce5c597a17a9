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
  const start = () => startDialgraph({ ...config, database: { ...config.database, mayCreate: true } }, silentLog)
  let dialgraph = await start()
  onTestFinished(() => dialgraph.stop())
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
    const { transitions } = dialgraph.app
    for await (const { to } of await transitions.campaigns(localViewer, { campaignId })) if (to === 'STOP') return
  }
  /** Settles once that holds: looked at again whenever something was committed. */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    const { wakeup } = dialgraph.app.reader
    for (let ticket = wakeup.ticket(); !(await holds()); ticket = wakeup.ticket()) {
      await wakeup.changed(ticket, new AbortController().signal)
    }
  }
  return {
    ...{ url, campaignId, ended, until },
    /** Of the process that runs now. */
    get app() {
      return dialgraph.app
    },
    /** Ends the process, and begins another one over the same database. */
    async restart(): Promise<void> {
      await dialgraph.stop()
      dialgraph = await start()
    },
    /** Agents with these extensions, in this order, are there for the calls of the campaign. Returns how to ask for their statuses. */
    async addAgents(extensions: readonly string[]) {
      const ids: string[] = []
      for (const extension of extensions)
        ids.push(must(await app.agents.create(localViewer, { name: extension, detail: '', extension, wrapUpMs: 0 })).id)
      const times = { waitTimeoutMs: 20_000, agentRingMs: 15_000 }
      const queue = { name: 'Queue', detail: '', strategy: 'TOP_DOWN' as const, ...times }
      const { id: queueId } = must(await app.queues.create(localViewer, queue))
      must(await app.queues.setAgents(localViewer, queueId, ids))
      for (const id of ids) must(await app.agents.setStatus(localViewer, id, 'AVAILABLE'))
      must(await app.campaigns.update(localViewer, campaignId, { queueId }))
      return async () => (await dialgraph.app.agents.byIds(localViewer, ids)).map((agent) => agent?.status)
    },
    /** The statuses of the calls, oldest first. */
    async statuses(): Promise<readonly string[]> {
      const { rows } = await dialgraph.app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      return rows.map(({ status }) => status)
    },
    /** Everything that was recorded, by its call. */
    async recordings() {
      const { rows } = await dialgraph.app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      return dialgraph.app.activeflows.recordings(
        localViewer,
        rows.map(({ id }) => id),
      )
    },
    async add(people: readonly Person[]): Promise<void> {
      const targets = people.map(({ name, destination }) => ({
        ...{ name, detail: '', data: '' },
        destinations: [{ targetName: '', name: '', detail: '', ...destination }],
      }))
      must(await app.outdialTargets.add(localViewer, outdial.id, targets))
    },
    run: () => app.campaigns.run(localViewer, campaignId),
    /** The same where nothing may be wrong with it. */
    async start(): Promise<void> {
      must(await dialgraph.app.campaigns.run(localViewer, campaignId))
    },
    /** Runs the campaign and settles once it has come to its end. */
    async runToEnd(): Promise<void> {
      const end = ended()
      must(await app.campaigns.run(localViewer, campaignId))
      await end
    },
    /** What the actions of each call came to, in the order of the calls. */
    async outcomes(): Promise<(string | null)[][]> {
      const { app } = dialgraph
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
      const { rows } = await dialgraph.app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      return Object.fromEntries(
        rows.map((call) => [call.destination.target, call.status === 'DONE' ? call.hangupReason : null]),
      )
    },
  }
}

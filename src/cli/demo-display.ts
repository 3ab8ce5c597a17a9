import type { CampaignStats } from '../app/api.ts'
import type { App } from '../app/app.ts'
import { localViewer } from '../app/viewer.ts'
import type { AgentTransition } from '../domain/transition.ts'
import { createEffects } from '../kernel/effects.ts'
import { sleep } from '../kernel/sleep.ts'
import { createProgress } from './progress.ts'
import { print } from './terminal.ts'

const onTerminalMs = 200
const elsewhereMs = 1000

/** What the demo shows while its campaign runs: a bar on a terminal, a line a second elsewhere. */
export function createDemoDisplay(app: App, { campaignId, queueId }: { campaignId: string; queueId: string }) {
  const effects = createEffects()
  const ending = new AbortController()
  const startedAt = effects.monotonic()
  const onTerminal = process.stdout.isTTY === true
  const progress = createProgress(process.stdout)

  async function look() {
    const [stats] = await app.campaigns.stats(localViewer, [campaignId])
    const [agents = []] = await app.queues.agents(localViewer, [queueId])
    const [campaign] = await app.campaigns.byIds(localViewer, [campaignId])
    if (stats === undefined) throw new Error('the demo has lost its campaign')
    const busy = agents.filter(({ status }) => isBusy(status)).length
    return { stats, busy, agents: agents.length, done: campaign?.status === 'STOP' }
  }

  function show({ stats, busy, agents }: Awaited<ReturnType<typeof look>>): void {
    const total = targetsOf(stats)
    const share = stats.targetsDone / Math.max(1, total)
    const notes = [
      `reached ${stats.success}`,
      `left ${total - stats.targetsDone}`,
      `busy ${busy}/${agents}`,
      `talking ${stats.callsProgressing}`,
      `dialing ${stats.callsDialing}`,
      `failed ${stats.fail}`,
    ]
    if (onTerminal) progress.show(share, notes)
    else print(`${Math.floor(share * 100)}% ${notes.join('  ')}`)
  }

  return {
    /** Shows how it goes until the campaign has come to its end. */
    async untilDone(): Promise<true> {
      for (;;) {
        const seen = await look()
        // It may have been closed while it looked.
        if (!ending.signal.aborted) show(seen)
        if (seen.done || ending.signal.aborted) return true
        await sleep(effects, onTerminal ? onTerminalMs : elsewhereMs, ending.signal)
      }
    },
    close(): void {
      ending.abort()
      progress.stop()
    },
    /** What came of it, as a table. */
    async table(): Promise<string> {
      const seconds = (effects.monotonic() - startedAt) / 1000
      const { stats, agents } = await look()
      const busy = await agentsBusy(app, { campaignId, queueId }, agents)
      return [...summaryRows(stats, seconds, busy), '', ...reasonRows(stats)].join('\n')
    },
  }
}

function targetsOf({ targetsIdle, targetsProgressing, targetsDone }: CampaignStats): number {
  return targetsIdle + targetsProgressing + targetsDone
}

function isBusy(status: AgentTransition['to']): boolean {
  return status === 'BUSY' || status === 'RINGING'
}

/** The share of the campaign's time that its agents were ringing, talking or wrapping up, out of the log. */
async function agentsBusy(
  app: App,
  { campaignId, queueId }: { campaignId: string; queueId: string },
  agentCount: number,
): Promise<number> {
  const [run, end] = (await app.transitions.latestOfCampaigns(localViewer, [campaignId], 2))[0] ?? []
  if (run === undefined || end === undefined || end.at === run.at) return 0
  const busySince = new Map<string, number>()
  const filter = { customerId: localViewer.customerId, kind: 'AGENT', queueId } as const
  let busyMs = 0
  for (let position = run.position; position < end.position; ) {
    const { entries, through } = await app.reader.read(filter, position)
    for (const entry of entries as AgentTransition[]) {
      const since = busySince.get(entry.agentId)
      if (isBusy(entry.to)) busySince.set(entry.agentId, since ?? entry.at)
      else if (since !== undefined) {
        busySince.delete(entry.agentId)
        busyMs += Math.min(entry.at, end.at) - since
      }
    }
    position = through
  }
  for (const since of busySince.values()) busyMs += Math.max(0, end.at - since)
  return busyMs / (Math.max(1, agentCount) * (end.at - run.at))
}

const row = (name: string, value: string) => `  ${name.padEnd(24)}${value.padStart(10)}`
const percent = (share: number) => `${(share * 100).toFixed(1)} %`

function summaryRows(stats: CampaignStats, seconds: number, busy: number): string[] {
  const total = targetsOf(stats)
  return [
    'Result',
    row('targets', String(total)),
    row('targets reached', `${stats.success}`),
    row('calls', String(stats.callsTotal)),
    row('calls answered', String(stats.answered)),
    row('answer rate', percent(stats.answered / Math.max(1, stats.callsTotal))),
    row('abandoned of answered', percent(stats.abandoned / Math.max(1, stats.answered))),
    row('agents busy', percent(busy)),
    row('seconds', seconds.toFixed(1)),
    row('calls per second', (stats.callsTotal / Math.max(0.001, seconds)).toFixed(1)),
  ]
}

function reasonRows({ hangupReasons }: CampaignStats): string[] {
  const sorted = [...hangupReasons].sort((a, b) => b.count - a.count)
  return ['Calls by the reason they ended', ...sorted.map(({ reason, count }) => row(reason, String(count)))]
}

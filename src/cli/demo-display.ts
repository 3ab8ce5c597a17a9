import { Presets, SingleBar } from 'cli-progress'
import type { CampaignStats } from '../app/api.ts'
import type { App } from '../app/app.ts'
import { localViewer } from '../app/viewer.ts'
import { createEffects } from '../kernel/effects.ts'
import { sleep } from '../kernel/sleep.ts'
import { print } from './terminal.ts'

const onTerminalMs = 200
const elsewhereMs = 1000

/** What the demo shows while its campaign runs: a bar on a terminal, a line a second elsewhere. */
export function createDemoDisplay(app: App, { campaignId, queueId }: { campaignId: string; queueId: string }) {
  const effects = createEffects()
  const ending = new AbortController()
  const startedAt = effects.now()
  const onTerminal = process.stdout.isTTY === true
  const format =
    '{bar} {percentage}% | dialing {dialing} talking {talking} | reached {reached} failed {failed} left {left} | agents busy {busy}/{agents}'
  const bar = onTerminal ? new SingleBar({ format, hideCursor: true }, Presets.shades_classic) : null
  let busySum = 0
  let looks = 0

  async function look() {
    const [stats] = await app.campaigns.stats(localViewer, [campaignId])
    const [agents = []] = await app.queues.agents(localViewer, [queueId])
    const [campaign] = await app.campaigns.byIds(localViewer, [campaignId])
    if (stats === undefined) throw new Error('the demo has lost its campaign')
    const busy = agents.filter((agent) => agent.status === 'BUSY' || agent.status === 'RINGING').length
    looks++
    busySum += agents.length === 0 ? 0 : busy / agents.length
    return { stats, busy, agents: agents.length, done: campaign?.status === 'STOP' }
  }

  function show({ stats, busy, agents }: Awaited<ReturnType<typeof look>>): void {
    const total = targetsOf(stats)
    const values = {
      dialing: stats.callsDialing,
      talking: stats.callsProgressing,
      reached: stats.success,
      failed: stats.fail,
      left: total - stats.targetsDone,
      ...{ busy, agents },
    }
    if (bar === null) {
      const share = Math.floor((stats.targetsDone / Math.max(1, total)) * 100)
      print(
        `${share}% ${Object.entries(values)
          .map(([name, value]) => `${name} ${value}`)
          .join('  ')}`,
      )
      return
    }
    if (!bar.isActive) bar.start(total, 0, values)
    bar.setTotal(total)
    bar.update(stats.targetsDone, values)
  }

  return {
    /** Shows how it goes until the campaign has come to its end. */
    async untilDone(): Promise<true> {
      for (;;) {
        const seen = await look()
        show(seen)
        if (seen.done || ending.signal.aborted) return true
        await sleep(effects, onTerminal ? onTerminalMs : elsewhereMs, ending.signal)
      }
    },
    close(): void {
      ending.abort()
      bar?.stop()
    },
    /** What came of it, as a table. */
    async table(): Promise<string> {
      const { stats } = await look()
      const seconds = (effects.now() - startedAt) / 1000
      return [...summaryRows(stats, seconds, busySum / Math.max(1, looks)), '', ...reasonRows(stats)].join('\n')
    },
  }
}

function targetsOf({ targetsIdle, targetsProgressing, targetsDone }: CampaignStats): number {
  return targetsIdle + targetsProgressing + targetsDone
}

const row = (name: string, value: string) => `  ${name.padEnd(24)}${value.padStart(10)}`
const percent = (share: number) => `${(share * 100).toFixed(1)} %`

function summaryRows(stats: CampaignStats, seconds: number, agentsBusy: number): string[] {
  const total = targetsOf(stats)
  return [
    'Result',
    row('targets', String(total)),
    row('targets reached', `${stats.success}`),
    row('calls', String(stats.callsTotal)),
    row('calls answered', String(stats.answered)),
    row('answer rate', percent(stats.answered / Math.max(1, stats.callsTotal))),
    row('abandoned of answered', percent(stats.abandoned / Math.max(1, stats.answered))),
    row('agents busy', percent(agentsBusy)),
    row('seconds', seconds.toFixed(1)),
    row('calls per second', (stats.callsTotal / Math.max(0.001, seconds)).toFixed(1)),
  ]
}

function reasonRows({ hangupReasons }: CampaignStats): string[] {
  const sorted = [...hangupReasons].sort((a, b) => b.count - a.count)
  return ['Calls by the reason they ended', ...sorted.map(({ reason, count }) => row(reason, String(count)))]
}

import { localViewer } from '../../src/app/viewer.ts'
import type { LogEntry } from '../../src/domain/transition.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Chance } from './chance.ts'
import type { Supervisor } from './process.ts'
import type { Program } from './program.ts'
import type { SubscriberPlan } from './scenario.ts'

/** What a subscriber asked for, and all that it received, in order. */
export interface Received {
  readonly name: string
  readonly kind: SubscriberPlan['kind']
  readonly campaignId: string | null
  readonly queueId: string | null
  /** The end of the log when it began to follow; 0 for one that began at the beginning. */
  startEnd: number
  readonly entries: LogEntry[]
}

export interface SubscribersOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly supervisor: Supervisor
  readonly findings: string[]
  /** The end of the log as another connection sees it. */
  logEnd(): number
}

/** Those who follow the log: some slow, some with bad connections. Whoever is cut off comes back with the last cursor. */
export function createSubscribers({ effects, chance, supervisor, findings, logEnd }: SubscribersOptions) {
  const all: Received[] = []
  const figures = { resumed: 0, received: 0 }
  let breaksStill = true

  const pause = (ms: number) => new Promise<void>((resolve) => effects.timer(ms, resolve))

  function open(process: Program, received: Received, cursor: string | null) {
    const { transitions } = process.app
    const { campaignId, queueId } = received
    switch (received.kind) {
      case 'CAMPAIGNCALL':
        return transitions.campaigncalls(localViewer, { after: cursor, campaignId })
      case 'CAMPAIGN':
        return transitions.campaigns(localViewer, { after: cursor, campaignId })
      default:
        return transitions.agents(localViewer, { after: cursor, queueId })
    }
  }

  /** Reads until the connection breaks. Returns the cursor to come back with. */
  async function read(process: Program, plan: SubscriberPlan, received: Received, from: string | null) {
    let cursor = from
    if (cursor === null) received.startEnd = logEnd()
    const stream: AsyncIterableIterator<LogEntry> = await open(process, received, cursor)
    for (;;) {
      const next = await Promise.race([stream.next(), process.mortal.death.then(() => null)])
      if (next === null || next.done || !process.mortal.alive) return cursor
      received.entries.push(next.value)
      figures.received++
      cursor = process.app.transitions.cursorOf(next.value.position)
      if (plan.slownessMs > 0) await pause(chance.whole(0, plan.slownessMs))
      if (!breaksStill || !chance.happens(plan.breaks)) continue
      await stream.return?.()
      return cursor
    }
  }

  async function follow(plan: SubscriberPlan, received: Received, start: string | null): Promise<void> {
    let cursor = start
    for (let first = true; ; first = false) {
      const writers = supervisor.writers()
      const process = writers.length > 0 && chance.happens(0.5) ? chance.pick(writers) : await supervisor.up()
      if (!first) figures.resumed++
      try {
        cursor = await read(process, plan, received, cursor)
      } catch (error) {
        if (process.mortal.alive) findings.push(`I9: ${received.name} was refused: ${String(error)}`)
      }
      // A process that ends on request lets its readers go.
      await pause(chance.pick([1, 100, 10_000]))
    }
  }

  return {
    all: all as readonly Received[],
    figures,
    async add(
      plan: SubscriberPlan,
      ids: { readonly campaigns: readonly string[]; readonly queues: readonly string[] },
    ) {
      const name = `subscriber ${all.length + 1}`
      const campaignId = plan.kind === 'AGENT' ? null : pick(ids.campaigns, plan.which)
      const queueId = plan.kind === 'AGENT' ? pick(ids.queues, plan.which) : null
      const { app } = await supervisor.up()
      const received: Received = { name, kind: plan.kind, campaignId, queueId, startEnd: 0, entries: [] }
      all.push(received)
      void follow(plan, received, plan.fromStart ? app.transitions.cursorOf(0) : null)
    },
    /** From now on connections hold. */
    calm(): void {
      breaksStill = false
    },
  }
}

function pick(ids: readonly string[], which: number | null): string | null {
  return which === null || ids.length === 0 ? null : (ids[which % ids.length] ?? null)
}

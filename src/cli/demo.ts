import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Outcome } from '../app/api.ts'
import type { App } from '../app/app.ts'
import { localViewer } from '../app/viewer.ts'
import { type Config, readConfig } from '../config.ts'
import type { Dialgraph } from '../dialgraph.ts'
import { createEffects } from '../kernel/effects.ts'
import { Refusal, StartError } from '../kernel/errors.ts'
import { createPacedEffects, type PacedEffects } from '../kernel/paced-effects.ts'
import { readTargets } from './csv.ts'
import { createDemoDisplay } from './demo-display.ts'
import { createCommandLog, exitCodeOfSignal, heedSignals, outputClosed, print, type SetExitCode } from './terminal.ts'

const targetsFile = fileURLToPath(new URL('../../examples/targets.csv', import.meta.url))
const agentCount = 12
/** A minute of ringing and talking passes in a second. */
const demoSpeed = 60
const greeting = 'Hello, one moment please.'

/** dialgraph demo: a fresh database, a list, agents, and a campaign that runs live in the terminal. */
export function addDemo(program: Command, setExitCode: SetExitCode): void {
  program
    .command('demo')
    .description('Watch a campaign dial 500 people through the simulated carrier.')
    .option('--exit', 'end when the campaign ends')
    .action(async ({ exit }: { exit?: boolean }) => {
      const folder = mkdtempSync(join(tmpdir(), 'dialgraph-demo-'))
      try {
        const signal = await runDemo(join(folder, 'demo.sqlite'), exit === true)
        if (exit && signal !== null) setExitCode(exitCodeOfSignal(signal))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
}

/** Returns the signal that ended it before its campaign; null where the campaign came to its end. */
async function runDemo(file: string, exit: boolean): Promise<string | null> {
  const base = readConfig()
  const config: Config = {
    ...base,
    database: { file, mayCreate: true },
    // Its own carrier: another one has a speed of its own.
    carrier: { driver: 'simulator', settings: { ...base.simulated, speed: demoSpeed, url: null } },
  }
  const { signalled, ignore } = heedSignals()
  const unwatched = outputClosed().then(() => null)
  const paced = createPacedEffects(createEffects())
  // Nobody is called before everything is there: whenever that is, the campaign then takes the same course.
  const release = paced.hold()
  const dialgraph = await startSomewhere(config, paced)
  try {
    print(`GraphiQL: ${dialgraph.url}/graphql`)
    const display = createDemoDisplay(dialgraph.app, await prepare(dialgraph.app))
    release()
    const ended = await Promise.race([display.untilDone(), signalled, unwatched])
    display.close()
    if (ended !== true) return ended
    print(await display.table())
    if (exit) return null
    print(`\nThe API keeps running, so that you can look around: ${dialgraph.url}/graphql. Ctrl-C ends it.`)
    await Promise.race([signalled, unwatched])
    return null
  } finally {
    release()
    await dialgraph.stop()
    ignore()
  }
}

/** On the usual port, or on a free one where that is taken: a demo should not fail for a port. */
async function startSomewhere(config: Config, paced: PacedEffects): Promise<Dialgraph> {
  const { startDialgraph } = await import('../dialgraph.ts')
  const log = createCommandLog(config.logLevel === 'info' ? 'error' : config.logLevel)
  try {
    return await startDialgraph(config, log, { paced })
  } catch (error) {
    if (!(error instanceof StartError) || config.port === 0) throw error
    return startDialgraph({ ...config, port: 0 }, log, { paced })
  }
}

function must<Value>({ value, errors }: Outcome<Value>): Value {
  if (value === null || errors.length > 0) throw new Refusal(errors)
  return value
}

/** Makes everything that the campaign needs and runs it. Returns the campaign's id, and the queue's. */
async function prepare(app: App): Promise<{ campaignId: string; queueId: string }> {
  const viewer = localViewer
  const outdial = must(await app.outdials.create(viewer, { name: 'Customers of spring', detail: '', data: '' }))
  for await (const { rows } of readTargets(createReadStream(targetsFile)))
    await app.imports.add(viewer, outdial.id, rows)
  const outplan = must(
    await app.outplans.create(viewer, {
      name: 'Twice, with a pause',
      detail: '',
      source: { type: 'TEL', target: '+12025550100', targetName: 'Dialgraph', name: '', detail: '' },
      dialTimeoutMs: 30_000,
      tryIntervalMs: 3000,
      maxTryCounts: [2],
    }),
  )
  const queue = must(
    await app.queues.create(viewer, {
      name: 'Team',
      detail: '',
      strategy: 'LONGEST_IDLE',
      waitTimeoutMs: 20_000,
      agentRingMs: 15_000,
    }),
  )
  const agentIds: string[] = []
  for (let i = 1; i <= agentCount; i++) {
    const extension = String(100 + i)
    const agent = must(await app.agents.create(viewer, { name: `Agent ${i}`, detail: '', extension, wrapUpMs: 500 }))
    agentIds.push(agent.id)
  }
  must(await app.queues.setAgents(viewer, queue.id, agentIds))
  for (const id of agentIds) must(await app.agents.setStatus(viewer, id, 'AVAILABLE'))
  const campaign = must(
    await app.campaigns.create(viewer, {
      name: 'Spring campaign',
      detail: 'Calls 500 people, greets them and joins them to an agent.',
      type: 'CALL',
      pacing: 'SERVICE_LEVEL',
      serviceLevel: 100,
      ratio: 100,
      endHandle: 'STOP',
      actions: [{ type: 'TALK', option: { text: greeting } }],
      outplanId: outplan.id,
      outdialId: outdial.id,
      queueId: queue.id,
    }),
  )
  must(await app.campaigns.run(viewer, campaign.id))
  return { campaignId: campaign.id, queueId: queue.id }
}

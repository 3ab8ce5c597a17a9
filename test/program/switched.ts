import { writeFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { readConfig } from '../../src/config.ts'
import { startDialgraph } from '../../src/dialgraph.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { must, tel } from '../support/given.ts'
import { temporaryFile } from '../support/world.ts'
import { password, startFakeAri, username } from '../telephony/asterisk/fake-ari.ts'
import { recordedScripts } from '../telephony/asterisk/fake-script.ts'
import { createFakeEsl } from '../telephony/freeswitch/fake-esl.ts'

/** A number whose last four digits say what the called side does: those that the exchanges were recorded with. */
export const numberOf = (script: string) => `+1202555${script}`

export interface SwitchUnderTest {
  readonly environment: Readonly<Record<string, string>>
  /** Addresses that the switch was asked to play. */
  played(): readonly string[]
  /** How many calls it was asked for. */
  placed(): number
}

export async function givenAsterisk(): Promise<SwitchUnderTest> {
  const scripts = Object.fromEntries(Object.entries(recordedScripts).map(([key, steps]) => [numberOf(key), steps]))
  const asterisk = await startFakeAri({ speed: 10, scripts })
  onTestFinished(asterisk.stop)
  return {
    environment: {
      DIALGRAPH_DRIVER: 'asterisk',
      DIALGRAPH_ARI_URL: asterisk.url,
      DIALGRAPH_ARI_USERNAME: username,
      DIALGRAPH_ARI_PASSWORD: password,
      DIALGRAPH_ARI_TRUNK: 'trunk',
    },
    placed: () => asterisk.asked('POST', 'channels').filter(({ path }) => path.length === 1).length,
    played: () =>
      asterisk
        .asked('POST', 'channels')
        .filter(({ path }) => path[2] === 'play')
        .map(({ query, body }) => String(query.media ?? (body as { media?: string }).media)),
  }
}

export async function givenFreeswitch(): Promise<SwitchUnderTest> {
  const fake = createFakeEsl({ effects: createEffects() })
  const { url, close } = await fake.listen()
  onTestFinished(close)
  return {
    environment: {
      DIALGRAPH_DRIVER: 'freeswitch',
      DIALGRAPH_ESL_URL: url,
      DIALGRAPH_ESL_PASSWORD: 'ClueCon',
      DIALGRAPH_ESL_GATEWAY: 'trunk',
    },
    placed: () => fake.commands.filter((command) => command.startsWith('bgapi originate')).length,
    played: () => fake.commands.filter((command) => command.includes('http://')),
  }
}

/** The whole program in this process over a new database, with a list, a plan and a campaign that speaks to who answers. */
export async function givenProgram(environment: Readonly<Record<string, string>>) {
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
  const campaign = must(
    await app.campaigns.create(localViewer, {
      ...{ name: 'Campaign', detail: '', type: 'CALL', pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100 },
      ...{ endHandle: 'STOP', outplanId: outplan.id, outdialId: outdial.id },
      actions: [{ type: 'TALK', option: { text: 'Hello {{target.name}}' } }],
    }),
  )
  return {
    app,
    url,
    campaignId: campaign.id,
    async call(people: Readonly<Record<string, string>>) {
      const targets = Object.entries(people).map(([name, number]) => ({
        ...{ name, detail: '', data: '', destinations: [tel(number)] },
      }))
      must(await app.outdialTargets.add(localViewer, outdial.id, targets))
      return app.campaigns.run(localViewer, campaign.id)
    },
    /** Settles with the reasons of the campaign's calls, by the numbers called, once it has come to its end. */
    async ended(): Promise<Readonly<Record<string, string | null>>> {
      const changes = await app.transitions.campaigns(localViewer, { campaignId: campaign.id })
      for await (const { to } of changes) if (to === 'STOP') break
      const { rows } = await app.campaigncalls.page(localViewer, { orderBy: 'CREATED_AT_ASC', first: 500 })
      return Object.fromEntries(
        rows.map((call) => [call.destination.target, call.status === 'DONE' ? call.hangupReason : null]),
      )
    },
  }
}

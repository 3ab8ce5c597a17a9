import { onTestFinished } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
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
  const asterisk = await startFakeAri({ speed: 10, scriptOf: (dialed) => recordedScripts[dialed.slice(-4)] })
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

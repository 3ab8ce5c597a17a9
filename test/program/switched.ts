import { onTestFinished } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
import { password, startFakeAri, username } from '../telephony/asterisk/fake-ari.ts'
import { recordedScripts } from '../telephony/asterisk/fake-script.ts'
import { createFakeEsl } from '../telephony/freeswitch/fake-esl.ts'
import { scriptOf as recordedScriptOf, type Script } from '../telephony/freeswitch/fake-scripts.ts'

/** A number whose last four digits say what the called side does: those that the exchanges were recorded with. */
export const numberOf = (script: string) => `+1202555${script}`

export interface SwitchUnderTest {
  readonly environment: Readonly<Record<string, string>>
  /** Addresses that the switch was asked to play. */
  played(): readonly string[]
  /** How many calls it was asked for. */
  placed(): number
  /** Whoever is on a call presses a digit. */
  press(digit: string): void
  /** Ends without a word, and its calls with it. */
  die(): Promise<void>
  /** Is there again, and knows nothing of before. */
  comeBack(): Promise<void>
}

/** Extensions of agents: one who answers and leaves in the end, one who stays, and one who rejects. */
export const agentPhones = { leaves: 'agent4', stays: 'agent1', rejects: 'agent2' } as const

/** What phones of agents do at the FreeSWITCH. */
const phones: Readonly<Record<string, Script>> = {
  [agentPhones.leaves]: { ringsAfterMs: 20, outcome: { type: 'ANSWER', afterMs: 50, byeAfterMs: 500 } },
  [agentPhones.stays]: { ringsAfterMs: 20, outcome: { type: 'ANSWER', afterMs: 50 } },
  [agentPhones.rejects]: { ...recordedScriptOf('1486'), ringsAfterMs: 20 },
}

const stamp = () => ({
  timestamp: new Date().toISOString().replace('Z', '+0000'),
  application: 'dialgraph',
  asterisk_id: 'fake',
})

export async function givenAsterisk(): Promise<SwitchUnderTest> {
  const asterisk = await startFakeAri({
    speed: 10,
    scriptOf: (dialed) => recordedScripts[dialed] ?? recordedScripts[dialed.slice(-4)],
  })
  onTestFinished(asterisk.stop)
  return {
    environment: {
      DIALGRAPH_DRIVER: 'asterisk',
      DIALGRAPH_ARI_URL: asterisk.url,
      DIALGRAPH_ARI_USERNAME: username,
      DIALGRAPH_ARI_PASSWORD: password,
      DIALGRAPH_ARI_TRUNK: 'trunk',
    },
    press(digit) {
      for (const channel of asterisk.of.channels.values())
        asterisk.sendText(
          JSON.stringify({
            type: 'ChannelDtmfReceived',
            ...stamp(),
            digit,
            duration_ms: 280,
            channel: asterisk.of.snapshot(channel),
          }),
        )
    },
    die: asterisk.kill,
    comeBack: () => asterisk.boot(),
    placed: () => asterisk.asked('POST', 'channels').filter(({ path }) => path.length === 1).length,
    played: () =>
      asterisk
        .asked('POST', 'channels')
        .filter(({ path }) => path[2] === 'play')
        .map(({ query, body }) => String(query.media ?? (body as { media?: string }).media)),
  }
}

export async function givenFreeswitch(): Promise<SwitchUnderTest> {
  const fake = createFakeEsl({
    effects: createEffects(),
    scriptOf: (dialed) => phones[dialed] ?? recordedScriptOf(dialed),
  })
  const { url, close } = await fake.listen()
  onTestFinished(close)
  return {
    environment: {
      DIALGRAPH_DRIVER: 'freeswitch',
      DIALGRAPH_ESL_URL: url,
      DIALGRAPH_ESL_PASSWORD: 'ClueCon',
      DIALGRAPH_ESL_GATEWAY: 'trunk',
    },
    press(digit) {
      for (const { uuid = '' } of fake.current.list()) {
        const channel = fake.current.find(uuid)
        if (channel !== undefined) fake.current.press(channel, digit)
      }
    },
    async die() {
      fake.restart()
    },
    comeBack: async () => {},
    placed: () => fake.commands.filter((command) => command.startsWith('bgapi originate')).length,
    played: () => fake.commands.filter((command) => command.includes('http://')),
  }
}

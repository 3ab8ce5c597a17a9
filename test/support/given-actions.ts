import type { ActionInput } from '../../src/app/requests.ts'
import { callsOf, givenRunning, must, scripted } from './given.ts'
import { givenScriptedWorld } from './given-world.ts'
import type { World, WorldOptions } from './world.ts'

/** An action with its options; `id` is one of `actionId`. */
export const action = (type: ActionInput['type'], option: object = {}, id?: string): ActionInput => ({
  ...{ type, option, id: id ?? null },
})

/** Ids that actions name each other by. */
export const actionId = (n: number) => `0198c0de-0000-7000-8000-00000000000${n}`

/** What each action of each call of a campaign came to, calls oldest first. */
export async function outcomesOf(world: World, campaignId: string): Promise<(string | null)[][]> {
  return (await flowsOf(world, campaignId)).map(({ executed }) => executed.map((of) => of.outcome))
}

/** The runs of actions of a campaign as the API shows them, calls oldest first. */
export async function flowsOf(world: World, campaignId: string) {
  const { app, viewer } = world
  const ids = (await callsOf(world, campaignId)).map((call) => call.activeflowId)
  const flows = (await app.activeflows.byIds(viewer, ids)).flatMap((flow) => flow ?? [])
  const details = await app.activeflows.details(viewer, flows)
  return flows.map((flow, i) => ({ ...flow, ...details[i], executed: details[i]?.executed ?? [] }))
}

/** A world in which a call with these actions was just answered. */
export async function givenAnswered(
  actions: readonly ActionInput[],
  options: Omit<WorldOptions, 'driver' | 'effects'> = {},
) {
  const { world, carrier } = await givenScriptedWorld(options)
  const ready = await givenRunning(world, {
    people: [[scripted(95)]],
    plan: { maxTryCounts: [1] },
    campaign: { actions },
  })
  await world.settle()
  const callId = carrier.callId(0)
  carrier.tell(callId, { type: 'ANSWERED' })
  await world.settle()
  return {
    ...{ world, carrier, callId, ...ready },
    /** Delivers news of the call. */
    async tell(...news: Parameters<typeof carrier.tell> extends [unknown, ...infer News] ? News : never) {
      carrier.tell(callId, ...news)
      await world.settle()
    },
    outcomes: async () => (await outcomesOf(world, ready.campaign.id))[0],
    call: async () => (await callsOf(world, ready.campaign.id))[0],
    flow: async () => (await flowsOf(world, ready.campaign.id))[0],
    /** Asks for the end of the call, as a person does. */
    async hangUp() {
      const [call] = await callsOf(world, ready.campaign.id)
      must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
      await world.settle()
    },
  }
}

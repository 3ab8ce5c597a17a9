import type { ActionInput } from '../../src/app/requests.ts'
import type { ActionType } from '../../src/domain/actions/registry.ts'
import type { Chance } from './chance.ts'

/** Ids of actions, by their place in the list. */
const idOf = (place: number) => `0198c0de-0000-7000-8000-0000000000${String(place).padStart(2, '0')}`

/** Where an action may lead to. */
interface Semaphore {
  readonly own: number
  /** How many actions the list has. */
  readonly count: number
}

/** An action after this one, where there is one: a list that leads back without a bound runs for a thousand steps. */
const later = (chance: Chance, { own, count }: Semaphore) => idOf(Math.min(count - 1, chance.whole(own + 1, count)))
const anyEarlier = (chance: Chance, { own }: Semaphore) => idOf(chance.whole(0, Math.max(0, own - 1)))

const options: { readonly [Type in ActionType]: (chance: Chance, places: Semaphore) => object } = {
  ANSWER: () => ({}),
  TALK: (chance) => ({ text: chance.pick(['Good morning', 'You said {{target.name}}, {{target.detail}}']) }),
  PLAY: (chance) => ({ urls: chance.list(1, 2, (n) => `https://example.com/${n}.wav`) }),
  SLEEP: (chance) => ({ durationMs: chance.pick([0, 3000, 3000, 20_000]) }),
  QUEUE_JOIN: () => ({}),
  HANGUP: (chance) => ({ reason: chance.pick(['NORMAL', 'AMD', 'FAILED']) }),
  STOP: () => ({}),
  BEEP: () => ({}),
  AMD: (chance) => ({ machineHandle: chance.pick(['hangup', 'continue']) }),
  DIGITS_RECEIVE: (chance) => ({
    ...{ length: chance.pick([1, 1, 2]), timeoutMs: chance.pick([0, 1500, 4000]) },
    ...(chance.happens(0.3) && { terminator: '#' }),
  }),
  DIGITS_SEND: () => ({ digits: '12#', durationMs: 200, intervalMs: 50 }),
  BRANCH: (chance, places) => ({
    ...{ variable: 'target.detail', targets: { '0': later(chance, places), '': later(chance, places) } },
    defaultTargetId: chance.happens(0.5) ? later(chance, places) : null,
  }),
  GOTO: (chance, places) => ({ targetId: anyEarlier(chance, places), loopCount: chance.whole(1, 3) }),
  CONDITION_VARIABLE: (chance, places) => ({
    ...{ condition: chance.pick(['==', '!=']), variable: 'target.name', value: 'Target 1' },
    falseTargetId: later(chance, places),
  }),
  CONDITION_DATETIME: (chance, places) => ({
    ...{ condition: '>=', hour: chance.pick([0, 23]), falseTargetId: later(chance, places) },
  }),
  VARIABLE_SET: (chance) => ({ variable: 'answer', value: chance.pick(['', '{{target.detail}}']) }),
  CONNECT: (chance) => ({
    destinations: chance.list(1, 2, () => `+130355501${chance.pick(['00', '01', '50', '60', '85', '95'])}`),
    ringTimeoutMs: chance.pick([1000, 5000]),
  }),
  RECORDING_START: (chance) => ({
    ...(chance.happens(0.5) && { durationMaxMs: 2000 }),
    ...(chance.happens(0.3) && { beep: true }),
  }),
  RECORDING_STOP: () => ({}),
  WEBHOOK_SEND: (chance) => ({
    url: 'https://example.com/hook',
    ...(chance.happens(0.5) && { data: { name: '{{target.name}}' } }),
  }),
  EMAIL_SEND: () => ({ to: ['anna@example.com'], subject: 'Hello', text: 'Good morning' }),
  MESSAGE_SEND: (chance) => ({ text: 'Good morning', ...(chance.happens(0.5) && { to: '+13035550100' }) }),
}

/** What needs no call is drawn for calls as well; the rest is never drawn where there is none (docs/rules.md#campaign-flow). */
const withoutCall: readonly ActionType[] = [
  ...([
    'SLEEP',
    'SLEEP',
    'BRANCH',
    'GOTO',
    'CONDITION_VARIABLE',
    'CONDITION_DATETIME',
    'VARIABLE_SET',
    'STOP',
  ] as const),
  ...(['WEBHOOK_SEND', 'WEBHOOK_SEND', 'EMAIL_SEND', 'EMAIL_SEND', 'MESSAGE_SEND', 'MESSAGE_SEND'] as const),
]
const withCall: readonly ActionType[] = [
  ...(['ANSWER', 'TALK', 'TALK', 'PLAY', 'BEEP', 'AMD', 'DIGITS_RECEIVE', 'DIGITS_RECEIVE', 'DIGITS_SEND'] as const),
  ...(['CONNECT', 'CONNECT', 'RECORDING_START', 'RECORDING_START', 'RECORDING_STOP', 'HANGUP'] as const),
]

function actionsOf(chance: Chance, types: readonly ActionType[]): ActionInput[] {
  return types.map((type, own) => {
    const option = options[type](chance, { own, count: types.length })
    return { id: idOf(own), type, option }
  })
}

/** A thousand steps of nothing. */
const loop: readonly ActionInput[] = [{ id: idOf(0), nextId: idOf(0), type: 'SLEEP', option: { durationMs: 0 } }]

/** Actions for a campaign. `hasQueue` says whether they may join one. */
export function drawActions(chance: Chance, type: 'CALL' | 'FLOW', hasQueue: boolean): readonly ActionInput[] {
  if (chance.happens(0.03)) return loop
  if (type === 'FLOW')
    return actionsOf(
      chance,
      chance.list(1, 4, () => chance.pick(withoutCall)),
    )
  if (chance.happens(0.45)) return []
  const types: ActionType[] = chance.list(1, 5, () => chance.pick(chance.happens(0.3) ? withoutCall : withCall))
  if (hasQueue && chance.happens(0.3)) types.push('QUEUE_JOIN')
  return actionsOf(chance, types)
}

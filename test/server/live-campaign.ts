import type { CampaignTransition } from '../../src/domain/transition.ts'
import { present } from '../../src/kernel/assert.ts'
import type { Answers } from '../graphql/fake-app.ts'
import { fakeCampaign, fakeCampaignTransition } from '../graphql/fake-objects.ts'
import { deferred, fakeStream } from '../graphql/fake-stream.ts'

export const subscription = 'subscription { campaignTransitioned { cursor cause campaign { name } } }'

/** A house with one stream of transitions, which the test feeds, and one campaign, whose name the test may change. */
export function liveCampaign() {
  const stream = fakeStream<CampaignTransition>()
  const opened = deferred()
  const shown = { name: 'before' }
  const answers: Answers = {
    transitions: {
      campaigns: async () => {
        opened.resolve()
        return stream
      },
    },
    campaigns: { byIds: async (_viewer, ids) => ids.map((id) => fakeCampaign({ id, name: shown.name })) },
  }
  return { stream, shown, answers, opened: opened.promise }
}

/** Asks for nothing but what the event itself holds. */
export const bareSubscription = 'subscription { campaignTransitioned { cursor cause } }'

export const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A house whose stream has always one more event, of 64 KiB. */
export function endlessCampaign() {
  const returned = deferred()
  const sent = { count: 0 }
  let ended = false
  const cause = 'x'.repeat(64 * 1024)
  const stream: AsyncIterableIterator<CampaignTransition> = {
    async next() {
      await turn()
      if (ended) return { done: true, value: undefined }
      return { done: false, value: fakeCampaignTransition({ position: ++sent.count, cause }) }
    },
    async return() {
      ended = true
      returned.resolve()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
  const answers: Answers = { transitions: { campaigns: async () => stream } }
  return { sent, answers, returned: returned.promise }
}

/** The same for two subscribers: `sent` and `returned` are of the one that comes first. */
export function twoEndlessCampaigns() {
  const [first, second] = [endlessCampaign(), endlessCampaign()]
  const waiting = [first, second]
  const answers: Answers = {
    transitions: {
      campaigns: (...args) =>
        present(waiting.shift()?.answers.transitions?.campaigns, 'a stream for each subscriber')(...args),
    },
  }
  return { sent: first.sent, returned: first.returned, answers }
}

const quietTurns = 1000

/** Settles once nothing has been sent for a thousand turns of the event loop. Never does while events flow. */
export async function quiet(sent: { readonly count: number }): Promise<void> {
  for (let last = -1, turns = 0; turns < quietTurns; turns++) {
    if (sent.count !== last) turns = 0
    last = sent.count
    await turn()
  }
}

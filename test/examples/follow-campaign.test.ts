import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCampaign, startServer } from '../cli/server.ts'
import { ask, startNode } from '../cli/support.ts'
import { scripted } from '../support/given.ts'

const script = fileURLToPath(new URL('../../examples/follow-campaign.mjs', import.meta.url))

/** Adds somebody whose line is busy to a list. */
async function addBusy(url: string, outdialId: string, name: string): Promise<void> {
  const targets = [{ name, destinations: [{ target: scripted(50) }] }]
  const { data } = await ask(
    url,
    'mutation ($outdialId: ID!, $targets: [OutdialTargetInput!]!) { outdialTargetsAdd(outdialId: $outdialId, targets: $targets) { userErrors { message } } }',
    { outdialId, targets },
  )
  expect(data.outdialTargetsAdd.userErrors).toEqual([])
}

const isEndOf = (name: string) => (line: string) => line.includes(`  ${name}  `) && line.includes('ENDED')
/** The lines that tell of steps, without their times. */
const stepsIn = (lines: readonly string[]) =>
  lines.filter((line) => /^\d{4}-/.test(line)).map((line) => line.split('  ').slice(1).join(' '))

test('follow-campaign.mjs tells of every step once, also when the server is started anew', async () => {
  const first = await startServer()
  const { campaignId, outdialId } = await runCampaign(first.url, [], 'CONTINUE')
  const follower = startNode([script, campaignId, first.url])
  await follower.stdout.find((line) => line === '0 calls so far')
  await addBusy(first.url, outdialId, 'Rosa')
  await follower.stdout.find(isEndOf('Rosa'))

  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  await follower.stderr.find((line) => line.startsWith('The connection is gone'))
  const { port } = new URL(first.url)
  const second = await startServer({ DIALGRAPH_DATABASE: first.file, DIALGRAPH_PORT: port })
  await addBusy(second.url, outdialId, 'Pedro')
  await follower.stdout.find(isEndOf('Pedro'))

  // One who comes late is told how many there were, and then of new ones only.
  const late = startNode([script, campaignId, second.url])
  await late.stdout.find((line) => line === '2 calls so far')
  await addBusy(second.url, outdialId, 'Zoe')
  await Promise.all([follower.stdout.find(isEndOf('Zoe')), late.stdout.find(isEndOf('Zoe'))])

  const stepsOf = (name: string) => [`${name} try 1 CREATED DIALING`, `${name} try 1 ENDED DONE BUSY`]
  expect(stepsIn(follower.stdout.lines)).toEqual([...stepsOf('Rosa'), ...stepsOf('Pedro'), ...stepsOf('Zoe')])
  expect(stepsIn(late.stdout.lines)).toEqual(stepsOf('Zoe'))
  for (const { child, ended } of [follower, late]) {
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  }
})

test('follow-campaign.mjs says what is wrong with what it is asked, and ends', async () => {
  const { url } = await startServer()
  const { stderr, ended } = startNode([script, '01890000-0000-7000-8000-00000000dead', url])
  expect(await ended).toBe(1)
  expect(stderr.lines).toHaveLength(1)
})

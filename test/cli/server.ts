import { expect } from 'vitest'
import { ask, type Environment, givenPath, startProgram } from './support.ts'

const source = '{ target: "+12025550199" }'

/** A server on a free port over a new database, unless the environment says otherwise. */
export async function startServer(environment: Environment = {}) {
  const file = environment.DIALGRAPH_DATABASE ?? givenPath()
  const program = startProgram(['serve', '--create'], {
    DIALGRAPH_DATABASE: file,
    DIALGRAPH_PORT: '0',
    DIALGRAPH_SIMULATOR_SPEED: '20',
    ...environment,
  })
  return { ...program, file, url: await program.address() }
}

/** A campaign that runs, over targets with these numbers. Returns the ids of the campaign and of its list. */
export async function runCampaign(url: string, numbers: readonly string[], endHandle = 'STOP') {
  const made = await ask(
    url,
    `mutation {
      outdialCreate(input: { name: "A list" }) { outdial { id } }
      outplanCreate(input: { name: "A plan", source: ${source}, maxTryCounts: [1] }) { outplan { id } }
    }`,
  )
  const outdialId: string = made.data.outdialCreate.outdial.id
  const outplanId: string = made.data.outplanCreate.outplan.id
  const targets = numbers.map((target) => ({ destinations: [{ target }] }))
  const answer = await ask(
    url,
    `mutation ($outdialId: ID!, $outplanId: ID!, $targets: [OutdialTargetInput!]!, $endHandle: CampaignEndHandle!) {
      outdialTargetsAdd(outdialId: $outdialId, targets: $targets) { userErrors { message } }
      campaignCreate(input: { name: "A campaign", outdialId: $outdialId, outplanId: $outplanId, endHandle: $endHandle }) {
        campaign { id }
      }
    }`,
    { outdialId, outplanId, targets, endHandle },
  )
  const campaignId: string = answer.data.campaignCreate.campaign.id
  const run = await ask(url, 'mutation ($id: ID!) { campaignRun(id: $id) { userErrors { message } } }', {
    id: campaignId,
  })
  expect([answer.data.outdialTargetsAdd.userErrors, run.data.campaignRun.userErrors]).toEqual([[], []])
  return { campaignId, outdialId }
}

import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { givenReady, must } from '../support/given.ts'
import { outcomesOf } from '../support/given-actions.ts'
import { createScriptedSender } from '../support/scripted-sender.ts'
import { createServedWorld, type ServedWorld } from './served-world.ts'

const numbers = '{"id":12345678901234567890,"big":1e400,"small":0.1000000000000000055,"price":1.10,"count":3}'
const campaignId = '22222222-2222-4222-8222-222222222222'

async function givenServedWorld() {
  const desk = createScriptedSender()
  const world = await createServedWorld({ sender: desk.sender })
  onTestFinished(() => world.close())
  desk.release()
  return { world, desk }
}

/** Sends a request as it is written: JSON.stringify would change the very numbers. */
async function askWritten({ url }: ServedWorld, body: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json()
}

/** What a FLOW of one target, with an action of these options, sends. */
async function sentBody(world: ServedWorld, desk: ReturnType<typeof createScriptedSender>): Promise<string> {
  must(await world.app.campaigns.run(world.viewer, campaignId))
  await world.settle()
  const [sending] = desk.sent
  return sending?.type === 'WEBHOOK' ? sending.body : JSON.stringify(sending)
}

/** A FLOW that is ready to run, without actions. */
async function givenFlow(world: ServedWorld, data = ''): Promise<void> {
  const { targets } = await givenReady(world, {
    people: [['+12025550100']],
    campaign: { id: campaignId, type: 'FLOW' },
  })
  must(await world.app.outdialTargets.update(world.viewer, targets[0]?.id ?? '', { data }))
}

const update = 'campaignUpdate(id: "22222222-2222-4222-8222-222222222222", input: $input)'
const mutation = `mutation ($input: CampaignUpdateInput!) { ${update} { campaign { actions { option } } userErrors { message } } }`
const action = (data: string) => `{"type":"WEBHOOK_SEND","option":{"url":"https://example.com/","data":${data}}}`
const stored = {
  data: { campaignUpdate: { campaign: { actions: [{ option: { data: numbers } }] }, userErrors: [] } },
}

test('numbers in the variables of a request are handed on as they are written', async () => {
  const { world, desk } = await givenServedWorld()
  await givenFlow(world)
  const variables = `{"input":{"actions":[${action(numbers)}],"serviceLevel":1.0e2}}`
  const answer = await askWritten(world, `{"query":${JSON.stringify(mutation)},"variables":${variables}}`)
  expect(answer).toMatchObject(stored)
  expect(await sentBody(world, desk)).toBe(numbers)
})

test('numbers in the variables of a message of a WebSocket are handed on as they are written', async () => {
  const { world, desk } = await givenServedWorld()
  await givenFlow(world)
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const received: string[] = []
  const answered = new Promise<string>((resolve, reject) => {
    socket.onerror = () => reject(new Error('the socket failed'))
    socket.onopen = () => socket.send('{"type":"connection_init"}')
    socket.onmessage = ({ data }) => {
      received.push(String(data))
      if (String(data).includes('connection_ack')) {
        const payload = `{"query":${JSON.stringify(mutation)},"variables":{"input":{"actions":[${action(numbers)}]}}}`
        socket.send(`{"id":"1","type":"subscribe","payload":${payload}}`)
      } else resolve(String(data))
    }
  })
  expect(JSON.parse(await answered)).toMatchObject({ payload: stored })
  socket.close()
  expect(await sentBody(world, desk)).toBe(numbers)
})

test('numbers in the document itself are handed on as they are written', async () => {
  const { world, desk } = await givenServedWorld()
  await givenFlow(world)
  const inline = numbers.replace(/"(\w+)":/g, '$1:')
  const document = mutation
    .replace('($input: CampaignUpdateInput!)', '($n: JSON)')
    .replace(
      '$input',
      `{ actions: [{ type: WEBHOOK_SEND, option: { url: "https://example.com/", data: { of: ${inline}, n: $n } } }] }`,
    )
  await askWritten(world, `{"query":${JSON.stringify(document)},"variables":{"n":12345678901234567891}}`)
  expect(await sentBody(world, desk)).toBe(`{"of":${numbers},"n":12345678901234567891}`)
})

test('numbers in data that is given as text are handed on as they are written, spaces too', async () => {
  const { world, desk } = await givenServedWorld()
  const text = numbers.replaceAll(',', ' ,\n ')
  await givenFlow(world, text)
  const data = JSON.stringify(
    `{ "all": [1.0, 12345678901234567890], "id":"{{target.data.id}}", "big":"{{target.data.big}}" }`,
  )
  const answer = await askWritten(
    world,
    `{"query":${JSON.stringify(mutation)},"variables":{"input":{"actions":[${action(data)}]}}}`,
  )
  expect(answer).toMatchObject({ data: { campaignUpdate: { userErrors: [] } } })
  expect(await sentBody(world, desk)).toBe(
    '{ "all": [1.0, 12345678901234567890], "id":"12345678901234567890", "big":"1e400" }',
  )
})

test('a long number that is the whole data of a webhook is refused', async () => {
  const { world } = await givenServedWorld()
  await givenFlow(world)
  const variables = `{"input":{"actions":[${action('12345678901234567890')}]}}`
  const answer = await askWritten(world, `{"query":${JSON.stringify(mutation)},"variables":${variables}}`)
  expect(answer).toMatchObject({
    data: { campaignUpdate: { userErrors: [{ message: expect.stringContaining('in an object, a list or a text') }] } },
  })
})

test('a long id that a condition compares with is compared as it is written', async () => {
  const { world, desk } = await givenServedWorld()
  await givenFlow(world, numbers)
  const otherId = '33333333-3333-4333-8333-333333333333'
  const condition = (valueType: string, value: string) =>
    `{"type":"CONDITION_VARIABLE","option":{"variable":"target.data.id","condition":"==","valueType":"${valueType}","value":${value},"falseTargetId":"${otherId}"}}`
  const steps = [
    condition('string', '12345678901234567890'),
    condition('number', '12345678901234567890'),
    condition('number', '12345678901234567891'),
    '{"type":"STOP"}',
    action('{"unlike":true}').replace('{', `{"id":"${otherId}",`),
  ]
  const variables = `{"input":{"actions":[${steps.join(',')}]}}`
  const answer = await askWritten(world, `{"query":${JSON.stringify(mutation)},"variables":${variables}}`)
  expect(answer).toMatchObject({ data: { campaignUpdate: { userErrors: [] } } })
  expect(await sentBody(world, desk)).toBe('{"unlike":true}')
  expect((await outcomesOf(world, campaignId))[0]?.slice(0, 3)).toEqual(['true', 'true', 'false'])
})

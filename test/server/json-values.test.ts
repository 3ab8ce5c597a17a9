import { expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { countJsonValues } from '../../src/server/json-values.ts'
import { post, startServer } from './start-server.ts'

test.each([
  ['5', 0],
  ['[]', 1],
  ['[1,2,3]', 3],
  ['{"a":1,"b":[2,{"c":null}]}', 5],
  ['{"a":"[,{"}', 1],
  [String.raw`["\"[,{","\\",[]]`, 4],
  [String.raw`["\\\\",{}]`, 3],
  ['["an end that is missing, [,{', 1],
  ['', 0],
])('%s has %i values', (text, count) => {
  expect(countJsonValues(text, 100)).toBe(count)
})

test('values are counted no further than just beyond the limit', () => {
  expect(countJsonValues('['.repeat(1000), 10)).toBe(11)
})

test.each([
  ['brackets', '['.repeat(limits.requestValuesMax + 1)],
  ['objects', `[${'{},'.repeat(limits.requestValuesMax)}{}]`],
  ['a list in the variables', `{"variables":{"a":[${'1,'.repeat(limits.requestValuesMax)}1]}}`],
])('a body of too many values is not read: %s', async (_what, body) => {
  const { graphql, calls } = await startServer()
  const answer = await post(graphql, body)
  expect(answer.status).toBe(413)
  expect(answer.json()).toEqual({
    errors: [{ message: 'The body of a request has at most 100000 values.', extensions: { code: 'TOO_LARGE' } }],
  })
  expect(calls).toEqual([])
})

test('a body of a thousand targets with all that they may have is read', async () => {
  const destination = { type: 'TEL', target: '+12025550100', targetName: '', name: '', detail: '' }
  const target = { id: 'a', name: '', detail: '', data: '{"a": [1, 2, 3]}', destinations: Array(5).fill(destination) }
  const { graphql } = await startServer({ outdialTargets: { add: async () => ({ value: null, errors: [] }) } })
  const query =
    'mutation ($targets: [OutdialTargetInput!]!) { outdialTargetsAdd(outdialId: "o", targets: $targets) { userErrors { code } } }'
  const answer = await post(graphql, { query, variables: { targets: Array(1000).fill(target) } })
  expect(answer.json()).toEqual({ data: { outdialTargetsAdd: { userErrors: [] } } })
})

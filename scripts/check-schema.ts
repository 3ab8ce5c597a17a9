/** Fails when schema.graphql is not what the code prints. */
import { readFileSync } from 'node:fs'
import { printedSchema } from '../src/graphql/schema.ts'

if (readFileSync('schema.graphql', 'utf8') !== printedSchema()) {
  console.error('schema.graphql is not what the code prints: run `npm run schema`.')
  process.exit(1)
}
console.log('schema.graphql is what the code prints')

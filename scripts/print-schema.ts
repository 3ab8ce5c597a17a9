import { writeFileSync } from 'node:fs'
import { printedSchema } from '../src/graphql/schema.ts'

/** Writes schema.graphql, which a test compares with the schema. */
writeFileSync(new URL('../schema.graphql', import.meta.url), printedSchema())

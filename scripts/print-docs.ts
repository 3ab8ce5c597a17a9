import { writeFileSync } from 'node:fs'
import { generatedDocs } from './generated-docs.ts'

/** Writes the tables of the documents that are printed from code. */
for (const { path, wanted } of generatedDocs()) writeFileSync(path, wanted)

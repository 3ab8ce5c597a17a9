/**
 * Tables of the documents that are printed from code. Each stands between two comments, `<!-- printed: name -->` and
 * `<!-- end -->`; `npm run docs` writes it, and `npm run check` fails when the document differs.
 */
import { readFileSync } from 'node:fs'
import { type VariableName, variableNames } from '../src/config.ts'
import { type Layer, layers } from './layers.ts'
import { defaultOf, variableDocs } from './variables.ts'

interface Printed {
  readonly path: string
  readonly name: string
  readonly print: () => string
}

const names = variableNames as readonly VariableName[]

const all: readonly Printed[] = [
  { path: 'CONTRIBUTING.md', name: 'layers', print: layerTable },
  { path: 'README.md', name: 'variables', print: shortVariableTable },
  { path: 'docs/configuration.md', name: 'variables', print: variableTable },
]

/** Each document with what it says now and what it has to say. Throws where a document lacks the comments. */
export function generatedDocs(): { readonly path: string; readonly current: string; readonly wanted: string }[] {
  return all.map(({ path, name, print }) => {
    const current = readFileSync(path, 'utf8')
    return { path, current, wanted: withTable(path, current, name, print()) }
  })
}

function withTable(path: string, text: string, name: string, table: string): string {
  const start = `<!-- printed: ${name} -->\n`
  const from = text.indexOf(start)
  const to = text.indexOf('\n<!-- end -->', from)
  if (from < 0 || to < 0) throw new Error(`${path} has no ${start.trim()} with an <!-- end --> after it`)
  return `${text.slice(0, from)}${start}${table}${text.slice(to)}`
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const [head = '', ...body] = rows.map((row) => `| ${row.join(' | ')} |`)
  const rule = `|${'---|'.repeat(rows[0]?.length ?? 0)}`
  return [head, rule, ...body].join('\n')
}

function layerTable(): string {
  const every = Object.keys(layers) as Layer[]
  const allowed = (layer: Layer) => {
    const { mayImport } = layers[layer]
    if (mayImport.length === every.length) return 'anything'
    return mayImport.length === 0 ? 'nothing' : mayImport.join(', ')
  }
  const rows = every.map((layer) => [`\`${layer}\``, allowed(layer), layers[layer].purpose])
  return tableOf([['layer', 'may import', 'what it does'], ...rows])
}

function variableTable(): string {
  const rows = names.map((name) => {
    const { values, meaning } = variableDocs[name]
    return [`\`${name}\``, defaultOf(name), values, meaning]
  })
  return tableOf([['variable', 'default', 'values', 'meaning'], ...rows])
}

function shortVariableTable(): string {
  const rows = names.flatMap((name) => {
    const { short } = variableDocs[name]
    return short === undefined ? [] : [[`\`${name}\``, short.default ?? defaultOf(name), short.meaning]]
  })
  return tableOf([['variable', 'default', 'meaning'], ...rows])
}

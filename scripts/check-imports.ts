/**
 * Holds the layers apart: who may import whom, which package belongs where, and no cycles. Types-only imports,
 * re-exports and dynamic imports count like any other.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseSync } from 'oxc-parser'
import { isLayer, layers } from './layers.ts'

const packageHomes: readonly { readonly packages: RegExp; readonly layers: readonly string[] }[] = [
  { packages: /^(drizzle-orm|better-sqlite3)(\/|$)/, layers: ['store'] },
  { packages: /^(graphql|graphql-.*|@pothos\/.*|@graphql-yoga\/.*)(\/|$)/, layers: ['graphql', 'server'] },
  { packages: /^ws$/, layers: ['server', 'telephony'] },
  { packages: /^(nodemailer|smpp)(\/|$)/, layers: ['sending'] },
]
/** What only these may touch: time, chance, identity and the environment are handed to everybody else. */
const forbidden: readonly { readonly name: string; readonly pattern: RegExp; readonly files: RegExp }[] = [
  {
    name: 'the clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    files: /^src\/kernel\/effects\.ts$/,
  },
  { name: 'chance', pattern: /\bMath\.random\(|\brandomUUID\b|\brandomBytes\b/, files: /^src\/kernel\/effects\.ts$/ },
  { name: 'timers', pattern: /\bset(Timeout|Interval|Immediate)\(/, files: /^src\/kernel\/(simulated-)?effects\.ts$/ },
  { name: 'process.env', pattern: /\bprocess\.env\b/, files: /^src\/config\.ts$/ },
]

/** What is SQLite's is for those who open, copy and examine a database; all others know the contract of the store. */
const sqlite = 'src/store/sqlite/'
const sqliteUsers: readonly string[] = ['store', 'cli', 'dialgraph']

const files = (readdirSync('src', { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name}`)
  .sort()
const problems: string[] = []
const graph = new Map<string, string[]>()
const layerOf = (file: string) => (file.split('/')[1] ?? '').replace(/\.ts$/, '')

for (const file of files) {
  const text = readFileSync(file, 'utf8')
  const { module, errors } = parseSync(file, text)
  for (const error of errors) problems.push(`${file}: ${error.message}`)
  const sources = [
    ...module.staticImports.map((of) => of.moduleRequest.value),
    ...module.staticExports.flatMap((of) => of.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map((of) =>
      text.slice(of.moduleRequest.start, of.moduleRequest.end).replace(/^['"`]|['"`]$/g, ''),
    ),
  ]
  const local: string[] = []
  for (const source of new Set(sources)) {
    if (source.startsWith('.')) local.push(normalize(join(dirname(file), source)))
    else checkPackage(file, source)
  }
  graph.set(file, local)
  for (const target of local) checkLayer(file, target)
  for (const { name, pattern, files: home } of forbidden) {
    if (!home.test(file) && pattern.test(text))
      problems.push(`${file}: ${name} is used here; it belongs to ${home.source}`)
  }
}

function checkLayer(file: string, target: string): void {
  const [from, to] = [layerOf(file), layerOf(target)]
  if (!files.includes(target)) problems.push(`${file}: imports ${target}, which is not a module of src`)
  else if (!isLayer(from)) problems.push(`${file}: ${from} is not in the table of layers`)
  else if (from !== to && !layers[from].mayImport.some((layer) => layer === to))
    problems.push(`${file}: ${from} may not import ${to} (${target})`)
  else if (target.startsWith(sqlite) && !sqliteUsers.includes(from))
    problems.push(`${file}: ${from} may only import the contract of the store (${target})`)
}

function checkPackage(file: string, source: string): void {
  const home = packageHomes.find(({ packages }) => packages.test(source))
  if (home && !home.layers.includes(layerOf(file)))
    problems.push(`${file}: ${source} belongs to ${home.layers.join(' and ')}`)
}

/** Depth first; a module met again while it is still open closes a cycle. */
function findCycles(): void {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
      return
    }
    state.set(file, 'open')
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
}

findCycles()
if (files.length === 0) problems.push('no module was looked at')
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`${files.length} modules import what they may`)

/**
 * Fails when a document, the schema or a comment points to a file or a heading that does not exist, and when a table of a
 * document is not what the code prints.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generatedDocs } from './generated-docs.ts'

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path))
const anchors = new Map<string, ReadonlySet<string>>()
const problems = [...tracked.flatMap(problemsOf), ...problemsOfTables()]

/** The anchors of a document, as forges make them of its headings. */
function anchorsOf(path: string): ReadonlySet<string> {
  let found = anchors.get(path)
  if (found === undefined) {
    const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)
    found = new Set([...headings].map(([, heading = '']) => anchorOf(heading)))
    anchors.set(path, found)
  }
  return found
}

function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '')
  return text.trim().replaceAll(' ', '-')
}

function problemsOf(path: string): string[] {
  const isDocument = path.endsWith('.md')
  if (!isDocument && !/\.(ts|mjs|js|graphql|html|css)$/.test(path)) return []
  const text = readFileSync(path, 'utf8')
  const named = [...text.matchAll(/(?<![\w/.-])(?:docs\/[\w./-]+|README|CONTRIBUTING|CHANGELOG)\.md(#[\w-]+)?/g)]
  const linked = isDocument ? [...text.matchAll(/\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)/g)] : []
  const targets = [
    ...named.map(([whole, hash]) => ({ target: whole.replace(/#.*$/, ''), hash })),
    ...linked.map(([, to = '', hash]) => ({ target: to === '' ? path : join(dirname(path), to), hash })),
  ]
  return targets.flatMap(({ target, hash }) => {
    if (!existsSync(target)) return [`${path}: there is no ${target}`]
    if (hash === undefined || !target.endsWith('.md') || anchorsOf(target).has(hash.slice(1))) return []
    return [`${path}: ${target} has no heading ${hash}`]
  })
}

function problemsOfTables(): string[] {
  return generatedDocs().flatMap(({ path, current, wanted }) =>
    current === wanted ? [] : [`${path} has a table that is not what the code prints: run \`npm run docs\``],
  )
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log('every reference to a document resolves, and every table is what the code prints')

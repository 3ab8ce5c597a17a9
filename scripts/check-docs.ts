/**
 * Fails when a document, the schema or a comment points to a file or a heading that is not there, and when
 * docs/configuration.md does not list the environment variables that the program reads.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { variableNames } from '../src/config.ts'

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path))
const anchors = new Map<string, ReadonlySet<string>>()
const problems = [...tracked.flatMap(problemsOf), ...problemsOfVariables()]

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

function problemsOfVariables(): string[] {
  const path = 'docs/configuration.md'
  const rows = new Set([...readFileSync(path, 'utf8').matchAll(/^\| `(DIALGRAPH_\w+)` \|/gm)].map(([, name]) => name))
  const missing = variableNames.filter((name) => !rows.has(name)).map((name) => `${path} does not list ${name}`)
  const known = new Set<string | undefined>(variableNames)
  return [
    ...missing,
    ...[...rows].filter((name) => !known.has(name)).map((name) => `${path} lists ${name}, which is none`),
  ]
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log('every reference to a document resolves, and every variable is listed')

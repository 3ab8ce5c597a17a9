/**
 * Makes a release: `npm run release -- <version | major | minor | patch> [--write]`. Sets the version, turns the section
 * "Unreleased" of CHANGELOG.md into that of the version, commits both and tags the commit. Without --write it changes nothing
 * and prints what it would do. It refuses a working tree with changes, and pushes nothing.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { nextVersion, releaseChangelog } from './changelog.ts'

const [bump = '', ...options] = process.argv.slice(2)
const write = options.includes('--write')

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim()
}

/** Sets the version in package.json and, twice, in package-lock.json, and leaves every other byte as it is. */
function setVersion(path: string, current: string, version: string, times: number): void {
  let found = 0
  const text = readFileSync(path, 'utf8').replaceAll(`"version": "${current}"`, (whole) =>
    found++ < times ? `"version": "${version}"` : whole,
  )
  if (found < times) throw new Error(`${path} does not name the version ${current} ${times} times.`)
  writeFileSync(path, text)
}

function release(): void {
  if (bump === '' || options.some((option) => option !== '--write'))
    throw new Error('Usage: npm run release -- <version | major | minor | patch> [--write]')
  const { version: current } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const version = nextVersion(current, bump)
  const tag = `v${version}`
  const changes = git('status', '--porcelain')
  if (changes !== '') throw new Error(`The working tree has changes; commit them or put them aside first:\n${changes}`)
  if (git('tag', '--list', tag) !== '') throw new Error(`There is a tag ${tag} already.`)
  const date = new Date().toISOString().slice(0, 10)
  const { text, notes } = releaseChangelog(readFileSync('CHANGELOG.md', 'utf8'), version, date)
  if (!write) {
    console.log(`Would release ${version} (now ${current}) as ${tag}, with these notes:\n\n${notes}\n`)
    console.log('Nothing was changed. Add --write to set the version, write CHANGELOG.md, commit and tag.')
    return
  }
  setVersion('package.json', current, version, 1)
  setVersion('package-lock.json', current, version, 2)
  writeFileSync('CHANGELOG.md', text)
  git('commit', '--quiet', '--all', '--message', `Release ${version}`)
  git('tag', '--annotate', '--cleanup=verbatim', tag, '--message', `Dialgraph ${version}\n\n${notes}`)
  console.log(`Committed and tagged ${tag}. To publish it: git push --follow-tags`)
}

try {
  release()
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

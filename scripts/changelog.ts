/**
 * Turns the section "Unreleased" of a changelog (Keep a Changelog) into that of a version, and begins a new one. `date` is
 * YYYY-MM-DD. Returns the new text and the notes of the release. Throws where there is nothing to release, where the version
 * has a section already, and where the section does not say under "Upgrading" what an operator has to do.
 */
export function releaseChangelog(
  text: string,
  version: string,
  date: string,
): { readonly text: string; readonly notes: string } {
  const heading = '## [Unreleased]\n'
  const from = text.indexOf(heading)
  if (from < 0) throw new Error('CHANGELOG.md has no section "## [Unreleased]".')
  if (text.includes(`\n## [${version}]`)) throw new Error(`CHANGELOG.md has a section for ${version} already.`)
  const bodyAt = from + heading.length
  const next = text.indexOf('\n## [', bodyAt)
  const notes = text.slice(bodyAt, next < 0 ? undefined : next).trim()
  const upgrading = /^### Upgrading\n([\s\S]*?)(?=^### |$(?![\s\S]))/m.exec(notes)
  if (upgrading === null || upgrading[1]?.trim() === '') {
    throw new Error(
      'The section "Unreleased" has to say under "### Upgrading" what an operator has to do, or "Nothing.".',
    )
  }
  if (notes.replace(upgrading[0], '').trim() === '') throw new Error('The section "Unreleased" names no change.')
  const rest = next < 0 ? '' : text.slice(next)
  return { text: `${text.slice(0, bodyAt)}\n## [${version}] - ${date}\n\n${notes}\n${rest}`, notes }
}

/** The version after another: `bump` is a version by itself, or which of its parts rises. Throws for anything else. */
export function nextVersion(current: string, bump: string): string {
  const [major = 0, minor = 0, patch = 0] = current.split('.').map(Number)
  switch (bump) {
    case 'major':
      return `${major + 1}.0.0`
    case 'minor':
      return `${major}.${minor + 1}.0`
    case 'patch':
      return `${major}.${minor}.${patch + 1}`
    default:
      if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(bump))
        throw new Error(`${bump} is not a version such as 1.2.3, nor major, minor or patch.`)
      return bump
  }
}

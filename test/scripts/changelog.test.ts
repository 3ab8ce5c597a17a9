import { describe, expect, test } from 'vitest'
import { nextVersion, releaseChangelog } from '../../scripts/changelog.ts'

const earlier = '## [0.1.0] - 2026-01-05\n\n### Added\n\n- Campaigns.\n'
const unreleased = '### Upgrading\n\nNothing.\n\n### Added\n\n- Queues.\n'
const changelog = (section: string) => `# Changelog\n\n## [Unreleased]\n\n${section}\n${earlier}`

describe('releaseChangelog', () => {
  test('gives the unreleased changes to the version and begins an empty section above it', () => {
    const { text, notes } = releaseChangelog(changelog(unreleased), '0.2.0', '2026-02-03')
    expect(text).toBe(`# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n${unreleased}\n${earlier}`)
    expect(notes).toBe(unreleased.trim())
  })

  test('releases a changelog that has no earlier version', () => {
    const { text } = releaseChangelog(`## [Unreleased]\n\n${unreleased}`, '0.1.0', '2026-02-03')
    expect(text).toBe(`## [Unreleased]\n\n## [0.1.0] - 2026-02-03\n\n${unreleased}`)
  })

  test.each([
    ['there is no unreleased section', `# Changelog\n\n${earlier}`, 'no section'],
    ['nothing is said about upgrading', changelog('### Added\n\n- Queues.\n'), 'Upgrading'],
    ['the section about upgrading is empty', changelog('### Upgrading\n\n### Added\n\n- Queues.\n'), 'Upgrading'],
    [
      'an empty section about upgrading is the last one',
      changelog('### Added\n\n- Queues.\n\n### Upgrading\n'),
      'Upgrading',
    ],
    ['no change is named', changelog('### Upgrading\n\nNothing.\n'), 'names no change'],
  ])('refuses when %s', (_, text, message) => {
    expect(() => releaseChangelog(text, '0.2.0', '2026-02-03')).toThrow(message)
  })

  test('refuses a version that has a section already', () => {
    expect(() => releaseChangelog(changelog(unreleased), '0.1.0', '2026-02-03')).toThrow('already')
  })
})

describe('nextVersion', () => {
  test.each([
    ['major', '2.0.0'],
    ['minor', '1.3.0'],
    ['patch', '1.2.4'],
    ['1.4.0', '1.4.0'],
  ])('after 1.2.3 by %s is %s', (bump, version) => {
    expect(nextVersion('1.2.3', bump)).toBe(version)
  })

  test.each(['', 'v1.2.3', '1.2', '01.2.3', '1.2.3-beta', 'big'])('refuses "%s"', (bump) => {
    expect(() => nextVersion('1.2.3', bump)).toThrow('is not a version')
  })
})

import { describe, expect, test } from 'vitest'
import { barLine, createProgress } from '../../src/cli/progress.ts'

/** A terminal that keeps what it is told, and how wide it is can be changed. */
function givenStream({ isTTY = true, columns = 60 } = {}) {
  const written: string[] = []
  const write = (text: string) => {
    written.push(text)
    return true
  }
  return { stream: { isTTY, columns, write }, text: () => written.join('') }
}

const notes = ['reached 203', 'left 196', 'busy 12/12', 'talking 12', 'dialing 12', 'failed 101']

describe('a bar', () => {
  test.each([20, 40, 59, 79, 119, 200])('fits into %d columns', (columns) => {
    expect(barLine(0.42, notes, columns).length).toBeLessThanOrEqual(columns)
  })

  test('shows the notes that it has room for, the most important first', () => {
    expect(barLine(0.5, notes, 59)).toBe('█████░░░░░  50% | reached 203 | left 196 | busy 12/12')
    expect(barLine(1, notes, 30)).toBe('██████████ 100% | reached 203')
    expect(barLine(0, notes, 119)).toMatch(/^░{30} {3}0% \| reached 203 .+ failed 101$/)
  })

  test('shows less than nothing as nothing, and more than all as all', () => {
    expect([barLine(-1, [], 15), barLine(7, [], 15)]).toEqual(['░░░░░░░░░░   0%', '██████████ 100%'])
  })
})

describe('progress', () => {
  test('is drawn once for each change, over what was drawn before', () => {
    const { stream, text } = givenStream({ columns: 16 })
    const progress = createProgress(stream)
    for (const share of [0, 0, 1]) progress.show(share, [])
    expect(text()).toBe('\x1b[1G░░░░░░░░░░   0%\x1b[0K\x1b[1G██████████ 100%\x1b[0K')
  })

  test('is drawn as wide as the terminal is then', () => {
    const { stream, text } = givenStream({ columns: 120 })
    const progress = createProgress(stream)
    progress.show(0.1, notes)
    stream.columns = 40
    progress.show(0.2, notes)
    const [, wide = '', narrow = ''] = text().split('\x1b[1G')
    expect([wide.includes('failed 101'), narrow.includes('failed 101')]).toEqual([true, false])
    expect(narrow.replace('\x1b[0K', '').length).toBeLessThan(40)
  })

  test('stays under the lines that are written meanwhile', () => {
    const { stream, text } = givenStream({ columns: 16 })
    const progress = createProgress(stream)
    progress.show(0, [])
    progress.line('line 4: no good')
    progress.stop()
    expect(text()).toBe('\x1b[1G░░░░░░░░░░   0%\x1b[0K\x1b[1G\x1b[0Kline 4: no good\n░░░░░░░░░░   0%\n')
  })

  test('is not drawn again once it was stopped', () => {
    const { stream, text } = givenStream()
    const progress = createProgress(stream)
    progress.show(0.1, notes)
    progress.stop()
    const before = text()
    progress.show(0.2, notes)
    progress.stop()
    expect(text()).toBe(before)
  })

  test('leaves lines alone where there is no terminal', () => {
    const { stream, text } = givenStream({ isTTY: false })
    const progress = createProgress(stream)
    progress.show(0.1, notes)
    progress.line('line 4: no good')
    progress.show(0.2, notes)
    progress.stop()
    expect(text()).toBe('line 4: no good\n')
  })
})

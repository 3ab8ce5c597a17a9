import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { defects } from './defects/all.ts'
import { untimed } from './hold.ts'
import { assertFits, plant } from './planted.ts'
import { runSeeds } from './pool.ts'

const count = (letter: string, last: number) => Array.from({ length: last }, (_, i) => `${letter}${i + 1}`)

test('there is a deliberate defect for every invariant', () => {
  const meant = new Set(defects.map((defect) => defect.meant))
  const all = [
    ...count('I', 12),
    ...count('A', 4),
    ...count('C', 5),
    ...count('L', 4),
    ...count('N', 8),
    ...count('S', 3),
    'P6',
    'P7',
    'P8',
  ]
  expect([...meant]).toEqual(expect.arrayContaining(all))
})

test('every deliberate defect fits the sources', () => {
  for (const defect of defects) expect(() => assertFits(defect), defect.name).not.toThrow()
})

// All of them are tried by `npm run sim:defects`; some in every run, so that it is noticed when the checker goes blind.
test.each([
  'sends every request twice',
  'takes calls for ended when the connection to Asterisk is lost',
  'takes a request to FreeSWITCH without an answer for one that was refused',
])(
  'the checker finds a dialer that %s',
  async (name) => {
    const defect = defects.find((of) => of.name === name)
    if (defect === undefined) throw new Error(`no defect is named ${name}`)
    const root = plant(defect)
    const found = new Set<string>()
    try {
      await runSeeds({
        root,
        tasks: Array.from({ length: 100 }, (_, i) => ({ carrier: defect.carrier, seed: i + 1 })),
        workers: 1,
        report({ findings }) {
          for (const finding of findings) found.add(finding.slice(0, finding.indexOf(':')))
          return !found.has(defect.meant)
        },
      })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
    expect(found).toContain(defect.meant)
  },
  untimed,
)

test('an edit that fits nowhere is an error, not a defect that is never found', () => {
  const edits = [{ file: 'src/engine/dispatcher.ts', find: 'what is not there', replace: '' }]
  expect(() => plant({ name: 'nothing', carrier: 'simulator', meant: 'I1', edits })).toThrow(/0 times/)
})

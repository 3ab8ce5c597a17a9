import { describe, expect, test } from 'vitest'
import type { OutdialTarget } from '../../src/domain/outdial-target.ts'
import type { DueBefore } from '../../src/store/contract/outdials.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { anOutdial, aTarget, customerId, givenStore, number, planOf } from './support.ts'

async function givenList(targets: readonly Partial<OutdialTarget>[], store: Store = givenStore().store) {
  const outdial = await store.transact('ALL', async (tx) => {
    const inserted = await tx.outdials.insert(anOutdial())
    for (const target of targets) await tx.outdialTargets.insert(aTarget(inserted.id, target))
    return inserted
  })
  const due = async (before: DueBefore, limit = 100) =>
    (await store.read.outdialTargets.due(customerId, outdial.id, before, limit)).map((target) => target.name)
  const timesOf = async (before: DueBefore) =>
    (await store.read.outdialTargets.dueTimes(customerId, [{ outdialId: outdial.id, ...before }]))[0]
  return { store, outdial, due, timesOf }
}

const tried = (name: string, lastAttemptAt: number, of: Partial<OutdialTarget> = {}) => ({ name, lastAttemptAt, ...of })
const fresh = (name: string, of: Partial<OutdialTarget> = {}) => ({ name, ...of })

describe('who is due', () => {
  test('comes never tried first, in the order of adding, then by the end of the last attempt', async () => {
    const { due } = await givenList([tried('c', 30), fresh('a'), tried('d', 10), fresh('b'), tried('e', 30)])
    expect(await due({ known: 30, unknown: 30 })).toEqual(['a', 'b', 'd', 'c', 'e'])
  })

  test('is whose last attempt ended exactly then, but not a millisecond later', async () => {
    const { due } = await givenList([tried('then', 100), tried('later', 101)])
    expect(await due({ known: 100, unknown: 0 })).toEqual(['then'])
    expect(await due({ known: 101, unknown: 0 })).toEqual(['then', 'later'])
    expect(await due({ known: 99, unknown: 0 })).toEqual([])
  })

  test('is due at a moment of its own after an end that is not known', async () => {
    const { due } = await givenList([tried('known', 100), tried('unknown', 100, { lastUnknown: true })])
    expect(await due({ known: 100, unknown: 99 })).toEqual(['known'])
    expect(await due({ known: 99, unknown: 100 })).toEqual(['unknown'])
  })

  test('keeps the order over both kinds, and its limit', async () => {
    const unknown = { lastUnknown: true }
    const { due } = await givenList([tried('d', 40), tried('a', 10, unknown), tried('b', 20), tried('c', 30, unknown)])
    expect(await due({ known: 50, unknown: 50 })).toEqual(['a', 'b', 'c', 'd'])
    expect(await due({ known: 50, unknown: 50 }, 2)).toEqual(['a', 'b'])
  })

  test('is only who is idle and not deleted, in that list', async () => {
    const { store, due } = await givenList([
      fresh('progressing', { status: 'PROGRESSING' }),
      fresh('done', { status: 'DONE' }),
      fresh('deleted', { deletedAt: 5 }),
      fresh('idle'),
    ])
    await givenList([fresh('of another list')], store)
    expect(await due({ known: 0, unknown: 0 })).toEqual(['idle'])
  })

  test('is not held up by those who are not due, however many are before them', async () => {
    const waiting = Array.from({ length: 50 }, (_, i) => tried(`waiting ${i}`, 1000 + i))
    const { due } = await givenList([...waiting, tried('due', 10)])
    expect(await due({ known: 10, unknown: 10 }, 1)).toEqual(['due'])
  })

  test('comes with all destinations, in the order of their index', async () => {
    const destinations = [3, 1].map((index) => ({
      index,
      address: number(`+1202555010${index}`),
      tryCount: index,
      unusable: index === 3,
    }))
    const { store, outdial } = await givenList([fresh('a', { destinations })])
    const [found] = await store.read.outdialTargets.due(customerId, outdial.id, { known: 0, unknown: 0 }, 1)
    expect(found?.destinations).toEqual(destinations.toReversed())
  })
})

describe('who waits', () => {
  test('has waited since the earliest end that is not due yet', async () => {
    const { timesOf } = await givenList([
      fresh('never tried'),
      tried('due', 100),
      tried('later', 300),
      tried('sooner', 200),
      tried('unknown', 150, { lastUnknown: true }),
    ])
    expect(await timesOf({ known: 100, unknown: 100 })).toEqual({ isDue: true, known: 200, unknown: 150 })
    expect(await timesOf({ known: 200, unknown: 150 })).toEqual({ isDue: true, known: 300, unknown: null })
    expect(await timesOf({ known: 300, unknown: 150 })).toEqual({ isDue: true, known: null, unknown: null })
  })

  test('is not who was never tried, whatever the interval', async () => {
    const { timesOf } = await givenList([fresh('never tried')])
    expect(await timesOf({ known: -5000, unknown: -5000 })).toEqual({ isDue: false, known: null, unknown: null })
  })

  test('is not who is done, deleted or has a call in flight', async () => {
    const { timesOf } = await givenList([
      tried('done', 200, { status: 'DONE' }),
      tried('deleted', 200, { deletedAt: 5 }),
      tried('in flight', 200, { status: 'PROGRESSING' }),
    ])
    expect(await timesOf({ known: 100, unknown: 100 })).toEqual({ isDue: false, known: null, unknown: null })
  })
})

describe('the statements of the claim', () => {
  /** The statements that a call runs, by how SQLite carries them out. */
  async function plansOf(run: (of: Awaited<ReturnType<typeof givenList>>) => Promise<unknown>) {
    const statements: string[] = []
    const { store, file } = givenStore({ onStatement: (sql) => statements.push(sql) })
    const list = await givenList([fresh('a'), tried('b', 10)], store)
    statements.length = 0
    await run(list)
    return statements.map((statement) => planOf(file, statement))
  }
  const byIndex =
    /^SEARCH outdial_target USING (COVERING )?INDEX outdial_target_claim \(outdial_id=\? AND last_unknown=\? AND last_attempt_at[<>]\?\)$/

  test('find who is due by the partial index alone, without a sort', async () => {
    const [known, unknown, destinations, ...others] = await plansOf(({ due }) => due({ known: 10, unknown: 10 }))
    expect(others).toEqual([])
    expect(known).toEqual([expect.stringMatching(byIndex)])
    expect(unknown).toEqual(known)
    expect(destinations?.join()).toMatch(/^SEARCH destination USING PRIMARY KEY/)
    expect(destinations?.filter((step) => step.startsWith('SCAN destination'))).toEqual([])
  })

  test('find who waits by the partial index alone, without a sort', async () => {
    const [plan, ...others] = await plansOf(({ timesOf }) => timesOf({ known: 5, unknown: 5 }))
    expect(others).toEqual([])
    const searches = plan?.filter((step) => step.includes('outdial_target'))
    expect(searches).toEqual(Array(4).fill(expect.stringMatching(byIndex)))
  })

  test('go through a batch of the list by its index', async () => {
    const [batch] = await plansOf(({ store, outdial }) =>
      store.read.outdialTargets.batch(customerId, outdial.id, 0, 10),
    )
    expect(batch).toEqual(['SEARCH outdial_target USING INDEX outdial_target_kept (outdial_id=? AND position>?)'])
  })

  test('would be told apart from a scan', () => {
    const { file } = givenStore()
    expect(planOf(file, "select * from outdial_target where status = 'IDLE'")).toEqual(['SCAN outdial_target'])
  })
})

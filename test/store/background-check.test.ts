import { expect, test } from 'vitest'
import type { StorageFailure } from '../../src/kernel/errors.ts'
import type { CheckOutcome } from '../../src/store/sqlite/background-check.ts'
import { addOutplans, rootPageOf, spoilPages, startErrorOf } from './files.ts'
import { anOutdial, aTarget, connectTo, customerId, givenStore } from './support.ts'

/** A file with a list of targets, whose tables begin at these pages. */
async function givenList() {
  const { store, file } = givenStore()
  await store.transact('ALL', async (tx) => {
    const { id } = await tx.outdials.insert(anOutdial())
    for (let i = 0; i < 200; i++) await tx.outdialTargets.insert(aTarget(id))
  })
  await addOutplans(store, 20)
  await store.close()
  const client = connectTo(file, true)
  const pages = { targets: rootPageOf(client, 'outdial_target'), outplans: rootPageOf(client, 'outplan') }
  client.close()
  return { file, pages }
}

/** The file opened as one that is too large to be checked before it is used. */
function openLarge(file: string) {
  const broken: StorageFailure[] = []
  let tell = (_outcome: CheckOutcome) => {}
  const outcome = new Promise<CheckOutcome>((resolve) => {
    tell = resolve
  })
  const onBroken = (failure: StorageFailure) => void broken.push(failure)
  const { store } = givenStore({ file, create: false, checkedFirstBytesMax: 0, onBroken, onChecked: (of) => tell(of) })
  return { store, outcome, broken }
}

const read = (store: ReturnType<typeof openLarge>['store']) => store.read.outplans.byId(customerId, 'none')

test('a large file is used at once, and checked beside the work', async () => {
  const { file } = await givenList()
  const { store, outcome, broken } = openLarge(file)
  await addOutplans(store, 1)
  expect(await outcome).toBe('SOUND')
  expect(broken).toEqual([])
})

test('damage that is found beside the work is told of, and nothing is done with the file after it', async () => {
  const { file, pages } = await givenList()
  spoilPages(file, pages.targets)
  const { store, outcome, broken } = openLarge(file)
  await read(store)
  expect(await outcome).toBe('DAMAGED')
  expect(broken).toMatchObject([{ kind: 'DAMAGED', message: expect.stringContaining('dialgraph restore') }])
  await expect(read(store)).rejects.toBe(broken[0])
})

test('damage in what decides about dialing is found before a large file is used', async () => {
  const { file, pages } = await givenList()
  spoilPages(file, pages.outplans)
  expect(startErrorOf(() => openLarge(file)).exitCode).toBe(65)
})

test('the check of a large file ends with the store', async () => {
  const { file } = await givenList()
  const { store, outcome } = openLarge(file)
  await store.close()
  let told = false
  outcome.then(() => {
    told = true
  })
  const { outcome: other } = openLarge(file)
  expect(await other).toBe('SOUND')
  expect(told).toBe(false)
})

import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished } from 'vitest'
import type { Outcome } from '../../src/app/api.ts'
import { createUnit, type Unit } from '../../src/app/unit-of-work.ts'
import type { Viewer } from '../../src/app/viewer.ts'
import type { HangupReason } from '../../src/domain/campaigncall.ts'
import { beginAttempt, endAttempt, type OutdialTarget } from '../../src/domain/outdial-target.ts'
import { RequestError } from '../../src/kernel/errors.ts'
import { createWorld, temporaryFile, type World, type WorldOptions } from '../support/world.ts'

export const zeroUuid = '00000000-0000-0000-0000-000000000000'
export const unknownId = '01890000-0000-7000-8000-00000000dead'
/** Somebody who has nothing, and sees nothing of others. */
export const stranger: Viewer = { customerId: 'stranger', name: 'stranger' }

/** A file that outlives its world, and is removed after the test. */
export function givenFile(): string {
  const file = temporaryFile()
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
  return file
}

/** A world that is closed after the test. Its engine is left alone unless it is started. */
export async function givenWorld(options: WorldOptions = {}): Promise<World> {
  const world = await createWorld({ startEngine: false, ...options })
  onTestFinished(() => world.close())
  return world
}

/** Everything that is stored, by table: to see whether something changed. */
export function dump({ file }: World): Record<string, unknown[]> {
  const client = new Database(file, { readonly: true })
  const tables = client.prepare("select name from sqlite_schema where type = 'table'").all() as { name: string }[]
  const rows = tables.map(({ name }) => [name, client.prepare(`select * from "${name}"`).all()])
  client.close()
  return Object.fromEntries(rows)
}

const leaks = [
  /sql/i,
  /constraint/i,
  /\bselect\b[\s\S]*\bfrom\b/i,
  /\binsert into\b/i,
  /\bat \S+ \(?\S+:\d+:\d+/,
  /\.[jt]s\b/,
  /\/(dev|home|root|tmp|usr|var|work|node_modules)\b/,
  /\b(undefined|NaN|object Object)\b/,
]

/** What a message tells that is none of the caller's business; null when it tells nothing of the kind. */
export function leakOf(message: string): string | null {
  if (message.trim() === '') return 'the message is empty'
  const leak = leaks.find((pattern) => pattern.test(message))
  return leak === undefined ? null : `${leak} in "${message}"`
}

/** Errors in one word each: "BLANK input.name". */
export function wordsOf(outcome: Outcome<unknown>): string[] {
  for (const { message } of outcome.errors) expect(leakOf(message)).toBe(null)
  return outcome.errors.map(({ code, field }) => `${code} ${field.join('.')}`)
}

/**
 * Expects a mutation to be refused with exactly these errors ("BLANK input.name"), to have changed nothing, and to
 * answer with the object as it stands, or with null when none is given.
 */
export async function expectRefused<Value>(
  world: World,
  errors: readonly string[],
  mutate: () => Promise<Outcome<Value>>,
  stands: unknown = null,
): Promise<void> {
  const before = dump(world)
  const outcome = await mutate()
  expect(wordsOf(outcome)).toEqual(errors)
  expect(dump(world)).toEqual(before)
  expect(outcome.value).toEqual(stands)
}

/** Expects a request to fail with that code, and a message that may be shown. */
export async function expectRequestError(
  code: 'BAD_USER_INPUT' | 'BAD_CURSOR',
  request: () => Promise<unknown>,
): Promise<void> {
  const error = await request().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(RequestError)
  expect(error).toMatchObject({ code })
  expect(leakOf((error as RequestError).message)).toBe(null)
}

/** Changes as a tick of the engine makes them. */
export function change<Result>({ store, effects }: World, run: (unit: Unit) => Promise<Result>): Promise<Result> {
  return store.transact('ALL', async (tx) => {
    const unit = createUnit(tx, 'ALL', effects.now(), () => effects.id())
    const result = await run(unit)
    await unit.finish()
    return result
  })
}

/** Attempts at targets that have ended, without any call: each for the same reason, at the first destination. */
export async function givenAttempts(
  world: World,
  targets: readonly OutdialTarget[],
  reason: HangupReason,
  maxTryCounts: readonly number[] = [3, 3, 3, 3, 3],
): Promise<OutdialTarget[]> {
  return change(world, async (unit) => {
    const ended: OutdialTarget[] = []
    for (const target of targets) {
      const destinationIndex = target.destinations[0]?.index ?? 0
      const begun = beginAttempt(target, destinationIndex, unit.now)
      const end = { destinationIndex, reason, placing: 'PLACED' as const, flow: false }
      const after = endAttempt(begun, end, maxTryCounts, unit.now)
      await unit.saveTarget(target, begun)
      await unit.saveTarget(begun, after)
      ended.push(after)
    }
    return ended
  })
}

/** Goes through with the background passes that wait, as the engine does. */
export async function reevaluateAll({ app }: World): Promise<void> {
  while (await app.ticks.reevaluate());
}

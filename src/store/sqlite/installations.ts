import { eq, sql } from 'drizzle-orm'
import { present } from '../../kernel/assert.ts'
import type { Installation, Installations } from '../contract/installations.ts'
import type { Connection } from './database.ts'
import { customer, installation } from './schema/installation.ts'
import { lazily } from './statement-cache.ts'

export function createInstallations(db: Connection): Installations {
  const select = lazily(() => db.select().from(installation).prepare())
  return {
    /** Throws a Defect before the first start has created it. */
    async get(): Promise<Installation> {
      return present(select().get(), 'a database that was set up when it was made')
    },
    /** Returns the new term. */
    async raiseTerm(): Promise<number> {
      db.update(installation)
        .set({ term: sql`${installation.term} + 1` })
        .run()
      return (await this.get()).term
    },
    /** In the transaction that prunes: a reader sees either the whole log or that some of it is gone. */
    async setPrunedThrough(position: number): Promise<void> {
      db.update(installation).set({ prunedThrough: position }).run()
    },
    async setDatabaseFile(fileIdentity: string): Promise<void> {
      db.update(installation).set({ databaseFile: fileIdentity }).run()
    },
    /** Invalidates all cursors, and clears the file that the engine runs on. */
    async beginEpoch(epoch: string): Promise<void> {
      db.update(installation).set({ epoch, databaseFile: null }).run()
    },
    async exists(): Promise<boolean> {
      return db.select({ one: sql`1` }).from(installation).get() !== undefined
    },
    async insert(value: Omit<Installation, 'prunedThrough' | 'databaseFile'>, createdAt: number): Promise<void> {
      db.insert(installation)
        .values({ ...value, position: 1, createdAt })
        .run()
    },
    async insertCustomer(id: string, createdAt: number): Promise<void> {
      db.insert(customer).values({ id, createdAt }).run()
    },
    async hasCustomer(id: string): Promise<boolean> {
      return db.select({ one: sql`1` }).from(customer).where(eq(customer.id, id)).get() !== undefined
    },
  }
}

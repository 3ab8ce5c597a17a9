/** A unique constraint was violated: another object has the same values in these fields. */
export class UniqueConflict extends Error {
  override name = 'UniqueConflict'
  /** Names of the fields without the customer: ["name"]. */
  readonly fields: readonly string[]
  constructor(fields: readonly string[]) {
    super(`not unique: ${fields.join(', ')}`)
    this.fields = fields
  }
}

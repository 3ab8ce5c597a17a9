/**
 * Whose data a transaction changes, or a statement over several customers reads: one customer's, or that of every
 * customer. A database that can lock a customer by itself locks what the scope names; SQLite locks the file for any.
 */
export type Scope = { readonly customerId: string } | 'ALL'

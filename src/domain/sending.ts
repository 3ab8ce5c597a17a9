/** Something that an action sends, once. Its id is on disk before it is handed over. */
export type Sending = { readonly id: string } & (
  | {
      readonly type: 'WEBHOOK'
      readonly url: string
      readonly method: 'POST' | 'PUT'
      /** JSON text. */
      readonly body: string
    }
  | { readonly type: 'EMAIL'; readonly to: readonly string[]; readonly subject: string; readonly text: string }
  /** `from` and `to` are E.164 numbers. */
  | { readonly type: 'MESSAGE'; readonly from: string; readonly to: string; readonly text: string }
)

/**
 * What came of it. `TAKEN`: the receiver's server took it. `REFUSED`: provably not taken. `UNKNOWN`: it may have been: it is
 * not sent again. `detail` is for a person and names no secret.
 */
export interface SendingResult {
  readonly type: 'TAKEN' | 'REFUSED' | 'UNKNOWN'
  readonly detail: string
}

/** Hands things over. It never rejects, holds its own deadlines and never blocks the dialer. */
export interface Sender {
  /** Why such a thing cannot be sent at all here, as a sentence for a person; null where it can. */
  missing(type: Sending['type']): string | null
  send(sending: Sending): Promise<SendingResult>
  /** Ends what is under way as UNKNOWN. */
  stop(): Promise<void>
}

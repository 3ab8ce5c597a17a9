/** A webhook, e-mail or message that an action sends, once. Its id is stored before it is handed over. */
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
 * The result of a sending. `TAKEN`: the receiver's server accepted it. `REFUSED`: provably not accepted. `UNKNOWN`: it
 * may have been accepted, so it is not sent again. `detail` is for a person and contains no secret.
 */
export interface SendingResult {
  readonly type: 'TAKEN' | 'REFUSED' | 'UNKNOWN'
  readonly detail: string
}

/** Sends for the engine. It never rejects, enforces its own deadlines and never blocks the dialer. */
export interface Sender {
  /** Why this installation cannot send it, as a sentence for a person; null if it can. */
  missing(type: Sending['type']): string | null
  send(sending: Sending): Promise<SendingResult>
  /** Ends pending sendings as UNKNOWN. */
  stop(): Promise<void>
}

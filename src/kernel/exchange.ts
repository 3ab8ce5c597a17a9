/** A request that provably did not leave this process. */
export class NotSent extends Error {
  override name = 'NotSent'
}

/** A request that may have been received, but whose answer will never arrive. */
export class AnswerLost extends Error {
  override name = 'AnswerLost'
}

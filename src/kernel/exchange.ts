/** A request provably did not leave this process. */
export class NotSent extends Error {
  override name = 'NotSent'
}

/** A request may have been received; its answer never will be. */
export class AnswerLost extends Error {
  override name = 'AnswerLost'
}

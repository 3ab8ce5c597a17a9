/** Rules by the names under which docs/durability.md lists them. */
export type RuleName =
  /** News that has arrived is recorded before a limit is judged or a call is claimed (behaviour 3.0). */
  | 'N1'
  /** Who answered in time is not recorded as NO_ANSWER, however late that is heard (3.0). */
  | 'N2'
  /** What was not handed over for our own lateness costs the target nothing; calls are then claimed 1, 2, 4 … at a time (2.7). */
  | 'N3'
  /** Calls per second in any second, and a tenth of them in any 100 ms (4.6). */
  | 'N4'
  /** The wait time-out counts while a phone rings (3.5). */
  | 'N5'
  /** AVAILABLE during a conversation leaves the wrap-up (3.7). */
  | 'N6'
  /** A FLOW that is hung up by hand ends as what it has sent says (1.5). */
  | 'N7'
  /** A copy of the database asks nothing of the carrier and sends nothing. */
  | 'N8'

/**
 * Rules that the dialer does not keep yet: their findings are not told. To be emptied as the dialer comes to keep them, and then
 * taken away with what is said about it in the rules.
 */
export const notYet: ReadonlySet<RuleName> = new Set<RuleName>(['N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N8'])

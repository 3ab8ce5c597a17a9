import { z } from 'zod'
import type { Link } from './link.ts'

/** A live channel, as the switch lists it. */
export interface Channel {
  readonly uuid: string
  readonly answered: boolean
}

const listing = z.object({
  rows: z.array(z.object({ uuid: z.string(), callstate: z.string().optional() })).default([]),
})

const answeredStates: ReadonlySet<string> = new Set(['ACTIVE', 'HELD', 'UNHELD'])

/** What lives at the switch. It lists out of a table that lags behind: a channel that is not in it may live all the same. */
export async function listChannels(link: Pick<Link, 'api'>): Promise<ReadonlyMap<string, Channel>> {
  const said = await link.api('show channels as json')
  const parsed = listing.safeParse(parseJson(said))
  if (!parsed.success) throw new Error(`the switch does not list its channels: ${said.slice(0, 100)}`)
  return new Map(
    parsed.data.rows.map(({ uuid, callstate }) => [uuid, { uuid, answered: answeredStates.has(callstate ?? '') }]),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

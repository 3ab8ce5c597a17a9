/** A WebSocket client in a process of its own: prints how long after their commit transitions arrived, as JSON. */
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { quantile } from './support.ts'

const [url = '', wanted = '0', after = ''] = process.argv.slice(2)
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  lazy: false,
  on: { connected: () => console.log('connected') },
})
const latencies: number[] = []
let ended = 0
const query = `subscription { campaigncallTransitioned(after: "${after}") { cursor event version at to } }`
for await (const { data } of client.iterate<{ campaigncallTransitioned: { at: string; event: string } }>({ query })) {
  const transition = data?.campaigncallTransitioned
  if (!transition) continue
  latencies.push(Date.now() - Date.parse(transition.at))
  if (transition.event === 'ENDED' && ++ended >= Number(wanted)) break
}
console.log(
  JSON.stringify({
    count: latencies.length,
    p50: quantile(latencies, 0.5),
    p90: quantile(latencies, 0.9),
    p99: quantile(latencies, 0.99),
  }),
)
await client.dispose()

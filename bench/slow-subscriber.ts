/**
 * A subscriber that stops reading while 20 000 transitions pass: the memory of the program before and after, and whether
 * another subscriber got all of them meanwhile.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { configOf } from './program.ts'
import { makeCampaign, must, printRow, temporaryFolder } from './support.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const transitions = Number(process.argv[2] ?? 20_000)
const targets = Math.ceil(transitions / 3)
const folder = temporaryFolder()
const dialgraph = await startDialgraph(configOf(`${folder.path}/slow.sqlite`, { concurrentCallsMax: 500 }), silentLog, {
  paced: createEffects(),
})
const { app, url } = dialgraph
const numberOf = (i: number) => `+1${200 + (i % 700)}55501${String(Math.floor(i / 700) % 50).padStart(2, '0')}`
const { campaign } = await makeCampaign(app, { targets, numberOf, tryIntervalMs: 0 })
// Texts that make an event large: 100 bytes would drown in the buffers of the kernel.
const query = `subscription { campaigncallTransitioned { cursor event version at campaigncall { id status
  ${Array.from({ length: 40 }, (_, i) => `d${i}: destination { target type } a${i}: activeflowId`).join(' ')} } } }`

/** A client that speaks the protocol and then never reads again. */
function openStuck(): Promise<WebSocket> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })))
    socket.once('message', () => {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
      socket.pause()
      resolve(socket)
    })
  })
}

const rss = () => {
  collect()
  return process.memoryUsage().rss / 1024 / 1024
}
async function run(withStuck: boolean): Promise<{ grown: number; received: number; slowest: number }> {
  const stuck = withStuck ? await openStuck() : null
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket })
  const before = rss()
  let received = 0
  let slowest = 0
  const after = app.transitions.cursorOf(app.transitions.latestPosition())
  const reading = (async () => {
    const plain = `subscription { campaigncallTransitioned(after: "${after}") { event at } }`
    let ended = 0
    for await (const { data } of client.iterate<{ campaigncallTransitioned: { event: string; at: string } }>({
      query: plain,
    })) {
      received++
      slowest = Math.max(slowest, Date.now() - Date.parse(data?.campaigncallTransitioned.at ?? ''))
      if (data?.campaigncallTransitioned.event === 'ENDED' && ++ended === targets) return
    }
  })()
  must(await app.campaigns.run(localViewer, campaign.id))
  await reading
  const grown = rss() - before
  stuck?.terminate()
  await client.dispose()
  return { grown, received, slowest }
}

await run(false)
for (const withStuck of [false, true]) {
  must(await app.outdialTargets.reset(localViewer, campaign.outdialId ?? '', 'ALL'))
  const { grown, received, slowest } = await run(withStuck)
  const name = withStuck ? 'with a stuck subscriber' : 'without one'
  printRow(`${name}: transitions that another one received`, String(received))
  printRow(`${name}: growth of memory, MiB`, grown.toFixed(1))
  printRow(`${name}: slowest to the other one, milliseconds`, String(slowest))
}
const alive = await fetch(`${url}/health`)
printRow('/health afterwards', String(alive.status))
await dialgraph.stop()
folder.remove()

import { expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { scripted, tel } from '../support/given.ts'
import { givenProgram } from './program.ts'

/** Holds the event loop for that long, as a machine does that gives the process no CPU. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('a caller of the simulated carrier in the process waits while the process stands still, and talks to an agent', async () => {
  const program = await givenProgram(
    { DIALGRAPH_SIMULATOR_SPEED: '10' },
    { actions: [{ type: 'TALK', option: { text: 'Hello' } }] },
  )
  await program.addAgents(['101'])
  await program.add([{ name: 'Rosa', destination: tel(scripted(0)) }])
  const { campaignId } = program
  const steps = await program.app.transitions.campaigncalls(localViewer, { campaignId })
  const end = program.ended()
  await program.start()
  const events: string[] = []
  for await (const { event } of steps) {
    events.push(event)
    // Who answers there hangs up half a second later, unless an agent has the call.
    if (event === 'ANSWERED') stall(1500)
    if (event === 'ENDED') break
  }
  await end
  expect(events).toEqual(['CREATED', 'ANSWERED', 'AGENT_RINGING', 'AGENT_CONNECTED', 'ENDED'])
})

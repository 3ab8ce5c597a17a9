/**
 * Asks for /health every 10 ms, whether the last question was answered or not. Told to tell, it waits for the answers to what
 * it has asked, says how long each took since it was last told to, and begins anew.
 */
import { Agent, get } from 'node:http'

const everyMs = 10
const agent = new Agent({ keepAlive: true })
let times: Promise<number>[] = []

/** Milliseconds from when the question was due: one that could not be asked in time has waited, too. */
function ask(url: string, dueAt: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/health`, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(performance.now() - dueAt))
    })
    request.on('error', (error) => {
      // The server closes a connection that was idle for long, just when it is used again: it is asked anew.
      if (request.reusedSocket) resolve(ask(url, dueAt))
      else reject(error)
    })
  })
}

function begin(url: string): void {
  let dueAt = performance.now()
  setInterval(() => {
    for (; dueAt <= performance.now(); dueAt += everyMs) times.push(ask(url, dueAt))
  }, 1)
}

process.once('message', (url: string) => {
  begin(url)
  process.on('message', async () => {
    const told = await Promise.all(times.splice(0))
    // What was asked while it waited belongs to what was before.
    times = []
    process.send?.(told)
  })
})
process.once('disconnect', () => process.exit())

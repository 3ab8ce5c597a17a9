import { fork } from 'node:child_process'
import { once } from 'node:events'

const script = new URL('../support/lock-holder.ts', import.meta.url)

/** A process that holds the lock of a database's engine until it dies. */
export async function givenLockHolder(file: string) {
  const child = fork(script, [file], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

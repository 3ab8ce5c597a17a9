import { fork } from 'node:child_process'
import { once } from 'node:events'
import { builtFile } from '../support/built.ts'

/** A process that holds the lock of a database's engine until it dies. */
export async function givenLockHolder(file: string) {
  const child = fork(builtFile('test/support/lock-holder.ts'), [file], { execArgv: [] })
  await once(child, 'message')
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

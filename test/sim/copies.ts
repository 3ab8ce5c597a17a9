import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Sender } from '../../src/domain/sending.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { backUpDatabase } from '../../src/store/sqlite/backup.ts'
import type { Driver } from '../../src/telephony/driver.ts'
import { createMortalEffects } from '../support/mortal-effects.ts'
import { temporaryFile } from '../support/world.ts'
import type { RequestKind } from './ledger.ts'
import type { Outside } from './outside.ts'
import { startProgram } from './program.ts'
import type { Scenario, Step } from './scenario.ts'

/** What a copy of the database that was started has asked of the carrier, or of anybody else. */
export interface CopyDeed {
  readonly what: RequestKind | 'SEND'
  readonly how: Copying['how']
  readonly id: string
}

type Copying = Extract<Step, { do: 'COPY' }>

export interface CopiesOptions {
  readonly file: string
  readonly effects: SimulatedEffects
  readonly scenario: Scenario
  readonly outside: Outside
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Copies of the database that are started beside it, as on another machine. They are told by the carrier what lives there; what
 * they ask for is written down and comes to nobody, so that the original goes on as if there were none.
 */
export function createCopies({ file, effects, scenario, outside }: CopiesOptions) {
  const deeds: CopyDeed[] = []
  let count = 0

  async function copy(how: Copying['how']): Promise<string> {
    const target = temporaryFile()
    if (how === 'BACKUP') {
      await backUpDatabase({ file, target })
      return target
    }
    copyFileSync(file, target)
    if (how === 'FILES' && existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${target}-wal`)
    return target
  }

  function driverOf(how: Copying['how']): Driver {
    const note = (what: RequestKind, id: string) => {
      deeds.push({ what, how, id })
      return Promise.resolve()
    }
    return {
      name: 'outside',
      async start(heard) {
        heard.connected()
      },
      async stop() {},
      async originate({ callId }) {
        deeds.push({ what: 'ORIGINATE', how, id: callId })
        return { type: 'ACCEPTED' }
      },
      lookup: async (callId) =>
        outside.live().includes(callId) ? { type: 'LIVE', state: 'RINGING' } : { type: 'CANNOT_TELL' },
      list: async () => outside.live(),
      capabilities: new Set(['SPEAK', 'PLAY']),
      perform: (callId) => note('MEDIA', callId),
      connect: (callId) => note('CONNECT', callId),
      withdraw: (callId) => note('WITHDRAW', callId),
      hangup: (callId) => note('HANGUP', callId),
      epoch: async () => 'outside',
      health: async () => ({ ok: true, detail: 'outside' }),
    }
  }

  function senderOf(how: Copying['how']): Sender {
    return {
      missing: () => null,
      async send({ id }) {
        deeds.push({ what: 'SEND', how, id })
        return { type: 'TAKEN', detail: 'taken' }
      },
      async stop() {},
    }
  }

  async function live(target: string, { how, livesMs }: Copying): Promise<void> {
    const mortal = createMortalEffects(effects)
    let close = async () => {}
    effects.timer(livesMs, mortal.die)
    const starting = startProgram(
      {
        ...{ file: target, effects, scenario, mortal, number: --count, log: silent, witness: null },
        committing() {},
        driverFor: () => driverOf(how),
        sender: senderOf(how),
      },
      (store) => {
        close = () => store.close()
      },
    )
    // A copy that cannot be started does no harm.
    starting.catch(() => {})
    await mortal.death
    await close()
    rmSync(dirname(target), { recursive: true, force: true })
  }

  return {
    deeds: deeds as readonly CopyDeed[],
    /** Settles once the copy is made; it is started later, and settles `ended` when it has ended. */
    async make(copying: Copying): Promise<{ readonly ended: Promise<void> }> {
      const target = await copy(copying.how)
      const ended = new Promise<void>((resolve, reject) =>
        effects.timer(copying.afterMs, () => live(target, copying).then(resolve, reject)),
      )
      return { ended }
    },
  }
}

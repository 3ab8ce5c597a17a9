import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { SwitchEvent } from './event.ts'

export interface JobResult {
  readonly ok: boolean
  /** What is said behind +OK or -ERR: the id of a channel, or the name of a cause. */
  readonly said: string
}

export interface Jobs {
  /** The id of a job that is about to be begun, and how to listen to it no more. */
  expect(onDone: (result: JobResult) => void): { readonly jobId: string; readonly cancel: Cancel }
  /** Takes an event BACKGROUND_JOB. */
  hear(event: SwitchEvent): void
  clear(): void
}

/** What the switch does in the background, and reports when it is done. */
export function createJobs(effects: Pick<Effects, 'id'>): Jobs {
  const underWay = new Map<string, (result: JobResult) => void>()
  return {
    expect(onDone) {
      const jobId = effects.id()
      underWay.set(jobId, onDone)
      return { jobId, cancel: () => void underWay.delete(jobId) }
    },
    hear(event) {
      const jobId = event.header('Job-UUID') ?? ''
      const onDone = underWay.get(jobId)
      underWay.delete(jobId)
      const [, mark, said = ''] = /^(\+OK|-ERR)\s*(\S*)/.exec(event.header('_body') ?? '') ?? []
      onDone?.({ ok: mark === '+OK', said })
    },
    clear: () => underWay.clear(),
  }
}

import type { CommitView } from './view.ts'

/** What an engine alone writes: steps of calls, its own state, and how far a background pass has come. */
function isEngineWork({ entries, touched }: CommitView): boolean {
  const isCallStep = entries.some((entry) => entry.kind === 'CAMPAIGNCALL' && entry.event !== 'AGENT_MISSED')
  return isCallStep || touched.engine || touched.judged.size > 0
}

/** One engine (P7): from the first commit of another one on that was started later, an engine writes nothing more. */
export function createTermJudge() {
  /** Processes are numbered as they are started. */
  let newest = 0
  return {
    commit(view: CommitView): string[] {
      const { process } = view.commit
      if (!isEngineWork(view)) return []
      newest = Math.max(newest, process)
      if (process === newest) return []
      return [`P7: process ${process} goes on as an engine after process ${newest} has taken over`]
    },
  }
}

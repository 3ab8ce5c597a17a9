import type { ActiveflowRequest } from '../../domain/activeflow.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import type { CallNews } from '../../domain/carrier.ts'
import type { Recording } from '../../domain/recording.ts'
import { cut } from '../../kernel/text.ts'
import { happenedAt } from './ends.ts'
import type { Tick } from './tick.ts'

const locationLengthMax = 2000

/** Stores a recording before the carrier is asked to start it. */
export async function beginRecording(
  { unit }: Tick,
  { customerId, id: campaigncallId }: Campaigncall,
  { step, command: { recordingId: id, settings } }: Extract<ActiveflowRequest, { type: 'RECORD' }>,
): Promise<void> {
  const location = `${id}.${settings.format}`
  await unit.tx.recordings.insert({
    customerId,
    id,
    campaigncallId,
    step,
    startedAt: unit.now,
    endedAt: null,
    location,
  })
}

/** Ends a recording, also of a call that is DONE: the news of it may come last. */
export async function endRecording(
  tick: Tick,
  call: Campaigncall,
  news: Extract<CallNews, { type: 'RECORDING_ENDED' }>,
): Promise<Campaigncall> {
  const { unit } = tick
  if (news.failed) {
    await refuseRecording(tick, call, news.recordingId, 'nothing could be recorded')
    return call
  }
  const recording = await openRecording(tick, call, news.recordingId)
  if (recording === null) return call
  const endedAt = happenedAt(news.at, recording.startedAt, unit.now)
  await unit.tx.recordings.update({ ...recording, endedAt, location: cut(news.location, locationLengthMax) })
  await forget(tick, recording)
  return call
}

/** Cancels a recording that could not start. Returns false if no open recording has this id. */
export async function refuseRecording(tick: Tick, call: Campaigncall, id: string, why: string): Promise<boolean> {
  const recording = await openRecording(tick, call, id)
  if (recording === null) return false
  await tick.unit.tx.recordings.remove(recording)
  tick.unit.saveOutcome(recording, recording.step, `refused: ${why}`)
  await forget(tick, recording)
  return true
}

async function openRecording({ unit }: Tick, call: Campaigncall, id: string): Promise<Recording | null> {
  const recording = await unit.tx.recordings.byId(call.customerId, call.id, id)
  return recording?.endedAt === null ? recording : null
}

/** Allows the actions to start another recording. */
async function forget({ unit }: Tick, { customerId, campaigncallId, id }: Recording): Promise<void> {
  const flow = await unit.objects.activeflow({ customerId, id: campaigncallId })
  if (flow?.recordingId === id) unit.saveActiveflow({ ...flow, recordingId: null })
}

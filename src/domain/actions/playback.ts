import { z } from 'zod'
import { limits } from '../../limits.ts'
import type { ActiveflowRequest } from '../activeflow.ts'
import { textsOf } from '../template.ts'
import {
  type ActionContext,
  type ActionResult,
  defineAction,
  type EventContext,
  type EventResult,
  expandText,
  passed,
} from './definition.ts'
import { isFreshDigit } from './digits.ts'
import { refusal } from './outcomes.ts'
import { languagePattern, spokenLengthMax, text, webUrl } from './schemas.ts'

const languageLengthMax = 35
const urlCountMax = 100

function playback({ context }: ActionContext, request: (playbackId: string) => ActiveflowRequest): ActionResult {
  const playbackId = context.makeId()
  return { type: 'WAITS', wait: { type: 'PLAYBACK', playbackId }, requests: [request(playbackId)] }
}

/**
 * A failed playback is usually the first sign that the called side has hung up: the actions resume a moment later, so
 * that no phone rings for a call that has ended. A digit before a DIGITS_RECEIVE interrupts the playback, and counts.
 */
function hearPlayback(_: unknown, { flow, wait, event, nextType, now }: EventContext): EventResult {
  if (wait.type !== 'PLAYBACK') return null
  const { playbackId } = wait
  const isEnd = event.type === 'PLAYBACK_ENDED' && event.playbackId === playbackId
  if (event.type === 'REFUSED' && event.requestId === playbackId) return refusal(event.why)
  if (event.type === 'MISSED' || (isEnd && event.end === 'FAILED')) {
    const until = now + limits.failedPlaybackPauseMs
    return { type: 'WAITS', wait: { type: 'TIME', until, outcome: 'not played to its end', requestId: null } }
  }
  if (isEnd) return { type: 'PASSED', outcome: 'played' }
  if (nextType !== 'DIGITS_RECEIVE' || !isFreshDigit(event, flow)) return null
  return { type: 'PASSED', outcome: 'cut off by a digit', requests: [{ type: 'STOP_PLAYBACK', playbackId }] }
}

export const talk = defineAction({
  option: z.strictObject({
    text: text(spokenLengthMax),
    language: z.string().max(languageLengthMax).regex(languagePattern).optional(),
    gender: z.enum(['male', 'female', 'neutral']).optional(),
  }),
  needsCall: true,
  texts: (option) => textsOf({ text: option.text }),
  begin({ text, language = null, gender = null }, at) {
    const spoken = expandText(text, spokenLengthMax, at)
    if (spoken.trim() === '') return passed('nothing to say')
    return playback(at, (playbackId) => ({ type: 'SPEAK', playbackId, speech: { text: spoken, language, gender } }))
  },
  hear: hearPlayback,
})

export const play = defineAction({
  option: z.strictObject({ urls: z.array(webUrl).min(1).max(urlCountMax) }),
  needsCall: true,
  aliases: { streamUrls: 'urls' },
  begin: ({ urls }, at) => playback(at, (playbackId) => ({ type: 'PLAY', playbackId, urls })),
  hear: hearPlayback,
})

export const beep = defineAction({
  option: z.strictObject({}),
  needsCall: true,
  begin: (_, at) => playback(at, (playbackId) => ({ type: 'TONE', playbackId })),
  hear: hearPlayback,
})

import { unreachable } from '../../src/kernel/assert.ts'
import type { CallNews } from '../../src/telephony/driver.ts'

/** One piece of news as a line of text, without its call, its time and the location of a recording. */
export function newsText(news: CallNews): string {
  switch (news.type) {
    case 'HANGUP':
      return `HANGUP ${news.reason} ${news.by}`
    case 'PLAYBACK_ENDED':
      return `PLAYBACK_ENDED ${news.playbackId}${news.end === 'FAILED' ? ' failed' : ''}`
    case 'AGENT_CONNECTED':
    case 'AGENT_MISSED':
      return `${news.type} ${news.agentId}`
    case 'DIGIT':
      return `DIGIT ${news.digit}`
    case 'MACHINE':
      return `MACHINE ${news.result}`
    case 'RECORDING_ENDED':
      return `RECORDING_ENDED ${news.recordingId}${news.failed ? ' failed' : ''}`
    case 'LEG_CONNECTED':
      return `LEG_CONNECTED ${news.legId}`
    case 'LEG_ENDED':
      return `LEG_ENDED ${news.legId}${news.answered ? ' answered' : ''}`
    case 'RINGING':
    case 'EARLY_MEDIA':
    case 'ANSWERED':
      return news.type
    default:
      return unreachable(news)
  }
}

/** The same, with the location of a recording. */
export function newsTextWithLocation(news: CallNews): string {
  const place = news.type === 'RECORDING_ENDED' && !news.failed ? ` ${news.location}` : ''
  return `${newsText(news)}${place}`
}

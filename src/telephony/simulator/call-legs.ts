import { present } from '../../kernel/assert.ts'
import type { Leg } from '../driver.ts'
import { type Call, type CallLeg, type Exchange, endCall, scaledMs, talk } from './call.ts'
import { fateOf } from './script.ts'

/** Calls another side for a call that was answered. Its course is decided as for any call. */
export function dialLeg(exchange: Exchange, call: Call, { legId, to, ringTimeoutMs }: Leg, answerRate: number): void {
  if (call.legs.has(legId)) return
  const { effects } = exchange
  const leg: CallLeg = { state: 'RINGING', cancelNext: () => {} }
  call.legs.set(legId, leg)
  const fate = fateOf({ target: to.target, tryCount: 1, ringTimeoutMs, answerRate, random: call.random })
  if (fate.type === 'SILENT') return
  leg.cancelNext = effects.timer(scaledMs(exchange, fate.afterMs), () => {
    if (fate.type === 'ANSWERED') connectLeg(exchange, call, legId, leg, fate.talkMs)
    else endLeg(exchange, call, legId)
  })
}

/** They talk for as long as the person called for the leg would: the called side does not hang up meanwhile. */
function connectLeg(exchange: Exchange, call: Call, legId: string, leg: CallLeg, talkMs: number): void {
  const { effects } = exchange
  leg.state = 'CONNECTED'
  call.cancelNext()
  const leftMs = Math.max(0, call.durationEndsAtMs - effects.monotonic())
  call.cancelNext = effects.timer(leftMs, () => endCall(exchange, call, 'TIMEOUT', 'US'))
  if (Number.isFinite(talkMs)) {
    leg.cancelNext = effects.timer(scaledMs(exchange, talkMs), () => endLeg(exchange, call, legId))
  }
  call.tell({ type: 'LEG_CONNECTED', callId: call.id, at: effects.now(), legId })
}

/** Afterwards the called side stays for as long as it would have talked, had nobody else been called. */
function endLeg(exchange: Exchange, call: Call, legId: string): void {
  const leg = present(call.legs.get(legId), 'a leg that has not ended')
  const answered = leg.state === 'CONNECTED'
  call.legs.delete(legId)
  const isAlone = [...call.legs.values()].every((other) => other.state !== 'CONNECTED')
  if (answered && isAlone && call.fate.type === 'ANSWERED') {
    call.cancelNext()
    talk(exchange, call, call.fate.talkMs)
  }
  call.tell({ type: 'LEG_ENDED', callId: call.id, at: exchange.effects.now(), legId, answered })
}

/** Ends a leg, ringing or connected. One that has ended is left alone. */
export function hangUpLeg(exchange: Exchange, call: Call, legId: string): void {
  const leg = call.legs.get(legId)
  if (leg === undefined) return
  leg.cancelNext()
  leg.cancelNext = exchange.effects.timer(0, () => endLeg(exchange, call, legId))
}

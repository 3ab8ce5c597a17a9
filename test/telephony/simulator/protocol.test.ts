import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { MediaCommandOf, MediaVerb } from '../../../src/domain/media.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import {
  answers,
  type CarrierMessage,
  type ClientMessage,
  closeCodes,
  decodeCarrierMessage,
  decodeClientMessage,
  encode,
  protocolVersion,
} from '../../../src/telephony/simulator/protocol.ts'
import { leg, phone, request, scripted } from './support.ts'

const clientMessages: { readonly [Type in ClientMessage['type']]: Extract<ClientMessage, { type: Type }> } = {
  HELLO: { type: 'HELLO', version: protocolVersion, installationId: 'one' },
  ORIGINATE: { type: 'ORIGINATE', id: 0, request: request('a', scripted(0), { variables: { a: 'b' } }) },
  LOOKUP: { type: 'LOOKUP', id: 1, callId: 'a' },
  LIST: { type: 'LIST', id: 2 },
  PERFORM: { type: 'PERFORM', id: 3, callId: 'a', command: { type: 'RECEIVE_DIGITS' } },
  CONNECT: { type: 'CONNECT', id: 5, callId: 'a', agent: phone('agent') },
  WITHDRAW: { type: 'WITHDRAW', id: 6, callId: 'a', agentId: 'agent' },
  HANGUP: { type: 'HANGUP', id: 7, callId: 'a', reason: 'NORMAL' },
  REQUESTS: { type: 'REQUESTS', id: 8, after: 0 },
}

const commands: { readonly [Verb in MediaVerb]: MediaCommandOf<Verb> } = {
  SPEAK: { type: 'SPEAK', playbackId: 'p', speech: { text: 'x', language: 'en', gender: null } },
  PLAY: { type: 'PLAY', playbackId: 'p', urls: ['https://example.com/a.wav'] },
  TONE: { type: 'TONE', playbackId: 'p' },
  STOP_PLAYBACK: { type: 'STOP_PLAYBACK', playbackId: 'p' },
  RECEIVE_DIGITS: { type: 'RECEIVE_DIGITS' },
  SEND_DIGITS: { type: 'SEND_DIGITS', requestId: 'd', digits: '12#', times: { durationMs: 100, intervalMs: 0 } },
  DETECT_MACHINE: { type: 'DETECT_MACHINE', requestId: 'm' },
  START_RECORDING: {
    ...{ type: 'START_RECORDING', recordingId: 'r' },
    settings: { format: 'wav', durationMaxMs: null, beep: true },
  },
  STOP_RECORDING: { type: 'STOP_RECORDING', recordingId: 'r' },
  DIAL: { type: 'DIAL', leg: leg('l', scripted(0)) },
  HANG_UP_LEG: { type: 'HANG_UP_LEG', legId: 'l' },
}

const call = { callId: 'a', at: 1 }
const news: { readonly [Type in CallNews['type']]: Extract<CallNews, { type: Type }> } = {
  RINGING: { ...call, type: 'RINGING' },
  EARLY_MEDIA: { ...call, type: 'EARLY_MEDIA' },
  ANSWERED: { ...call, type: 'ANSWERED' },
  PLAYBACK_ENDED: { ...call, type: 'PLAYBACK_ENDED', playbackId: 'p', end: 'FAILED', playedMs: 0 },
  DIGIT: { ...call, type: 'DIGIT', digit: '#' },
  MACHINE: { ...call, type: 'MACHINE', result: 'NOT_SURE' },
  RECORDING_ENDED: { ...call, type: 'RECORDING_ENDED', recordingId: 'r', location: 'r.wav', failed: false },
  LEG_CONNECTED: { ...call, type: 'LEG_CONNECTED', legId: 'l' },
  LEG_ENDED: { ...call, type: 'LEG_ENDED', legId: 'l', answered: true },
  AGENT_CONNECTED: { ...call, type: 'AGENT_CONNECTED', agentId: 'agent' },
  AGENT_MISSED: { ...call, type: 'AGENT_MISSED', agentId: 'agent' },
  HANGUP: { ...call, type: 'HANGUP', reason: 'UNKNOWN', by: 'THEM', detail: '' },
}

const carrierMessages: readonly CarrierMessage[] = [
  { type: 'WELCOME', version: protocolVersion, epoch: 'an epoch' },
  { type: 'ANSWER', id: 1, answer: { type: 'REJECTED', reason: 'CONGESTION', retryAfterMs: 1000 } },
  ...Object.values(news).map((of) => ({ type: 'NEWS', news: of }) as const),
]

describe('a message arrives as it was sent:', () => {
  test.each(Object.entries(clientMessages))('%s', (_type, message) => {
    expect(decodeClientMessage(Buffer.from(encode(message)), false)).toEqual({ ok: true, message })
  })
  test.each(Object.values(commands))('PERFORM with $type', (command) => {
    const message = { type: 'PERFORM', id: 1, callId: 'a', command } as const
    expect(decodeClientMessage(Buffer.from(encode(message)), false)).toEqual({ ok: true, message })
  })
  test.each(carrierMessages.map((message) => [JSON.stringify(message), message] as const))('%s', (_text, message) => {
    expect(decodeCarrierMessage(Buffer.from(encode(message)), false)).toEqual({ ok: true, message })
  })
  test.each([
    ['ORIGINATE', { type: 'REJECTED', reason: 'CONGESTION', retryAfterMs: 1000 }],
    ['LOOKUP', { type: 'ENDED', reason: 'NORMAL', answeredAt: null, endedAt: 1 }],
    ['LIST', ['a', 'b']],
  ] as const)('the answer to %s', (type, answer) => {
    expect(answers[type].parse(JSON.parse(JSON.stringify(answer)))).toEqual(answer)
  })
})

test('PROTOCOL.md tells of every message, in its order, and of every close code', () => {
  const text = readFileSync(new URL('../../../src/telephony/simulator/PROTOCOL.md', import.meta.url), 'utf8')
  const types = ['HELLO', 'WELCOME', ...Object.keys(answers), 'ANSWER', 'NEWS']
  const told = [...text.matchAll(/^\{ type: '([A-Z_]+)'/gm)].map(([, type]) => type)
  expect(told).toEqual(types)
  expect(new Set(types)).toEqual(new Set([...Object.keys(clientMessages), ...carrierMessages.map(({ type }) => type)]))
  const codes = [...text.matchAll(/^\| (\d{4}) \| `(\w+)`/gm)].map(([, code, name]) => [name, Number(code)])
  expect(Object.fromEntries(codes)).toEqual(closeCodes)
})

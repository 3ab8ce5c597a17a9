import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
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
  SPEAK: { type: 'SPEAK', id: 3, callId: 'a', playbackId: 'p', speech: { text: 'x', language: 'en', gender: null } },
  PLAY: { type: 'PLAY', id: 4, callId: 'a', playbackId: 'p', urls: ['https://example.com/a.wav'] },
  TONE: { type: 'TONE', id: 9, callId: 'a', playbackId: 'p' },
  STOP_PLAYBACK: { type: 'STOP_PLAYBACK', id: 10, callId: 'a', playbackId: 'p' },
  RECEIVE_DIGITS: { type: 'RECEIVE_DIGITS', id: 11, callId: 'a' },
  SEND_DIGITS: {
    ...{ type: 'SEND_DIGITS', id: 12, callId: 'a', digits: '12#' },
    times: { durationMs: 100, intervalMs: 0 },
  },
  DETECT_MACHINE: { type: 'DETECT_MACHINE', id: 13, callId: 'a' },
  START_RECORDING: {
    ...{ type: 'START_RECORDING', id: 14, callId: 'a', recordingId: 'r' },
    settings: { format: 'wav', durationMaxMs: null, beep: true },
  },
  STOP_RECORDING: { type: 'STOP_RECORDING', id: 15, callId: 'a', recordingId: 'r' },
  DIAL: { type: 'DIAL', id: 16, callId: 'a', leg: leg('l', scripted(0)) },
  HANGUP_LEG: { type: 'HANGUP_LEG', id: 17, callId: 'a', legId: 'l' },
  CONNECT: { type: 'CONNECT', id: 5, callId: 'a', agent: phone('agent') },
  WITHDRAW: { type: 'WITHDRAW', id: 6, callId: 'a', agentId: 'agent' },
  HANGUP: { type: 'HANGUP', id: 7, callId: 'a', reason: 'NORMAL' },
  REQUESTS: { type: 'REQUESTS', id: 8, after: 0 },
}

const call = { callId: 'a', at: 1 }
const news: { readonly [Type in CallNews['type']]: Extract<CallNews, { type: Type }> } = {
  RINGING: { ...call, type: 'RINGING' },
  EARLY_MEDIA: { ...call, type: 'EARLY_MEDIA' },
  ANSWERED: { ...call, type: 'ANSWERED' },
  PLAYBACK_ENDED: { ...call, type: 'PLAYBACK_ENDED', playbackId: 'p', failed: true },
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

import { type Defect, dialerDefect as defect } from '../planted.ts'

/* Deliberate defects of what actions send: S1 to S3 of docs/durability.md find them, and C5 where a target gets it again. */

const desk = 'src/engine/media-dispatcher.ts'
const dialer = 'src/engine/dispatcher.ts'
const engine = 'src/engine/engine.ts'
const news = 'src/domain/actions/sending.ts'

const unknownResult = "const unknownResult = { type: 'UNKNOWN',"
const reasonOfFlow = "reason: result.type === 'REFUSED' ? 'FAILED' : 'UNKNOWN'"

export const sendingDefects: readonly Defect[] = [
  defect('sends everything twice', 'S1', [
    dialer,
    "if (command.type === 'SEND') mediaDispatcher.send(command)",
    "if (command.type === 'SEND') [0, 1].forEach(() => mediaDispatcher.send(command))",
  ]),
  defect('sends again what got no answer', 'S1', [
    desk,
    'sender.send(sending).then(report,',
    "sender.send(sending).then((result) => (result.type === 'UNKNOWN' ? sender.send(sending) : result)).then(report,",
  ]),
  defect('sends again what was refused', 'S1', [
    desk,
    'sender.send(sending).then(report,',
    "sender.send(sending).then((result) => (result.type === 'REFUSED' ? sender.send(sending) : result)).then(report,",
  ]),
  defect(
    'sends before the commit',
    'S2',
    [
      dialer,
      'let seenPosition = app.reader.latestPosition()',
      'let seenPosition = app.reader.latestPosition()\n  Object.assign(globalThis, { sendNow: (command: CarrierCommand & { type: "SEND" }) => mediaDispatcher.send(command) })',
    ],
    [
      'src/app/calls/flows.ts',
      "tick.commands.push({ type: 'SEND', customerId, campaigncallId, sending: request.sending })",
      "const { sendNow } = globalThis as unknown as { sendNow(of: object): void }\n    sendNow({ type: 'SEND', customerId, campaigncallId, sending: request.sending })",
    ],
  ),
  defect('goes on without waiting for what it sends', 'S2', [
    'src/domain/actions/sending.ts',
    "    type: 'WAITS',\n    wait: { type: 'SENDING', sendingId },\n",
    "    type: 'PASSED',\n    outcome: 'sent',\n",
  ]),
  defect('takes silence for success', 'S3', [
    news,
    "if (!isFlow || result.type === 'TAKEN') return",
    "if (!isFlow || result.type !== 'REFUSED') return",
  ]),
  defect('takes a refusal for success', 'S3', [
    news,
    "if (!isFlow || result.type === 'TAKEN') return",
    "if (!isFlow || result.type !== 'UNKNOWN') return",
  ]),
  defect('takes silence for a refusal', 'S3', [news, reasonOfFlow, "reason: 'FAILED'"]),
  defect('takes a refusal for silence', 'S3', [news, reasonOfFlow, "reason: 'UNKNOWN'"]),
  defect('believes that what it was sending as it died was taken', 'S3', [
    engine,
    unknownResult,
    "const unknownResult = { type: 'TAKEN',",
  ]),
  defect('believes that what it was sending as it died was refused', 'S3', [
    engine,
    unknownResult,
    "const unknownResult = { type: 'REFUSED',",
  ]),
  defect('counts a FLOW of which nothing is known as done', 'S3', [
    'src/app/calls/flows.ts',
    "return endCall(tick, before, { reason: 'UNKNOWN', inferred: true }, call, steps)",
    "return endCall(tick, before, { reason: 'NORMAL', inferred: true }, call, steps)",
  ]),
  defect('sends once more to somebody who may have got it', 'C5', [
    'src/domain/outdial-target.ts',
    "(end.flow && end.reason === 'UNKNOWN') || target.reached",
    'target.reached',
  ]),
]

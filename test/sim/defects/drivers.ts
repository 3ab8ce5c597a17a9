import type { CarrierName } from '../outside.ts'
import type { Defect, Edit } from '../planted.ts'

/*
 * Deliberate defects of the drivers of real switches, and of what the engine makes of them. What finds them is said in
 * docs/durability.md: T1 and so on hold what a driver says against what is true at the switch.
 */

const asterisk = 'src/telephony/asterisk'
const freeswitch = 'src/telephony/freeswitch'

const over =
  (carrier: CarrierName) =>
  (
    name: string,
    meant: string,
    file: string,
    ...edits: readonly (readonly [find: string, replace: string])[]
  ): Defect => ({
    ...{ name, carrier, meant },
    edits: edits.map(([find, replace]): Edit => ({ file, find, replace })),
  })
const overAsterisk = over('asterisk')
const overFreeswitch = over('freeswitch')

export const driverDefects: readonly Defect[] = [
  overAsterisk('asks Asterisk again when the answer is lost', 'I2', `${asterisk}/asterisk.ts`, [
    '      return answerOf(answer, call.id)\n    } catch (error) {',
    '      return answerOf(answer, call.id)\n    } catch (error) {\n      if (call.isSent) return answerOf(await ari.ask({ method: "POST", path: ["channels"], body }), call.id)',
  ]),
  overAsterisk(
    'takes a request to Asterisk without an answer for one that was refused',
    'T2',
    `${asterisk}/asterisk.ts`,
    ['return outcomeOfFailedRequest(error)', "return { type: 'REJECTED', reason: 'FAILED' }"],
  ),
  overAsterisk('takes every error of Asterisk for a refusal', 'T2', `${asterisk}/placing.ts`, [
    "return wordsOf(body) === 'Allocation failed'",
    'return true',
  ]),
  overAsterisk('takes a request to Asterisk that left for one that was accepted', 'T1', `${asterisk}/asterisk.ts`, [
    'return outcomeOfFailedRequest(error)',
    "return outcomeOfFailedRequest(error).type === 'REJECTED' ? outcomeOfFailedRequest(error) : { type: 'ACCEPTED' }",
  ]),
  overAsterisk('takes calls for ended when the connection to Asterisk is lost', 'T3', `${asterisk}/asterisk.ts`, [
    'disconnected: (detail) => listener.disconnected(detail),',
    'disconnected(detail) {\n      for (const call of calls.all()) if (call.exists) calls.lose(call)\n      listener.disconnected(detail)\n    },',
  ]),
  overAsterisk('does not compare what it knows when Asterisk is back', 'T9', `${asterisk}/asterisk.ts`, [
    '    await reconciler.compare({ telling: false })\n',
    '',
  ]),
  overAsterisk('does not hear of an end before it knows the call', 'P6', `${asterisk}/calls.ts`, [
    'if (call === undefined) return hearOfStranger(event)',
    'if (call === undefined) return',
  ]),
  overAsterisk('does not tell Asterisk how long a phone may ring', 'T5', `${asterisk}/placing.ts`, [
    'timeout: Math.ceil((ringTimeoutMs + ringNetMs) / 1000),\n    channelId: callId,',
    'timeout: -1,\n    channelId: callId,',
  ]),
  overAsterisk('does not tell Asterisk how long a call may last', 'T6', `${asterisk}/placing.ts`, [
    "'TIMEOUT(absolute)': String(Math.ceil((",
    'TIMEOUT_absolute: String(Math.ceil((',
  ]),
  overAsterisk('does not know a refusal of Asterisk by its SIP code', 'T7', `${asterisk}/reasons.ts`, [
    'sipCodes: [603, 607, 608, 403]',
    'sipCodes: [607, 608, 403]',
  ]),
  overFreeswitch('asks FreeSWITCH again when the answer is lost', 'I2', `${freeswitch}/placing.ts`, [
    "          else call.answer?.({ type: 'INDETERMINATE' })",
    "          else {\n            call.answer?.({ type: 'INDETERMINATE' })\n            options.effects.timer(1000, () => link.bgapi(command, job.jobId).answered.catch(() => {}))\n          }",
  ]),
  overFreeswitch(
    'takes a request to FreeSWITCH without an answer for one that was refused',
    'T2',
    `${freeswitch}/placing.ts`,
    [
      "if (!call.withdraw()) call.answer?.({ type: 'INDETERMINATE' })",
      "if (!call.withdraw() && call.answer) refuse(call, 'FAILED', 'no answer')",
    ],
  ),
  overFreeswitch('takes a job that has begun for a call', 'T1', `${freeswitch}/placing.ts`, [
    "if (!said.startsWith('+OK')) refuse(call, 'FAILED', said)",
    "if (said.startsWith('+OK')) call.answer?.({ type: 'ACCEPTED' })\n          else refuse(call, 'FAILED', said)",
  ]),
  overFreeswitch(
    'takes calls for ended when the connection to FreeSWITCH is lost',
    'T3',
    `${freeswitch}/freeswitch.ts`,
    [
      'onLost: () => calls.loseAnswers(),',
      "onLost: () => calls.all().forEach((call) => void (call.phase !== 'REQUESTED' && calls.vanish(call))),",
    ],
  ),
  overFreeswitch('believes the list of FreeSWITCH, which lags behind', 'T3', `${freeswitch}/reconcile.ts`, [
    'channel !== undefined || (isSameSwitch && (await exists(call.id)))',
    'channel !== undefined',
  ]),
  overFreeswitch('does not compare what it knows when FreeSWITCH is back', 'T9', `${freeswitch}/freeswitch.ts`, [
    'settle: () => reconciler.settle(),',
    'settle: async () => {},',
  ]),
  overFreeswitch('does not tell FreeSWITCH how long a phone may ring', 'T5', `${freeswitch}/commands.ts`, [
    'String(Math.ceil(ringTimeoutMs / 1000) + earlyMaxSeconds + ringMarginSeconds)',
    "'600'",
  ]),
  overFreeswitch('does not tell FreeSWITCH how long a call may last', 'T6', `${freeswitch}/placing.ts`, [
    'execute_on_answer:',
    'dialgraph_unheeded:',
  ]),
  overFreeswitch('ends a call a second time', 'T8', `${freeswitch}/calls.ts`, [
    '    if (live.get(call.id) !== call) return\n',
    '',
  ]),
  overFreeswitch(
    'waits for what is known of a call that was told of as the switch came back',
    'I12',
    'src/engine/reconcile.ts',
    ['recorded().then(() => app.terms.doubtCalls())', 'app.terms.doubtCalls()'],
  ),
]

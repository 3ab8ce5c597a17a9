import type { z } from 'zod'
import { branch, conditionDatetime, conditionVariable, goto } from './branching.ts'
import { connect } from './connect.ts'
import type { ActionDefinition } from './definition.ts'
import { digitsReceive, digitsSend } from './digits.ts'
import { answer, hangup, sleep, stop } from './ending.ts'
import { amd } from './machine.ts'
import { beep, play, talk } from './playback.ts'
import { queueJoin } from './queue.ts'
import { recordingStart, recordingStop } from './recording.ts'
import { emailSend, messageSend, webhookSend } from './sending.ts'
import { variableSet } from './variables.ts'

/** Every type of action. A new one is added here, and described in src/graphql/enums.ts. */
const actionDefinitions = {
  ANSWER: answer,
  TALK: talk,
  PLAY: play,
  SLEEP: sleep,
  QUEUE_JOIN: queueJoin,
  HANGUP: hangup,
  STOP: stop,
  BEEP: beep,
  AMD: amd,
  DIGITS_RECEIVE: digitsReceive,
  DIGITS_SEND: digitsSend,
  BRANCH: branch,
  GOTO: goto,
  CONDITION_VARIABLE: conditionVariable,
  CONDITION_DATETIME: conditionDatetime,
  VARIABLE_SET: variableSet,
  CONNECT: connect,
  RECORDING_START: recordingStart,
  RECORDING_STOP: recordingStop,
  WEBHOOK_SEND: webhookSend,
  EMAIL_SEND: emailSend,
  MESSAGE_SEND: messageSend,
} as const

export type ActionType = keyof typeof actionDefinitions
export type ActionOption<Type extends ActionType> = z.output<(typeof actionDefinitions)[Type]['option']>

export const actionTypes = Object.keys(actionDefinitions) as readonly ActionType[]

/** The definition of a type that is only known when the program runs: its options have passed its own schema. */
export function definitionOf(type: ActionType): ActionDefinition<z.ZodType<object>> {
  return actionDefinitions[type] as unknown as ActionDefinition<z.ZodType<object>>
}

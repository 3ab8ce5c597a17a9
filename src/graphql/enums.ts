import type { CampaigncallOrder, CampaignOrder } from '../app/requests.ts'
import type { ActionType } from '../domain/actions/registry.ts'
import type { Activeflow } from '../domain/activeflow.ts'
import type { AddressType } from '../domain/address.ts'
import type { AgentStatus } from '../domain/agent.ts'
import type { CampaignEndHandle, CampaignStatus, CampaignType, PacingMethod } from '../domain/campaign.ts'
import type {
  CampaigncallEvent,
  CampaigncallResult,
  CampaigncallStatus,
  HangupReason,
  ReferenceType,
} from '../domain/campaigncall.ts'
import type { DialBlocker } from '../domain/dialing.ts'
import type { EngineState } from '../domain/engine.ts'
import type { OutdialTargetStatus, OutdialTargetsResetWhich } from '../domain/outdial-target.ts'
import type { QueueStrategy } from '../domain/queue.ts'
import type { UserErrorCode } from '../kernel/errors.ts'
import { type BuilderTypes, builder } from './builder.ts'

/** An enum with exactly the values of a union of the domain: one too many, or one forgotten, does not compile. */
function enumOf<Value extends string>(
  name: string,
  description: string,
  descriptions: Readonly<Record<Value, string>>,
): PothosSchemaTypes.EnumRef<BuilderTypes, Value> {
  const values = Object.entries<string>(descriptions).map(([value, text]) => [value, { description: text }])
  return builder.enumType(name, {
    description: `${description} May grow: treat a value you do not know as "other".`,
    values: Object.fromEntries(values) as Record<Value, { description: string }>,
  }) as PothosSchemaTypes.EnumRef<BuilderTypes, Value>
}

export const UserErrorCodeEnum = enumOf<UserErrorCode>('UserErrorCode', 'What is wrong with an argument.', {
  BLANK: 'Empty or null where a value is needed.',
  TOO_LONG: 'A text with more characters than the field takes.',
  INVALID: 'Malformed, not one of a fixed set of values, or in conflict with another value.',
  OUT_OF_RANGE: 'Outside a range of numbers.',
  TAKEN: 'Another object has this name, extension or id already.',
  NOT_FOUND: 'No such object, or a deleted one. The same answer for a malformed id.',
  IN_USE: 'Another object is using it.',
  STATE_CONFLICT: 'Not possible in the current status of the object.',
  LIMIT_EXCEEDED: 'More elements than allowed.',
})

export const AddressTypeEnum = enumOf<AddressType>('AddressType', 'What an address is.', {
  TEL: 'A telephone number, E.164. The only type that is dialed.',
  SIP: 'A SIP URI.',
  EMAIL: 'A mail address.',
  AGENT: 'The id of an agent.',
  EXTENSION: 'The extension of an agent.',
})

export const ActionTypeEnum = enumOf<ActionType>('ActionType', 'What an action does.', {
  ANSWER: 'Does nothing: the call has been answered when actions run. Takes no option.',
  TALK: 'Speaks a text and waits for its end. Option: text (1 to 10000 characters), language?, gender? (male, female or neutral).',
  PLAY: 'Plays recordings one after the other. Option: urls, 1 to 100 http or https addresses.',
  SLEEP: 'Waits. Option: durationMs, 0 to 86400000 milliseconds.',
  QUEUE_JOIN: "Hands the call to the agents of the campaign's queue. Option: queueId?, which must be that queue.",
  HANGUP: 'Ends the call. Option: reason?, NORMAL (default), AMD or FAILED.',
  STOP: 'Ends the actions; the call is hung up, NORMAL. Takes no option.',
  BEEP: 'Plays a short tone and waits for its end. Takes no option.',
  AMD: 'Detects whether a machine has answered, and stores the result as the variable call.machine: HUMAN, MACHINE or NOT_SURE. Option: machineHandle?, hangup (default: a machine is hung up, AMD) or continue.',
  DIGITS_RECEIVE:
    'Waits for digits that the called side presses, and stores them in a variable. Options: length?, 1 to 32 (1); terminator?, one of 0-9 * # A-D, which is not stored; timeoutMs?, 0 to 120000 for all of them (10000); variable? (digits).',
  DIGITS_SEND:
    'Plays digits as tones, and waits for their end. Options: digits, 1 to 32 of 0-9 * # A-D; durationMs?, 50 to 1000, of each; intervalMs?, 0 to 5000, between them.',
  BRANCH:
    'Jumps to the action that is assigned to the value of a variable. Options: variable; targets, an object of values and the ids of their actions; defaultTargetId?, for any other value, else the next action.',
  GOTO: 'Jumps to another action, `loopCount` times in a run; after that it continues with the next action. Options: targetId; loopCount, 1 to 1000.',
  CONDITION_VARIABLE:
    'Continues with the next action when a variable meets a condition, else jumps to another. Options: condition (== != > >= < <=), variable, valueType? (string, number or length; string), value, falseTargetId.',
  CONDITION_DATETIME:
    'As CONDITION_VARIABLE, for the current time: each part that is given is compared. Options: condition; minute?, hour?, day?, month?; weekdays?, a list of 0 (Sunday) to 6; timeZone?, a name of the IANA list (UTC); falseTargetId.',
  VARIABLE_SET: 'Sets a variable. Options: variable; value, a text of up to 2000 characters.',
  CONNECT:
    'Calls others, all at once; the first to answer talks to the called side, and the next action is run when they hang up, or when nobody answers. Options: destinations, 1 to 10 numbers; source?, the number they see; ringTimeoutMs?, 1000 to 120000 (30000).',
  RECORDING_START:
    'Starts recording the call, and continues with the next action. Options: format? (wav), durationMaxMs?, 1000 to 86400000; beep? (false).',
  RECORDING_STOP: 'Stops the recording. Takes no option.',
  WEBHOOK_SEND:
    'Sends data to an address, once, and waits for the answer. Options: url, http or https; method?, POST (default) or PUT; data?, any JSON value; when omitted, the call and all variables are sent.',
  EMAIL_SEND:
    'Sends an e-mail, once. Options: to?, 1 to 10 addresses; those of the target when omitted; subject, text.',
  MESSAGE_SEND:
    'Sends a text message, once. Options: text, up to 1530 characters; to?, a number, that of the target when omitted; source?, the caller id when omitted.',
})

export const ActiveflowStatusEnum = enumOf<Activeflow['status']>(
  'ActiveflowStatus',
  'Whether a campaigncall has actions left to run.',
  {
    RUNNING: 'An action is under way.',
    ENDED: 'The last action has run, or the call has ended.',
  },
)

export const CampaignTypeEnum = enumOf<CampaignType>('CampaignType', 'What a campaign does with a target.', {
  CALL: 'Make a call to the destination and run the actions on it once it is answered.',
  FLOW: 'Run the actions for the destination, without a call.',
})

export const CampaignStatusEnum = enumOf<CampaignStatus>('CampaignStatus', 'Whether a campaign dials.', {
  STOP: 'Does not dial, and no call of it is in flight.',
  STOPPING: 'Asked to stop; waiting for the calls in flight to end. No new call is made.',
  RUN: 'Dials whenever a target is due and the limits allow it.',
})

export const CampaignEndHandleEnum = enumOf<CampaignEndHandle>(
  'CampaignEndHandle',
  'What happens after the last target.',
  {
    STOP: 'Stop when no target can be dialed now or later.',
    CONTINUE: 'Keep running and wait for new targets.',
  },
)

export const PacingMethodEnum = enumOf<PacingMethod>(
  'PacingMethod',
  'How many calls are dialed for the available agents.',
  {
    SERVICE_LEVEL: 'Dial while available agents > dialing calls * serviceLevel / 100.',
    RATIO: 'Keep up to floor(available agents * ratio / 100) calls dialing, at least one while an agent is available.',
  },
)

export const CampaignOrderEnum = enumOf<CampaignOrder>('CampaignOrder', 'The order in which campaigns are listed.', {
  CREATED_AT_ASC: 'Oldest first.',
  CREATED_AT_DESC: 'Newest first.',
  NAME_ASC: 'By name, lower-cased, A first; equal names oldest first.',
  NAME_DESC: 'By name, lower-cased, Z first; equal names newest first.',
})

export const DialBlockerEnum = enumOf<DialBlocker>(
  'DialBlocker',
  'Why no call is placed. The values are checked in this order, and the first that applies is reported.',
  {
    CAMPAIGN_NOT_RUNNING: 'The campaign is not in status RUN.',
    ENGINE_STOPPED:
      'The dialer engine is not running, is HALTED, or places one call at a time because calls could not be handed over in time: see Query.engine.',
    CARRIER_UNAVAILABLE: 'The carrier takes no calls at the moment.',
    NO_TARGETS: 'No target is left to dial now or later.',
    TARGETS_IN_FLIGHT: 'Every target that is left has a call in flight.',
    RETRY_NOT_DUE: 'Targets remain, but their retry interval has not passed; see nextAttemptAt.',
    NO_AGENT_AVAILABLE: 'No agent of the queue is free to take a call.',
    PACING: 'Enough calls are dialing for the agents who are available.',
    CONCURRENCY: 'As many calls are in flight as are allowed.',
    CALLS_PER_SECOND: 'As many calls were started in this second as are allowed.',
  },
)

export const EngineStateEnum = enumOf<EngineState>('EngineState', 'What the dialer engine does now.', {
  RUNNING: 'Placing calls.',
  RECONCILING: 'Looking up the outcome of the calls that were in flight; no new call until that is done.',
  WAITING_FOR_CARRIER: 'The carrier cannot be reached; no new call. The connection is retried with growing pauses.',
  HALTED: 'Places no calls because something is wrong: see reason. Calls in flight are still recorded.',
  STOPPED: 'No process runs the engine.',
})

export const OutdialTargetStatusEnum = enumOf<OutdialTargetStatus>('OutdialTargetStatus', 'The status of a target.', {
  IDLE: 'Waiting to be dialed, for the first time or again.',
  PROGRESSING: 'A campaigncall for it is in flight.',
  DONE: 'Reached, or every allowed try is used.',
})

export const OutdialTargetsResetWhichEnum = enumOf<OutdialTargetsResetWhich>(
  'OutdialTargetsResetWhich',
  'Which targets of a list are reset.',
  {
    FAILED: 'Targets that were tried since their last reset, without a SUCCESS.',
    SUCCEEDED: 'Targets with a SUCCESS since their last reset.',
    ALL: 'Every target that is not in progress.',
  },
)

export const QueueStrategyEnum = enumOf<QueueStrategy>('QueueStrategy', 'Which available agent is offered a call.', {
  RANDOM: 'Any of them.',
  RING_ALL: 'All of them at once; the first to answer takes it.',
  TOP_DOWN: "The first in the queue's order.",
  AGENT_WITH_FEWEST_CALLS: 'Whoever has taken the fewest calls since being OFFLINE.',
  ROUND_ROBIN: 'The next after the one who was last offered a call.',
  LONGEST_IDLE: 'Whoever has been free the longest.',
})

export const AgentStatusEnum = enumOf<AgentStatus>('AgentStatus', 'What an agent is doing.', {
  AVAILABLE: 'Free to take a call.',
  AWAY: 'Takes no calls for now. Also set by the dialer when an offered call was not taken.',
  BUSY: 'Talking, or in wrap-up after a call. Set by the dialer.',
  OFFLINE: 'Not at work.',
  RINGING: 'A call is being delivered. Set by the dialer.',
})

export const CampaigncallReferenceTypeEnum = enumOf<ReferenceType>(
  'CampaigncallReferenceType',
  'What a campaigncall refers to.',
  {
    NONE: 'Nothing.',
    CALL: 'A call at the carrier.',
    FLOW: 'A run of actions without a call.',
  },
)

export const CampaigncallStatusEnum = enumOf<CampaigncallStatus>(
  'CampaigncallStatus',
  'The status of a campaigncall.',
  {
    DIALING: 'Not answered yet.',
    PROGRESSING: 'Answered.',
    DONE: 'Hung up.',
  },
)

export const CampaigncallResultEnum = enumOf<CampaigncallResult>('CampaigncallResult', 'How a campaigncall ended.', {
  SUCCESS: 'With hangup reason NORMAL.',
  FAIL: 'With any other hangup reason.',
})

export const HangupReasonEnum = enumOf<HangupReason>(
  'HangupReason',
  'Why a campaigncall ended. Only NORMAL counts as success.',
  {
    NORMAL: 'Answered, and ended by either side.',
    BUSY: 'The called side was busy.',
    NO_ANSWER: 'Not answered within the dial timeout, or given up by the called side while ringing.',
    UNAVAILABLE: 'Switched off or out of reach for now.',
    REJECTED: 'Declined or blocked.',
    INVALID_NUMBER: 'No such number, or not a number.',
    CONGESTION: 'The network or the carrier had no capacity.',
    FAILED: 'Anything else that the network or the carrier could not do.',
    CANCEL: 'Ended by this side on request before an answer or an agent, or never sent.',
    TIMEOUT: 'The call reached the longest duration allowed after the answer.',
    AMD: 'An answering machine answered and the actions said to hang up.',
    ABANDONED: "Ended between QUEUE_JOIN and an agent's answer.",
    UNKNOWN: 'The outcome of the call could not be established after a failure. It counts as a try.',
  },
)

export const CampaigncallOrderEnum = enumOf<CampaigncallOrder>(
  'CampaigncallOrder',
  'The order in which campaigncalls are listed.',
  {
    CREATED_AT_ASC: 'Oldest first.',
    CREATED_AT_DESC: 'Newest first.',
  },
)

export const CampaigncallEventEnum = enumOf<CampaigncallEvent>(
  'CampaigncallEvent',
  'What happened to a campaigncall. Treat an event that you do not know as a change of its fields.',
  {
    CREATED: 'Claimed for a target, before the carrier is asked.',
    ANSWERED: 'The called side, or its answering machine, has answered.',
    QUEUED: 'Waits for an agent.',
    AGENT_RINGING: 'It is offered to an agent, whose phone rings. With RING_ALL there is one of these for each agent.',
    AGENT_CONNECTED: 'The agent talks to the called side.',
    AGENT_MISSED: 'The agent did not take it; it goes to the next.',
    ENDED: 'It has ended; result and hangupReason are final.',
    CORRECTED: 'A fact that was missing became known.',
  },
)

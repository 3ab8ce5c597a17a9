import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import type { Call } from './calls.ts'
import { bridgeCommand, killCommand, originateCommand, setVariablesCommand } from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Jobs } from './jobs.ts'
import type { Link } from './link.ts'

export interface PhonesOptions {
  readonly effects: Pick<Effects, 'timer'>
  readonly log: Log
  readonly link: Pick<Link, 'api' | 'bgapi'>
  readonly jobs: Jobs
}

/** Receives the events of a phone. */
interface PhoneListener {
  connected(phone: Phone): void
  /** It was answered, and is hung up: it could not be joined to its call, or another one was before it. */
  notJoined(why: 'FAILED' | 'TAKEN'): void
  /** It is not there any more; `phase` is the last it was in. */
  ended(phase: Phone['phase']): void
}

/** Somebody who is called for a call: an agent, or whom a CONNECT names. */
export interface Phone {
  /** Of its channel. */
  readonly id: string
  readonly callId: string
  /** ANSWERED waits to be joined to the call; JOINING ends when the switch tells that the two have met. */
  phase: 'RINGING' | 'ANSWERED' | 'JOINING' | 'CONNECTED'
  /** Whether the call continues when the phone leaves it. */
  readonly callStays: boolean
  /** Set on the call when it is joined, for the process that finds both after this one. */
  readonly mark: Readonly<Record<string, string>>
  /** Null once nobody cares any more. */
  listener: PhoneListener | null
  /** It is to be hung up. */
  ending: boolean
  /** The switch has shown that it exists. */
  seen: boolean
  /** Takes the request for it back, if that has not left this process. */
  withdraw: () => boolean
  cancelJob: () => void
  cancelDeadline: Cancel
}

export interface NewPhone extends Pick<Phone, 'id' | 'callId' | 'callStays' | 'mark'> {
  readonly listener: PhoneListener
}

export interface Ringing {
  readonly dialString: string
  readonly ringTimeoutMs: number
  readonly callerNumber: string | null
  readonly variables: Readonly<Record<string, string>>
}

export type Phones = ReturnType<typeof createPhones>

/** Grace period for the surviving leg of a bridge. */
export const survivorMs = 500
/** A phone that was answered and is not joined to a call is hung up by the switch: this process may have ended meanwhile. */
const unjoinedSeconds = 10
/** How long the switch may take to tell that two channels have met; should it not, they have all the same. */
const metWithinMs = 1000
/** How long the switch may take to report the end of a phone that it has hung up, or has never shown. */
const endedWithinMs = 5000
const shownWithinMs = 60_000

/** What a phone has nothing of yet. */
const nothing = { withdraw: () => false, cancelJob: () => {}, cancelDeadline: () => {} }

/** Calls phones, and joins the first that answers to its call. What that means for either is their listeners' to say. */
export function createPhones({ effects, log, link, jobs }: PhonesOptions) {
  const phones = new Map<string, Phone>()

  function of(callId: string): Phone[] {
    return [...phones.values()].filter((phone) => phone.callId === callId)
  }

  function add(made: NewPhone, phase: Phone['phase'], seen: boolean): Phone {
    const phone: Phone = { ...made, phase, seen, ending: false, ...nothing }
    phones.set(phone.id, phone)
    return phone
  }

  function remove(phone: Phone): void {
    phones.delete(phone.id)
    phone.cancelJob()
    phone.cancelDeadline()
  }

  function end(phone: Phone): void {
    if (phones.get(phone.id) !== phone) return
    remove(phone)
    phone.listener?.ended(phone.phase)
  }

  /**
   * Ends a phone, and tells when that is done. One that the switch has not shown yet is ended when it does; one that is being
   * joined, once it is: if it went before that, the switch would hang up the call.
   */
  function hangUp(phone: Phone): void {
    phone.ending = true
    if (phone.withdraw()) end(phone)
    else if (phone.phase !== 'JOINING') kill(phone)
  }

  function kill(phone: Phone): void {
    phone.cancelDeadline()
    link.api(killCommand(phone.id, null)).then(
      (said) => {
        if (phones.get(phone.id) !== phone) return
        if (said.startsWith('-ERR') && phone.seen) end(phone)
        // Should the switch say nothing more of it, it counts as gone.
        else phone.cancelDeadline = effects.timer(phone.seen ? endedWithinMs : shownWithinMs, () => end(phone))
      },
      () => {
        // Without a connection: it is asked for again on the next one.
      },
    )
  }

  /** Lets a phone fall silent without news. */
  function dismiss(phone: Phone): void {
    phone.listener = null
    hangUp(phone)
  }

  function see(phone: Phone): void {
    phone.seen = true
    if (phone.ending) hangUp(phone)
  }

  function answered(phone: Phone): void {
    see(phone)
    if (phone.ending || phone.phase !== 'RINGING') return
    phone.phase = 'ANSWERED'
    phone.cancelDeadline()
    void join(phone.callId)
  }

  function giveUp(phone: Phone, why: 'FAILED' | 'TAKEN'): void {
    const { listener } = phone
    phone.phase = 'ANSWERED'
    dismiss(phone)
    listener?.notJoined(why)
  }

  /** Joins the first that has answered, unless one is being joined already: if that fails, the next has its turn. */
  async function join(callId: string): Promise<void> {
    const all = of(callId)
    const phone = all.find(({ phase, ending }) => phase === 'ANSWERED' && !ending)
    if (phone === undefined || all.some(({ phase }) => phase === 'JOINING')) return
    if (all.some(({ phase }) => phase === 'CONNECTED')) return giveUp(phone, 'TAKEN')
    phone.phase = 'JOINING'
    try {
      const said = await bridge(phone)
      // One of the two has ended meanwhile, and that was reported.
      if (phones.get(phone.id) !== phone || phone.phase !== 'JOINING') return
      if (said.startsWith('+OK')) {
        phone.cancelDeadline = effects.timer(metWithinMs, () => connected(phone))
        return
      }
      log.warn({ callId, said }, 'FreeSWITCH has not joined a phone to a call')
      giveUp(phone, 'FAILED')
      await join(callId)
    } catch (error) {
      // It is tried again on the next connection.
      log.warn({ error, callId }, 'FreeSWITCH could not be asked to join a phone to a call')
      if (phone.phase === 'JOINING') phone.phase = 'ANSWERED'
    }
  }

  /** The switch carries out one command after the other: what is to happen when either leaves is set before they meet. */
  async function bridge({ id, callId, callStays, mark }: Phone): Promise<string> {
    const afterwards = { park_after_bridge: String(callStays), hangup_after_bridge: String(!callStays) }
    const [, said] = await Promise.all([
      link.api(setVariablesCommand(callId, { ...afterwards, ...mark })),
      link.api(bridgeCommand(callId, id)),
    ])
    return said
  }

  function connected(phone: Phone): void {
    if (phone.phase !== 'JOINING') return
    phone.phase = 'CONNECTED'
    phone.cancelDeadline()
    for (const other of of(phone.callId)) if (other.phase === 'ANSWERED' && !other.ending) giveUp(other, 'TAKEN')
    phone.listener?.connected(phone)
    if (phone.ending) kill(phone)
  }

  function request(phone: Phone, command: string, ringTimeoutMs: number): void {
    const job = jobs.expect(({ ok }) => (ok ? answered(phone) : end(phone)))
    phone.cancelJob = job.cancel
    phone.cancelDeadline = effects.timer(ringTimeoutMs, () => hangUp(phone))
    const sent = link.bgapi(command, job.jobId)
    phone.withdraw = sent.withdraw
    sent.answered.then(
      (said) => {
        if (!said.startsWith('+OK')) end(phone)
      },
      (error: unknown) => {
        // Its outcome is found out on the next connection.
        if (!(error instanceof AnswerLost)) end(phone)
      },
    )
  }

  return {
    find: (id: string): Phone | undefined => phones.get(id),
    of,
    all: (): readonly Phone[] => [...phones.values()],
    /** Calls a phone. Null if the switch cannot be reached. */
    ring(made: NewPhone, { dialString, ringTimeoutMs, callerNumber, variables }: Ringing): Phone | null {
      const command = originateCommand({
        ...{ uuid: made.id, dialString, ringTimeoutMs },
        variables: {
          ...(callerNumber !== null && {
            origination_caller_id_number: callerNumber,
            origination_caller_id_name: callerNumber,
          }),
          park_timeout: `${unjoinedSeconds}:NORMAL_CLEARING`,
          ...variables,
        },
      })
      if (command === null) return null
      const phone = add(made, 'RINGING', false)
      request(phone, command, ringTimeoutMs)
      return phone
    },
    /** One that an earlier process has called. */
    adopt: (made: NewPhone, phase: 'RINGING' | 'CONNECTED'): Phone => add(made, phase, true),
    hangUp,
    dismiss,
    /** Handles CHANNEL_BRIDGE, which is an event of the call. */
    hearBridge(event: SwitchEvent): void {
      const phone = phones.get(event.header('Bridge-B-Unique-ID') ?? '')
      if (phone !== undefined && phone.callId === event.uuid) connected(phone)
    },
    /** Takes an event of a phone. */
    hear(phone: Phone, event: SwitchEvent): void {
      switch (event.name) {
        case 'CHANNEL_CREATE':
          see(phone)
          break
        case 'CHANNEL_PARK':
          answered(phone)
          break
        case 'CHANNEL_HANGUP_COMPLETE':
        case 'CHANNEL_DESTROY':
          // The switch stops, and the call ends too: nobody has missed or left it.
          if (event.header('Hangup-Cause') === 'SYSTEM_SHUTDOWN') phone.listener = null
          end(phone)
          break
        default:
      }
    },
    /** Found out on a new connection: `isAnswered` is null where the phone is not there any more. */
    settle(phone: Phone, isAnswered: boolean | null): void {
      if (isAnswered === null) {
        end(phone)
        return
      }
      see(phone)
      if (phone.phase === 'ANSWERED') void join(phone.callId)
      else if (isAnswered) answered(phone)
    },
    /** The call is about to be hung up: nobody more is rung for it. */
    withdrawUnsent(call: Call): void {
      for (const phone of of(call.id)) if (phone.withdraw()) remove(phone)
    },
    /** The call has ended: ringing phones stop, and a connected phone is hung up if the switch does not do so. */
    endCall(call: Call): void {
      for (const phone of of(call.id)) {
        phone.listener = null
        if (phone.phase === 'RINGING' || phone.phase === 'ANSWERED') dismiss(phone)
        else
          effects.timer(survivorMs, () => {
            if (phones.get(phone.id) === phone) kill(phone)
          })
      }
    },
    clear(): void {
      for (const phone of [...phones.values()]) remove(phone)
    },
  }
}

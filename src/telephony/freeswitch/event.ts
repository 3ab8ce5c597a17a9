/** An event of the switch. */
export interface SwitchEvent {
  readonly name: string
  /** Of the channel it is about; empty where it is about none. */
  readonly uuid: string
  /** Rises with each event of the switch; NaN where it is missing. Events come nearly, not strictly, in this order. */
  readonly sequence: number
  header(name: string): string | null
  /** The variables whose names begin so, by the rest of their names. */
  variables(prefix: string): ReadonlyMap<string, string>
}

/** What the driver listens to: each of them costs several kilobytes, so nothing is subscribed to that is not needed. */
export const subscribedEvents = [
  'BACKGROUND_JOB',
  'CHANNEL_CREATE',
  'CHANNEL_PROGRESS',
  'CHANNEL_PROGRESS_MEDIA',
  'CHANNEL_ANSWER',
  'CHANNEL_PARK',
  'CHANNEL_BRIDGE',
  'CHANNEL_HANGUP_COMPLETE',
  // Says all that HANGUP_COMPLETE says, in case that one is missing, and is the only one of a call that was never begun.
  'CHANNEL_DESTROY',
  // What is played can be broken off from here on.
  'PLAYBACK_START',
  'PLAYBACK_STOP',
  // The only event that reports a missing file.
  'CHANNEL_EXECUTE_COMPLETE',
  'RECORD_STOP',
  'DTMF',
  // Tells that there are events at all: a switch can answer commands, and send none.
  'HEARTBEAT',
] as const

/** Reads the body of a text/event-json message, or of `uuid_dump … json`. Null for what is no JSON object. */
export function readEvent(body: string): SwitchEvent | null {
  let fields: unknown
  try {
    fields = JSON.parse(body)
  } catch {
    return null
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null
  const values = fields as Readonly<Record<string, unknown>>
  const header = (name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'string' ? value : null
  }
  return {
    name: header('Event-Name') ?? '',
    uuid: header('Unique-ID') ?? '',
    sequence: Number.parseInt(header('Event-Sequence') ?? '', 10),
    header,
    variables(prefix) {
      const begin = `variable_${prefix}`
      const names = Object.keys(values).filter((name) => name.startsWith(begin))
      return new Map(names.map((name) => [name.slice(begin.length), header(name) ?? '']))
    },
  }
}

/** Whether a channel has been answered, by what an event or a dump of it says. */
export function saysAnswered(event: SwitchEvent): boolean {
  const disposition = event.header('variable_sip_hangup_disposition')
  return (
    event.header('Answer-State') === 'answered' ||
    event.header('variable_endpoint_disposition') === 'ANSWER' ||
    disposition === 'recv_bye' ||
    disposition === 'send_bye' ||
    Number(event.header('Caller-Channel-Answered-Time') ?? 0) > 0
  )
}

/** Whether the called side said that it rings (180), by what an event of the channel says. */
export function saysRang(event: SwitchEvent): boolean {
  return event.name === 'CHANNEL_PROGRESS' || Number(event.header('Caller-Channel-Progress-Time') ?? 0) > 0
}

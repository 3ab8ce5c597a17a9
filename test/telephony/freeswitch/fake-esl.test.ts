import { describe, expect, it } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createFakeEsl } from './fake-esl.ts'
import { createRawClient } from './raw-client.ts'
import { readTranscripts, type Transcript } from './transcripts.ts'

const calls = readTranscripts('transcripts.jsonl')
const media = readTranscripts('transcripts-media.jsonl')
const transcripts = [...calls, ...media]
/** Each set was recorded with a choice of its own of what is worth keeping. */
const namesOf = (recorded: readonly Transcript[], of: 'fields' | 'events') =>
  new Set(
    recorded.flatMap(({ events }) =>
      events.flatMap((event) => (of === 'fields' ? Object.keys(event) : [String(event['Event-Name'])])),
    ),
  )
const [callFields, mediaFields] = [namesOf(calls, 'fields'), namesOf(media, 'fields')]
const mediaEvents = namesOf(media, 'events')
/** Made of a clock of whole seconds: they depend on when in a second the call was placed. */
const seconds = /^variable_(billsec|record_seconds|progresssec|duration|waitsec)$/
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

type Said = Readonly<Record<string, unknown>>

/** Texts with ids by the order in which they came up, and times that say nothing. */
function createNormaliser() {
  const names = new Map<string, string>()
  const nameOf = (id: string) => {
    names.set(id, names.get(id) ?? `id ${names.size + 1}`)
    return names.get(id) ?? ''
  }
  return (text: string) =>
    text
      .trim()
      .replace(uuid, nameOf)
      .replace(/"created":"[^"]*"/, '"created":"then"')
      .replace(/"created_epoch":"\d+"/, '"created_epoch":"then"')
}

/** Whether a transcript could show it: what only the other set keeps says nothing. */
function isShown(name: string, { isMedia }: { isMedia: boolean }): boolean {
  return isMedia ? mediaFields.has(name) || !callFields.has(name) : callFields.has(name) || !mediaFields.has(name)
}

/** An event without its stamps; the order of its fields means nothing. */
function normalise(event: Said, text: (value: string) => string, of = { isMedia: false }): Said {
  const { at: _, 'Event-Date-Timestamp': __, 'Core-UUID': ___, 'Event-Sequence': ____, ...rest } = event
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(rest).filter(([name]) => isShown(name, of)))
  // A call that begins an application at once changes places with this event now and then.
  if (fields['Event-Name'] === 'CHANNEL_CALLSTATE') fields['Caller-Caller-ID-Number'] = 'caller or called'
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]) => [name, seconds.test(name) ? 'seconds' : text(String(value))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Channels and jobs come in an order of their own each; between them the switch itself changes places. */
function byChannel(events: readonly Said[]): ReadonlyMap<string, readonly Said[]> {
  const groups = new Map<string, Said[]>()
  for (const event of events) {
    const of = String(event['Unique-ID'] ?? 'jobs')
    groups.set(of, [...(groups.get(of) ?? []), event])
  }
  return groups
}

/** The command that placed the call, where another client had done so before the transcript begins. */
function commandsOf({ scenario, commands, events }: Transcript) {
  if (scenario !== 'client_drop') return commands
  const vars = `{origination_uuid=${events[0]?.['Unique-ID']},originate_timeout=10}`
  return [{ at: 0, cmd: `bgapi originate ${vars}sofia/gateway/trunk/1001 &park()`, reply: '+OK Job-UUID' }, ...commands]
}

async function play(transcript: Transcript) {
  const effects = createSimulatedEffects()
  const fake = createFakeEsl({ effects })
  const client = createRawClient(fake.openWire)
  client.say('auth ClueCon')
  client.say('event json ALL')
  await effects.advance(0)
  expect(client.replies.splice(0)).toEqual(['+OK accepted', '+OK event listener enabled json'])
  let nowMs = 0
  for (const { at, cmd } of commandsOf(transcript)) {
    await effects.advance(Math.max(0, Math.round(at) - nowMs))
    nowMs = Math.max(nowMs, Math.round(at))
    client.say(cmd)
    await effects.settle()
  }
  // Its own time-outs come up to half a second sooner or later.
  const channels = [...fake.current.channels()]
  const lastMs = Math.ceil(transcript.events.at(-1)?.at ?? 0) + 500
  await effects.advance(Math.max(0, lastMs - nowMs))
  return { ...client, files: channels.flatMap(({ files }) => files) }
}

describe('the fake event socket', () => {
  it('is compared with more than thirty transcripts of calls, and fifteen of what is done with them', () => {
    expect(calls.length).toBeGreaterThan(30)
    expect(media.length).toBeGreaterThan(15)
  })

  it.each(transcripts.map((of) => [of.scenario, of] as const))(
    'tells of %s what the switch told',
    async (_, transcript) => {
      const { replies, events: told } = await play(transcript)
      const of = { isMedia: media.includes(transcript) }
      const events = told.filter((event) => !of.isMedia || mediaEvents.has(String(event['Event-Name'])))
      const ours = createNormaliser()
      const theirs = createNormaliser()
      const commands = commandsOf(transcript)
      // In the order in which the switch said them: ids are then named alike.
      const said = byChannel(events.map((event) => normalise(event, ours, of)))
      expect(said).toEqual(byChannel(transcript.events.map((event) => normalise(event, theirs, of))))
      for (const [i, { cmd, reply }] of commands.entries()) {
        if (cmd.startsWith('bgapi')) expect(replies[i]).toMatch(/^\+OK Job-UUID: /)
        // A long answer was recorded in part.
        else expect(ours(replies[i] ?? '').slice(0, theirs(reply).length)).toBe(theirs(reply))
      }
    },
  )

  it.each(media.filter(({ scenario }) => scenario.startsWith('bridge')).map((of) => [of.scenario, of] as const))(
    'tells of %s in the order in which the switch told of either channel',
    async (_, transcript) => {
      const { events } = await play(transcript)
      const turning = /^CHANNEL_(ANSWER|PARK|BRIDGE|UNBRIDGE|HANGUP_COMPLETE)$/
      const turns = (said: readonly Said[]) => {
        const text = createNormaliser()
        return said
          .filter((event) => turning.test(String(event['Event-Name'])))
          .map((event) => `${event['Event-Name']} ${text(String(event['Unique-ID']))}`)
      }
      expect(turns(events)).toEqual(turns(transcript.events))
    },
  )

  it.each(media.filter(({ fileBytes }) => fileBytes !== undefined).map((of) => [of.scenario, of] as const))(
    'leaves as much out of the file of %s as the switch did',
    async (_, transcript) => {
      const { files } = await play(transcript)
      // 8000 samples of two bytes a second, in frames of 20 ms, behind a header.
      const recordedMs = ((transcript.fileBytes ?? 0) - 44) / 16
      expect(files.map(({ lengthMs }) => Math.abs(lengthMs - recordedMs) < 60)).toEqual([true])
    },
  )

  it('is told apart from a switch that leaves out, adds or changes a field', async () => {
    const transcript = transcripts.find(({ scenario }) => scenario === 'sip_486') as Transcript
    const { events } = await play(transcript)
    const of = (changed: readonly Said[]) => byChannel(changed.map((event) => normalise(event, createNormaliser())))
    const recorded = of(transcript.events)
    expect(of(events)).toEqual(recorded)
    const last = events.at(-1) as Record<string, string>
    const rest = events.slice(0, -1)
    const { 'Hangup-Cause': _, ...without } = last
    for (const other of [without, { ...last, more: '1' }, { ...last, 'Hangup-Cause': 'NORMAL_CLEARING' }])
      expect(of([...rest, other])).not.toEqual(recorded)
    expect(of(rest)).not.toEqual(recorded)
    expect(of(events.toReversed())).not.toEqual(recorded)
  })
})

import { describeChannel, type FakeChannel } from './fake-channel.ts'
import type { FakeSwitch, OriginateRequest } from './fake-switch.ts'

/** Reads `originate {…}… &park()`; null for what the switch would not understand either. */
export function readOriginate(command: string): OriginateRequest | null {
  const match = /^originate \{([^{}]*)\}(\S+) &park\(\)$/.exec(command)
  const [, list = '', dialString = ''] = match ?? []
  const variables = new Map<string, string>()
  // The pass that comes before takes the quotes away, so that a comma between them separates like any other.
  for (const pair of list.replaceAll("'", '').split(',')) {
    const [, name, value] = /^(\w+)=(.+)$/.exec(pair) ?? []
    if (name === undefined || value === undefined) return null
    variables.set(name, value)
  }
  const [, gateway, number] = /^sofia\/gateway\/([^/]+)\/([^/]+)$/.exec(dialString) ?? []
  const [, extension] = /^user\/([^/]+)$/.exec(dialString) ?? []
  const called = number ?? extension
  if (called === undefined) return null
  return { uuid: variables.get('origination_uuid') ?? null, gateway: gateway ?? null, number: called, variables }
}

const noChannel = '-ERR No such channel!\n'
/** As a switch with the limits of our documentation says it, in part. */
const statusLines = `UP 0 years, 0 days, 0 hours, 0 minutes, 9 seconds, 120 milliseconds, 3 microseconds
FreeSWITCH (Version 1.11.1-dev  64bit) is ready
0 session(s) since startup
0 session(s) - peak 0, last 5min 0
0 session(s) per Sec out of max 250, peak 0, last 5min 0
3000 session(s) max
min idle cpu 0.00/100.00
`
const settingUsage = '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n'

/** What the switch says to an api command. */
export function answerCommand(fake: FakeSwitch, command: string): string {
  const [name = '', ...words] = command.split(' ')
  if (name === 'show') return show(fake, words)
  if (command === 'global_getvar core_uuid') return fake.coreUuid
  if (command === 'global_getvar recordings_dir') return '/opt/recordings'
  if (name === 'version') return 'FreeSWITCH Version 1.11.1-dev~64bit (git 64bit)\n'
  if (name === 'module_exists') return 'true'
  if (name === 'file_exists') return 'true'
  if (name === 'system') return 'yes\n'
  if (name === 'status') return statusLines
  if (name === 'sofia') return gatewayStatus(fake, words.at(-1) ?? '')
  if (name === 'sched_hangup') return scheduleHangup(fake, words)
  const channel = fake.find(words[0] ?? '')
  if (name === 'uuid_exists') return String(channel !== undefined)
  if (!name.startsWith('uuid_')) return `-ERR ${command} Command not found!\n`
  if (channel === undefined) return `${noChannel}${name === 'uuid_setvar_multi' ? settingUsage : ''}`
  return answerOf(fake, channel, name, words.slice(1))
}

function answerOf(fake: FakeSwitch, channel: FakeChannel, name: string, words: readonly string[]): string {
  const { applications } = fake
  const [first = '', second = '', third = ''] = words
  switch (name) {
    case 'uuid_kill':
      fake.kill(channel, first || 'NORMAL_CLEARING')
      return '+OK\n'
    case 'uuid_getvar':
      return variablesOf(channel).get(first) ?? '_undef_'
    case 'uuid_dump':
      return dump(channel)
    case 'uuid_broadcast':
      applications.play(channel, first)
      return '+OK Message sent\n'
    case 'uuid_break':
      if (first === 'all') applications.stopPlaying(channel)
      else applications.skip(channel)
      return '+OK\n'
    case 'uuid_record':
      return record(fake, channel, first, second, Number(third))
    case 'uuid_buglist':
      return buglist(channel)
    case 'uuid_setvar':
      setVariable(channel, first, second)
      return '+OK\n'
    case 'uuid_setvar_multi':
      for (const pair of first.split(';')) setVariable(channel, ...(pair.split('=') as [string, string]))
      return '+OK\n'
    case 'uuid_send_dtmf':
      return `+OK ${channel.uuid} sent DTMF ${first}.\n`
    case 'uuid_bridge': {
      const other = fake.find(first)
      if (other === undefined || channel.answeredAtMs === null || other.answeredAtMs === null)
        return '-ERR Invalid uuid\n'
      applications.bridge(channel, other)
      return `+OK ${other.uuid}\n`
    }
    default:
      return `-ERR ${name} Command not found!\n`
  }
}

function record(fake: FakeSwitch, channel: FakeChannel, action: string, path: string, limitSeconds: number): string {
  const { startRecording, stopRecording } = fake.applications
  if (action === 'start')
    return startRecording(channel, path, limitSeconds) ? '+OK Success\n' : '-ERR Cannot record session!\n'
  return stopRecording(channel, path) ? '+OK Success\n' : '-ERR Cannot stop record session!\n'
}

function buglist(channel: FakeChannel): string {
  const bugs = [...channel.recordings.keys()].map(
    (path) =>
      ` <media-bug>\n  <function>session_record</function>\n  <target>${path}</target>\n` +
      '  <thread-locked>0</thread-locked>\n </media-bug>\n',
  )
  return `<media-bugs>\n${bugs.join('')}</media-bugs>\n`
}

/** One that is set to nothing is not set. */
function setVariable(channel: FakeChannel, name: string, value: string): void {
  if (value === '') channel.unshown.delete(name)
  else channel.unshown.set(name, value)
}

function variablesOf(channel: FakeChannel): Map<string, string> {
  return new Map([...Object.entries(channel.known), ...channel.variables, ...channel.unshown])
}

function dump(channel: FakeChannel): string {
  const variables = [...variablesOf(channel)].map(([name, value]) => [`variable_${name}`, value])
  return JSON.stringify({ ...describeChannel(channel, 'CHANNEL_DATA'), ...Object.fromEntries(variables) })
}

function gatewayStatus(fake: FakeSwitch, gateway: string): string {
  if (!fake.gateways.includes(gateway)) return 'Invalid Gateway!\n'
  return `Name    \t${gateway}\nProfile \texternal\nPingFreq\t30\nPingTime\t0.42\nState   \tNOREG\nStatus  \tUP\n`
}

function show(fake: FakeSwitch, words: readonly string[]): string {
  const rows = fake.list()
  if (words.join(' ') === 'channels count') return `\n${rows.length} total.\n`
  return `${JSON.stringify(rows.length === 0 ? { row_count: 0 } : { row_count: rows.length, rows })}\n`
}

function scheduleHangup(fake: FakeSwitch, [after = '', uuid = '', cause = '']: readonly string[]): string {
  const channel = fake.find(uuid)
  if (channel === undefined) return noChannel
  fake.schedule(channel, Number(after.slice(1)), cause.toUpperCase())
  return '+OK\n'
}

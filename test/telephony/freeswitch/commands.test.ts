import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  agentDialString,
  isAgentEndpoint,
  isGateway,
  killCommand,
  originateCommand,
  playablePath,
  playCommand,
  trunkDialString,
} from '../../../src/telephony/freeswitch/commands.ts'
import { readOriginate } from './fake-commands.ts'

const uuid = '311a1102-3520-4ab0-9ee5-79898ec84b3b'
const originate = (variables: Record<string, string> = {}) =>
  originateCommand({ uuid, dialString: 'sofia/gateway/trunk/1000', ringTimeoutMs: 30_000, variables })

describe('the command that places a call', () => {
  it('says whose call it is, ignores early media, and parks what is answered', () => {
    expect(originate({ dialgraph_installation: 'a-1' })).toBe(
      `originate {origination_uuid=${uuid},ignore_early_media=true,originate_timeout=33,` +
        'dialgraph_installation=a-1}sofia/gateway/trunk/1000 &park()',
    )
  })

  it('lets the switch, whose timers end up to a second early, ring at least two seconds longer than we do', () => {
    const timeoutOf = (ringTimeoutMs: number) =>
      originateCommand({ uuid, dialString: 'user/1', ringTimeoutMs, variables: {} })?.match(/timeout=(\d+)/)?.[1]
    expect([1000, 1001, 29_999, 30_000].map(timeoutOf)).toEqual(['4', '5', '33', '33'])
  })

  it('carries a value with blanks between quotes', () => {
    const command = originate({ execute_on_answer: 'sched_hangup +10 X' })
    expect(command).toContain(",execute_on_answer='sched_hangup +10 X'}")
    expect(readOriginate(command ?? '')?.variables.get('execute_on_answer')).toBe('sched_hangup +10 X')
  })

  it.each([
    'a,b=c',
    "it's",
    'a}sofia/gateway/trunk/900 &park()',
    '{a',
    'a\\nb',
    'a\nb',
    'a\r\n\r\nbgapi originate',
    '$' + '{system(ls)}',
    'a:_:b',
    'a|b',
    '[a]',
    '<a>',
    ' a',
    'a ',
    '',
    'ä',
    'x'.repeat(256),
  ])('is not made with the value %j', (value) => {
    expect(originate({ name: value })).toBeNull()
  })

  it.each(['a b', 'a=b', '', 'ä', '1a', 'origination_uuid', 'originate_timeout', 'ignore_early_media'])(
    'is not made with the variable %j',
    (name) => {
      expect(originate({ [name]: 'value' })).toBeNull()
    },
  )

  it('is read by the switch as it was meant, whatever the values are, or is not made', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (first, second) => {
        const command = originate({ first, second })
        if (command === null) return
        expect(command).not.toMatch(/[\r\n]/)
        const read = readOriginate(command)
        expect([...(read?.variables ?? [])].slice(3)).toEqual([
          ['first', first],
          ['second', second],
        ])
        expect(read?.number).toBe('1000')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a dial string', () => {
  it('is made of a number', () => {
    for (const number of ['+12025550100', '1000', '*72#', '0'.repeat(32)])
      expect(trunkDialString('trunk', number)).toBe(`sofia/gateway/trunk/${number}`)
  })

  it('is not made of anything else', () => {
    for (const text of ['', '+', 'alice', '1000@elsewhere', '1000,user/1', '1 0', '1\n2', '0'.repeat(33), '1|2', '++1'])
      expect(trunkDialString('trunk', text)).toBeNull()
  })

  it('of an agent is made of an extension', () => {
    expect(agentDialString('user/{extension}', '1001')).toBe('user/1001')
    expect(agentDialString('sofia/internal/{extension}@example.com', 'a.b')).toBe('sofia/internal/a.b@example.com')
    for (const text of ['', 'a b', 'a,b', 'a@b', 'a/b', '1\n', '$' + '{x}', 'x'.repeat(33)])
      expect(agentDialString('user/{extension}', text)).toBeNull()
  })

  it('of agents is accepted with one place for the extension', () => {
    for (const text of ['user/{extension}', 'user/{extension}@x.example', 'sofia/gateway/pbx/{extension}'])
      expect(isAgentEndpoint(text)).toBe(true)
    for (const text of ['', 'user/', 'user/{extension}{extension}', 'user/{extension} &x', '{a=b}user/{extension}'])
      expect(isAgentEndpoint(text)).toBe(false)
  })

  it('goes by a gateway with a plain name', () => {
    for (const text of ['trunk', 'my-trunk.1', 'external::trunk']) expect(isGateway(text)).toBe(true)
    for (const text of ['', 'a/b', 'a b', 'a:b', 'a::b::c', 'a,b', 'a\n']) expect(isGateway(text)).toBe(false)
  })
})

describe('the command that hangs up', () => {
  it('names a cause where the reason would be lost without it', () => {
    expect(killCommand(uuid, 'TIMEOUT')).toBe(`uuid_kill ${uuid} ALLOTTED_TIMEOUT`)
    expect(killCommand(uuid, 'NO_ANSWER')).toBe(`uuid_kill ${uuid} NO_ANSWER`)
    expect(killCommand(uuid, 'AMD')).toBe(`uuid_kill ${uuid}`)
  })

  it('is not made for what is no id', () => {
    for (const id of ['', 'a b', 'a\nb', 'x'.repeat(65)]) expect(() => killCommand(id, null)).toThrow('an id')
  })
})

describe('a recording', () => {
  it.each([
    ['http://a.example/hello.wav', 'http_cache://http://a.example/hello.wav'],
    ['https://a.example:8443/a/b.wav?c=d&e=%20', 'http_cache://https://a.example:8443/a/b.wav?c=d&e=%20'],
    ['https://a.example/hello world.wav', 'http_cache://https://a.example/hello%20world.wav'],
    ['https://a.example/Käse.wav', 'http_cache://https://a.example/K%C3%A4se.wav'],
    ['https://a.example/a::b', 'http_cache://https://a.example/a%3A%3Ab'],
    ['https://a.example/$' + "{system(ls)}!'x'", 'http_cache://https://a.example/%24%7Bsystem%28ls%29%7D%21%27x%27'],
    ['/opt/sounds/hello.wav', '/opt/sounds/hello.wav'],
  ])('%j is played as %s', (source, path) => {
    expect(playablePath(source)).toBe(path)
    expect(playCommand(uuid, path)).toBe(`uuid_broadcast ${uuid} ${path} aleg`)
  })

  it.each([
    '',
    'hello.wav',
    'system::ls',
    'file:///etc/passwd',
    'ftp://a.example/x',
    'https://user:word@a.example/x',
    'http://[::1]/x.wav',
    '/opt/sounds/a b.wav',
    '/opt/$' + '{x}.wav',
    'tone_stream://%(1000,0,440)',
    `https://a.example/${'x'.repeat(3000)}`,
  ])('%j is not played', (source) => {
    expect(playablePath(source)).toBeNull()
  })

  it('never says more than a path, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.constantFrom('http://a.example/', 'https://a.example?', ''), fc.string(), (start, rest) => {
        const path = playablePath(`${start}${rest}`) ?? ''
        expect(path).toMatch(/^(http_cache:\/\/https?:\/\/[A-Za-z0-9.-]+(:\d+)?)?[A-Za-z0-9._~/?&=%+:-]*$/)
        expect(path).not.toContain('::')
      }),
      { numRuns: 2000 },
    )
  })
})
